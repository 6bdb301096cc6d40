using System.Net;
using System.Net.Sockets;

namespace Emend.Studio;

/// <summary>
/// Connections to addresses that users gave: only to public ones, judged by the address that is connected to and not by the name, so
/// that a name which changes its answer between check and connection gains nothing. No redirects, no proxy, little time.
/// </summary>
internal static class OutboundGuard
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>A client for such connections. Private addresses are allowed only where whoever runs the studio said so.</summary>
    public static HttpClient Client(bool allowPrivate) => new(new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        UseProxy = false,
        UseCookies = false,
        ConnectTimeout = Patience,
        PooledConnectionLifetime = TimeSpan.FromMinutes(1),
        ConnectCallback = (context, cancellation) => Connect(context.DnsEndPoint, allowPrivate, cancellation),
    })
    { Timeout = Patience };

    /// <summary>Whether an address is one of the public internet: not this machine, a private or local network, metadata, multicast, or reserved.</summary>
    public static bool IsPublic(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6)
            address = address.MapToIPv4();
        byte[] bytes = address.GetAddressBytes();
        if (address.AddressFamily == AddressFamily.InterNetwork)
        {
            return bytes switch
            {
                [0 or 10 or 127, ..] => false,
                [100, >= 64 and < 128, ..] => false,         // carrier-grade NAT
                [169, 254, ..] => false,                      // link-local, cloud metadata
                [172, >= 16 and < 32, ..] => false,
                [192, 0, 0 or 2, _] or [192, 88, 99, _] or [192, 168, ..] => false,
                [198, 18 or 19, ..] or [198, 51, 100, _] or [203, 0, 113, _] => false,
                [>= 224, ..] => false,
                _ => true,
            };
        }
        // Global unicast is 2000::/3; out of it go tunnels and translations that lead back to IPv4, and documentation.
        bool unicast = (bytes[0] & 0xE0) == 0x20;
        bool tunnel = bytes is [0x20, 0x02, ..] or [0x20, 0x01, 0x00, ..] or [0x20, 0x01, 0x0D, 0xB8, ..];
        return unicast && !tunnel && address.ScopeId == 0;
    }

    private static async ValueTask<Stream> Connect(DnsEndPoint target, bool allowPrivate, CancellationToken cancellation)
    {
        IPAddress[] addresses = IPAddress.TryParse(target.Host, out IPAddress? literal) ? [literal] : await Dns.GetHostAddressesAsync(target.Host, cancellation);
        IPAddress[] allowed = [.. addresses.Where(address => allowPrivate || IsPublic(address))];
        if (allowed.Length == 0)
            throw new HttpRequestException("the address is not a public one");
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(allowed, target.Port, cancellation);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
