using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Emend.Store;
using Xunit;

namespace Emend.StudioTests;

/// <summary>An answer of the API: status, headers, and the body as JSON where it is JSON.</summary>
internal sealed record Answered(HttpStatusCode Status, HttpResponseHeaders Headers, string Text)
{
    public JsonNode Json => JsonNode.Parse(Text)!;

    public string? Etag => Headers.ETag?.Tag;

    public string? Code => (string?)Json["code"];

    /// <summary>Asserts a status, and hands itself on.</summary>
    public Answered Is(HttpStatusCode status)
    {
        Assert.True(Status == status, $"{(int)Status}, expected {(int)status}: {Text}");
        return this;
    }

    /// <summary>Asserts a refusal with a code.</summary>
    public Answered Is(HttpStatusCode status, string code)
    {
        Is(status);
        Assert.Equal(code, Code);
        return this;
    }

    public Answered Ok()
    {
        Assert.True((int)Status is >= 200 and < 300, $"{(int)Status}: {Text}");
        return this;
    }
}

/// <summary>A browser without pages: cookies, and the antiforgery token as the pages send it.</summary>
internal sealed class Client(Uri address) : IDisposable
{
    private readonly HttpClient _http = new(new SocketsHttpHandler { AllowAutoRedirect = false, CookieContainer = new CookieContainer() }) { BaseAddress = address };

    public string? AntiforgeryToken { get; set; }

    public string? Bearer { get; set; }

    /// <summary>Reads the session anew: after signing in or out the antiforgery token is another.</summary>
    public async Task<JsonNode> Refresh()
    {
        Answered session = (await Get("/api/session")).Ok();
        AntiforgeryToken = (string?)session.Json["antiforgeryToken"];
        return session.Json;
    }

    public async Task SignIn(string name, string password = TestStudio.Password)
    {
        (await Post("/api/sign-in", new { name, password })).Ok();
        await Refresh();
    }

    public Task<Answered> Get(string path) => Send(HttpMethod.Get, path, null);

    public Task<Answered> Post(string path, object? body = null, params (string Name, string Value)[] headers) => Send(HttpMethod.Post, path, Json(body ?? new { }), headers);

    public Task<Answered> Put(string path, object body, params (string Name, string Value)[] headers) => Send(HttpMethod.Put, path, Json(body), headers);

    public Task<Answered> Delete(string path) => Send(HttpMethod.Delete, path, null);

    public Task<Answered> Upload(string path, string text) => Send(HttpMethod.Post, path, new StringContent(text, Encoding.UTF8, "application/jsonl"));

    /// <summary>A file as it is, said to be of a type.</summary>
    public Task<Answered> UploadFile(string path, byte[] content, string type)
    {
        var body = new ByteArrayContent(content);
        body.Headers.TryAddWithoutValidation("Content-Type", type);
        return Send(HttpMethod.Post, path, body);
    }

    /// <summary>A response as it is; the caller disposes it.</summary>
    public Task<HttpResponseMessage> Raw(string path, string? range = null)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, path);
        if (range is not null)
            request.Headers.TryAddWithoutValidation("Range", range);
        return _http.SendAsync(request, TestContext.Current.CancellationToken);
    }

    public async Task<Answered> Send(HttpMethod method, string path, HttpContent? content, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, path) { Content = content };
        if (AntiforgeryToken is not null)
            request.Headers.Add("X-CSRF-Token", AntiforgeryToken);
        if (Bearer is not null)
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", Bearer);
        foreach ((string name, string value) in headers)
            request.Headers.TryAddWithoutValidation(name, value);
        using HttpResponseMessage response = await _http.SendAsync(request, TestContext.Current.CancellationToken);
        return new Answered(response.StatusCode, response.Headers, await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    public void Dispose() => _http.Dispose();

    private static StringContent Json(object body) => new(body as string ?? JsonSerializer.Serialize(body, StoreJson.Options), Encoding.UTF8, "application/json");
}
