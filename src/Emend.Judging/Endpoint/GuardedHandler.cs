using System.Net;
using System.Net.Sockets;

namespace Emend.Judging;

/// <summary>
/// The one way out to an endpoint. Judged is the address that is connected to and not the name, so that a name which changes its answer
/// between check and connection gains nothing; no redirect is followed, no proxy and no cookie is used, and an answer is cut off at its limit.
/// </summary>
internal sealed class GuardedHandler : DelegatingHandler
{
    private readonly EndpointOptions _options;

    private GuardedHandler(EndpointOptions options) : base(new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        UseProxy = false,
        UseCookies = false,
        MaxResponseHeadersLength = 64,                          // KiB
        PooledConnectionLifetime = TimeSpan.FromMinutes(1),
        ConnectCallback = (context, cancellation) => Connect(context.DnsEndPoint, options, cancellation),
    }) => _options = options;

    /// <summary>A client whose only limit on time is that of the caller's token.</summary>
    public static HttpClient Client(EndpointOptions options) => new(new GuardedHandler(options)) { Timeout = System.Threading.Timeout.InfiniteTimeSpan };

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellation)
    {
        if (_options.Key is null)
            request.Headers.Authorization = null;               // OpenAI's client cannot do without one
        HttpResponseMessage response = await base.SendAsync(request, cancellation);
        try
        {
            if ((int)response.StatusCode is >= 300 and < 400)
                throw Redirected(request.RequestUri!, response.Headers.Location);
            await Buffer(response, cancellation);
            return response;
        }
        catch
        {
            response.Dispose();
            throw;
        }
    }

    private async Task Buffer(HttpResponseMessage response, CancellationToken cancellation)
    {
        using var body = new MemoryStream();
        await using (Stream stream = await response.Content.ReadAsStreamAsync(cancellation))
        {
            byte[] piece = new byte[1 << 16];
            int count;
            while ((count = await stream.ReadAsync(piece, cancellation)) > 0)
            {
                if (body.Length + count > _options.MaxBytes)
                    throw new EndpointException(EndpointFailure.Question, $"{_options.Url}: the answer is larger than {_options.MaxBytes} bytes (--max-bytes), so it was not read");
                body.Write(piece, 0, count);
            }
        }
        var buffered = new ByteArrayContent(body.ToArray());
        if (response.Content.Headers.ContentType is { } type)
            buffered.Headers.ContentType = type;
        response.Content.Dispose();
        response.Content = buffered;
    }

    private EndpointException Redirected(Uri from, Uri? location)
    {
        if (location is null || !Uri.TryCreate(from, location, out Uri? target))
            return new EndpointException(EndpointFailure.Endpoint, $"{_options.Url}: redirects without saying where; redirects are not followed");
        IPAddress? address = PublicAddress.Literal(target.Host);
        string shown = target.GetComponents(UriComponents.SchemeAndServer | UriComponents.Path, UriFormat.UriEscaped);
        return new EndpointException(EndpointFailure.Endpoint, address is not null && !PublicAddress.IsPublic(address)
            ? $"{_options.Url}: redirects to {shown}, a private address; redirects are not followed"
            : $"{_options.Url}: redirects to {shown}; redirects are not followed: give that address itself, if it is the right one");
    }

    private static async ValueTask<Stream> Connect(DnsEndPoint target, EndpointOptions options, CancellationToken cancellation)
    {
        bool ownIsLoopback = EndpointOptions.IsLoopback(new Uri(options.Url));
        IPAddress[] addresses = IPAddress.TryParse(target.Host, out IPAddress? literal) ? [literal] : await Dns.GetHostAddressesAsync(target.Host, cancellation);
        IPAddress[] allowed = [.. addresses.Where(address => options.AllowPrivate || PublicAddress.IsPublic(address) || (ownIsLoopback && PublicAddress.IsLoopback(address)))];
        if (allowed.Length == 0)
            throw new EndpointException(EndpointFailure.Endpoint, $"{options.Url}: {target.Host} is at {string.Join(", ", (object[])addresses)}, a private address; --allow-private lets an endpoint be there");
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
