using System.Net;

namespace Emend.Judging;

/// <summary>
/// A <see cref="GuardedConnection"/> to an endpoint: what goes wrong is a sentence that names the endpoint and the option that would help, and an answer
/// is cut off at its limit.
/// </summary>
internal sealed class GuardedHandler : DelegatingHandler
{
    private readonly EndpointOptions _options;

    private GuardedHandler(EndpointOptions options) : base(GuardedConnection.Handler(Allowed(options), (target, addresses) => Private(options, target, addresses))) => _options = options;

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
        byte[] body = await GuardedConnection.ReadAtMost(response.Content, _options.MaxBytes, cancellation)
            ?? throw new EndpointException(EndpointFailure.Question, $"{_options.Url}: the answer is larger than {_options.MaxBytes} bytes ({_options.Prefix}max-bytes), so it was not read");
        var buffered = new ByteArrayContent(body);
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

    // Whoever names an endpoint on this machine means this machine, and no other private one.
    private static Func<IPAddress, bool> Allowed(EndpointOptions options)
    {
        bool ownIsLoopback = EndpointOptions.IsLoopback(new Uri(options.Url));
        return address => options.AllowPrivate || PublicAddress.IsPublic(address) || (ownIsLoopback && PublicAddress.IsLoopback(address));
    }

    private static EndpointException Private(EndpointOptions options, DnsEndPoint target, IPAddress[] addresses) => new(EndpointFailure.Endpoint,
        $"{options.Url}: {target.Host} is at {string.Join(", ", (object[])addresses)}, a private address; {options.Prefix}allow-private lets an endpoint be there");
}
