using System.Net;
using System.Net.Sockets;
using Emend.Judging;

namespace Emend.Studio;

/// <summary>
/// Connections to addresses that users gave: only to public ones, judged by the address that is connected to and not by the name, so
/// that a name which changes its answer between check and connection gains nothing. No redirects, no proxy, little time.
/// </summary>
internal static class OutboundGuard
{
    public const string NotPublic = "the address is not a public one";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>A client for such connections. Private addresses are allowed only where whoever runs the studio said so.</summary>
    /// <param name="allowPrivate">Whether they are.</param>
    /// <param name="patience">For a whole answer; null: as long as for a connection.</param>
    public static HttpClient Client(bool allowPrivate, TimeSpan? patience = null) => new(new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        UseProxy = false,
        UseCookies = false,
        ConnectTimeout = Patience,
        PooledConnectionLifetime = TimeSpan.FromMinutes(1),
        ConnectCallback = (context, cancellation) => Connect(context.DnsEndPoint, allowPrivate, cancellation),
    })
    { Timeout = patience ?? Patience };

    /// <summary>Whether a failed request was stopped here, and not by the other side.</summary>
    public static bool Stopped(HttpRequestException exception) => exception.Message == NotPublic || exception.InnerException?.Message == NotPublic;

    private static async ValueTask<Stream> Connect(DnsEndPoint target, bool allowPrivate, CancellationToken cancellation)
    {
        IPAddress[] addresses = IPAddress.TryParse(target.Host, out IPAddress? literal) ? [literal] : await Dns.GetHostAddressesAsync(target.Host, cancellation);
        IPAddress[] allowed = [.. addresses.Where(address => allowPrivate || PublicAddress.IsPublic(address))];
        if (allowed.Length == 0)
            throw new HttpRequestException(NotPublic);
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
