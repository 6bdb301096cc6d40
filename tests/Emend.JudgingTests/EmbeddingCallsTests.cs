using System.Text.Json.Nodes;
using Emend.Judging;
using Xunit;

namespace Emend.JudgingTests;

/// <summary>Embeddings of an endpoint: put into order, brought to unit length, and refused where they are none.</summary>
public sealed class EmbeddingCallsTests
{
    [Fact]
    public async Task VectorsComeInTheOrderOfTheTextsAtUnitLengthUnderTheNameOfTheirWeights()
    {
        await using ScriptedEndpoint server = await ScriptedEndpoint.Start((context, _) => ScriptedEndpoint.Json(context, JsonNode.Parse("""
            {"data": [{"index": 1, "embedding": [0, -2]}, {"index": 0, "embedding": [3, 4]}], "model": "other", "system_fingerprint": "fp_1"}
            """)!));

        (string model, float[][] vectors) = await Ask(server, "a", "b");

        Assert.Equal("m@fp_1", model);
        Assert.Equal([[0.6f, 0.8f], [0, -1]], vectors);
        JsonNode sent = Assert.Single(server.Requests);
        Assert.Equal(("m", "float", 2), ((string)sent["model"]!, (string)sent["encoding_format"]!, sent["input"]!.AsArray().Count));
    }

    [Theory]
    [InlineData("""{"data": [{"index": 0, "embedding": [1]}]}""", "no embedding of index 1, of 2 texts")]
    [InlineData("""{"data": [{"index": 2, "embedding": [1]}]}""", "an embedding of index 2, of 2 texts")]
    [InlineData("""{"data": [{"index": 0, "embedding": [1]}, {"index": 0, "embedding": [1]}]}""", "an embedding of index 0, of 2 texts")]
    [InlineData("""{"data": [{"index": 0, "embedding": [1]}, {"index": 1, "embedding": [1, 0]}]}""", "of different lengths")]
    [InlineData("""{"data": [{"index": 0, "embedding": [0]}, {"index": 1, "embedding": [1]}]}""", "index 0 without a direction")]
    [InlineData("""{"data": [{"index": 0, "embedding": []}, {"index": 1, "embedding": []}]}""", "index 0 without a direction")]
    [InlineData("""{"data": [{"index": 0, "embedding": "AAAA"}]}""", "no list of embeddings")]
    [InlineData("""{"embeddings": []}""", "no list of embeddings")]
    [InlineData("""[]""", "no list of embeddings")]
    [InlineData("""{"data": [{"index": 0, "embedding": [1]}, {"index": 1, "embedding": [1]}], "system_fingerprint": "a\nb"}""", "control characters")]
    public async Task GarbageIsASentenceThatNamesTheEndpoint(string answer, string part)
    {
        await using ScriptedEndpoint server = await ScriptedEndpoint.Start((context, _) => ScriptedEndpoint.Json(context, JsonNode.Parse(answer)!));

        EndpointException error = await Assert.ThrowsAsync<EndpointException>(() => Ask(server, "a", "b"));

        Assert.Contains($"{server.Url}/embeddings", error.Message);
        Assert.Contains(part, error.Message);
    }

    [Theory]
    [InlineData(5, null, null, """{"prompt_tokens": 3, "total_tokens": 3}""", 2, "the cap of 5 tokens (--max-tokens) is reached")]
    [InlineData(null, 0.000005, null, """{"prompt_tokens": 3, "total_tokens": 3}""", 2, "the cap of a cost of 5E-06 (--max-cost) is reached")]
    [InlineData(null, null, 1, """{"prompt_tokens": 3, "total_tokens": 3}""", 1, "the cap of 1 calls (--max-calls) is reached")]
    [InlineData(5, null, null, """{}""", 1, "did not say how many tokens it took (usage), so --max-tokens cannot be kept")]
    public async Task CapsAreThoseOfJudges(int? tokens, double? cost, int? calls, string usage, int answered, string part)
    {
        await using ScriptedEndpoint server = await ScriptedEndpoint.Start((context, _) => ScriptedEndpoint.Json(context, JsonNode.Parse($$"""{"data": [{"index": 0, "embedding": [1]}], "usage": {{usage}}}""")!));
        using AnswerCache cache = AnswerCache.Open(null);
        using ModelEndpoint endpoint = ModelEndpoint.Open(new EndpointOptions { Url = server.Url, Model = "m", Attempts = 1, MaxTokens = tokens, MaxCost = cost, InputPrice = 1, MaxCalls = calls ?? 100 }, cache);
        var embeddings = new EmbeddingCalls(endpoint);

        for (int i = 0; i < answered; i++)
            await embeddings.Ask(["a"], TestContext.Current.CancellationToken);
        EndpointException error = await Assert.ThrowsAsync<EndpointException>(() => embeddings.Ask(["a"], TestContext.Current.CancellationToken));

        Assert.Equal(EndpointFailure.Cap, error.Failure);
        Assert.Contains(part, error.Message);
        Assert.Equal(answered, server.Requests.Count);
    }

    [Fact]
    public async Task APrivateAddressIsNotAsked()
    {
        using AnswerCache cache = AnswerCache.Open(null);
        using ModelEndpoint endpoint = ModelEndpoint.Open(new EndpointOptions { Url = "http://10.0.0.1/v1", Model = "m", Attempts = 1 }, cache);

        EndpointException error = await Assert.ThrowsAsync<EndpointException>(() => new EmbeddingCalls(endpoint).Ask(["a"], TestContext.Current.CancellationToken));

        Assert.Contains("a private address", error.Message);
    }

    private static async Task<(string Model, float[][] Vectors)> Ask(ScriptedEndpoint server, params string[] texts)
    {
        using AnswerCache cache = AnswerCache.Open(null);
        using ModelEndpoint endpoint = ModelEndpoint.Open(new EndpointOptions { Url = server.Url, Model = "m", Attempts = 1 }, cache);
        return await new EmbeddingCalls(endpoint).Ask(texts, TestContext.Current.CancellationToken);
    }
}
