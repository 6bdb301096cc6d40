using System.Net;
using System.Net.Sockets;

namespace Emend.Judging;

/// <summary>
/// The one way out to addresses that users gave. Judged is the address that is connected to and not the name, so that a name which changes
/// its answer between check and connection gains nothing; no redirect is followed, no proxy and no cookie is used.
/// </summary>
public static class GuardedConnection
{
    private const int LargestHeaders = 64;                      // KiB
    private const int Piece = 1 << 16;

    /// <param name="allowed">Whether an address may be connected to.</param>
    /// <param name="refused">What is thrown where none of a host's addresses may.</param>
    /// <param name="connectTimeout">For the connection alone; null: as long as the caller waits.</param>
    public static SocketsHttpHandler Handler(Func<IPAddress, bool> allowed, Func<DnsEndPoint, IPAddress[], Exception> refused, TimeSpan? connectTimeout = null) => new()
    {
        AllowAutoRedirect = false,
        UseProxy = false,
        UseCookies = false,
        MaxResponseHeadersLength = LargestHeaders,
        ConnectTimeout = connectTimeout ?? Timeout.InfiniteTimeSpan,
        PooledConnectionLifetime = TimeSpan.FromMinutes(1),
        ConnectCallback = (context, cancellation) => Connect(context.DnsEndPoint, allowed, refused, cancellation),
    };

    /// <summary>The whole body; null where it is larger than that, and then no more of it was read than that.</summary>
    public static async Task<byte[]?> ReadAtMost(HttpContent content, long bytes, CancellationToken cancellation)
    {
        using var whole = new MemoryStream();
        await using Stream body = await content.ReadAsStreamAsync(cancellation);
        byte[] piece = new byte[Piece];
        for (int count = await body.ReadAsync(piece, cancellation); count > 0; count = await body.ReadAsync(piece, cancellation))
        {
            if (whole.Length + count > bytes)
                return null;
            whole.Write(piece, 0, count);
        }
        return whole.ToArray();
    }

    private static async ValueTask<Stream> Connect(DnsEndPoint target, Func<IPAddress, bool> allowed, Func<DnsEndPoint, IPAddress[], Exception> refused, CancellationToken cancellation)
    {
        IPAddress[] addresses = IPAddress.TryParse(target.Host, out IPAddress? literal) ? [literal] : await Dns.GetHostAddressesAsync(target.Host, cancellation);
        IPAddress[] right = [.. addresses.Where(allowed)];
        if (right.Length == 0)
            throw refused(target, addresses);
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(right, target.Port, cancellation);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
