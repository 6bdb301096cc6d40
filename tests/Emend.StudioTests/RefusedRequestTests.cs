using System.Net;
using System.Text;
using Emend.Store;
using Xunit;

namespace Emend.StudioTests;

/// <summary>Requests that cannot be read: one sentence says what is wrong and where, and not a word of how the studio is written.</summary>
public class RefusedRequestTests
{
    private const string Surrogate = "\\ud800";

    [Fact]
    public async Task WhatCannotBeReadIsSaidInOneSentence()
    {
        await using Work work = await Work.OnEdits(Engine.Sqlite, items: 1);
        string prompts = $"{work.Path}/prompts";
        (await work.Owner.Post(prompts, new { name = "p", content = new { template = "{{question}}" } })).Is(HttpStatusCode.Created);
        (HttpMethod Method, string Path, string? Body, string Said)[] requests =
        [
            (HttpMethod.Post, prompts, "null", "The body is missing, or is null; a JSON object is expected."),
            (HttpMethod.Post, prompts, "", "The body is missing, or is null; a JSON object is expected."),
            (HttpMethod.Get, $"{prompts}?limit=x", null, "A value in the address cannot be read as what is expected there: limit=x."),
            (HttpMethod.Get, $"{work.Path}/items?after=1e20", null, "A value in the address cannot be read as what is expected there: after=1e20."),
            (HttpMethod.Post, $"{prompts}/1/versions/1/responses", "{\"values\":[{\"question\":\"q\"}],\"seed\":1e20}", "The body is not as expected at $.seed: a value of another type, a word that is none of those expected, or a number outside of its range."),
            (HttpMethod.Post, prompts, $"{{\"name\":\"{Surrogate}\",\"content\":{{\"template\":\"x\"}}}}", "The body is not as expected at $.name: half of a surrogate pair, or bytes that are not UTF-8; whole Unicode characters are expected."),
            (HttpMethod.Post, prompts, "{\"name\":\"a\",\"name\":\"b\",\"content\":{\"template\":\"x\"}}", "The body is not as expected at $.name: a field \"name\" is there twice."),
            (HttpMethod.Post, prompts, "{\"name\":\"a\"}", "The body is not as expected at $: what is needed is missing: 'content'."),
            (HttpMethod.Post, prompts, "{\"name\":\"a\",\"colour\":1,\"content\":{\"template\":\"x\"}}", "The body is not as expected at $.colour: a field \"colour\" is not known there."),
            (HttpMethod.Post, prompts, "{\"name\":null,\"content\":{\"template\":\"x\"}}", "The body is not as expected at $.name: null, where a value is expected."),
            (HttpMethod.Post, prompts, "{\"name\":\"a\"", "The body is not as expected at $"),
        ];
        var wrong = new List<string>();
        foreach ((HttpMethod method, string path, string? body, string said) in requests)
        {
            Answered answered = (await work.Owner.Send(method, path, body is null ? null : new StringContent(body, Encoding.UTF8, "application/json"))).Is(HttpStatusCode.BadRequest);
            string detail = (string)answered.Json["detail"]!;
            if (!(said.EndsWith('.') ? detail == said : detail.StartsWith(said, StringComparison.Ordinal)) || ((string[])["System.", "Emend.", ".NET", "parameter", "Nullable"]).Any(detail.Contains))
                wrong.Add($"{path} {body}: {detail}");
        }
        Assert.Empty(wrong);
    }
}
