using System.ClientModel;
using System.Text.Json;
using Emend.Models;
using Emend.Serving;
using Emend.Tensors;
using Emend.Text;
using OpenAI.Embeddings;
using Xunit;

namespace Emend.ServingTests;

public class EmbeddingTests(ServerFixture fixture) : IClassFixture<ServerFixture>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task TheOfficialClientGetsTheMeanOfTheLastHiddenStatesAtUnitLength()
    {
        string folder = SharedData.Path("models", "tinystories-656k");
        await using Server server = await Server.Start(fixture.Options with { Model = folder, Name = null, Context = 256 }, fixture.Log);
        using LanguageModel model = LanguageModel.Load(folder);
        Tokenizer tokenizer = Tokenizer.Load(folder);
        string[] texts = [.. Enumerable.Range(0, 20).Select(i => $"The {(i % 2 == 0 ? "cat" : "boat")} was number {i}.")];
        EmbeddingClient client = ServerFixture.Client(server).GetEmbeddingClient("tinystories-656k");

        OpenAIEmbeddingCollection embeddings = (await client.GenerateEmbeddingsAsync(texts, cancellationToken: Cancellation)).Value;

        Assert.Equal(Enumerable.Range(0, texts.Length), embeddings.Select(embedding => embedding.Index));
        int counted = 0;
        for (int i = 0; i < texts.Length; i++)
        {
            using var scope = new TensorScope();
            int[] ids = tokenizer.Encode(texts[i], addSpecialTokens: true);
            int opening = ids.Length - tokenizer.Encode(texts[i]).Length, size = model.Config.HiddenSize;
            float[] hidden = model.Hidden(TokenBatch.Of([ids])).ToArray<float>();
            double[] mean = [.. Enumerable.Range(0, size).Select(d => Enumerable.Range(opening, ids.Length - opening).Average(t => (double)hidden[t * size + d]))];
            double length = Math.Sqrt(mean.Sum(value => value * value));
            float[] vector = embeddings[i].ToFloats().ToArray();
            Assert.Equal(size, vector.Length);
            for (int d = 0; d < size; d++)
                Assert.Equal(mean[d] / length, vector[d], Near.Float32);
            counted += ids.Length;
        }
        Assert.Equal((counted, counted), (embeddings.Usage.InputTokenCount, embeddings.Usage.TotalTokenCount));
    }

    [Fact]
    public async Task NumbersAndBase64AreTheSame()
    {
        const string body = """{"input": "?W", "model": "scripted", "encoding_format": "ENCODING"}""";
        (_, JsonElement numbers) = await ServerFixture.Post(fixture.Server, "/v1/embeddings", body.Replace("ENCODING", "float", StringComparison.Ordinal));
        (_, JsonElement packed) = await ServerFixture.Post(fixture.Server, "/v1/embeddings", body.Replace("ENCODING", "base64", StringComparison.Ordinal));

        float[] expected = [.. numbers.GetProperty("data")[0].GetProperty("embedding").EnumerateArray().Select(value => value.GetSingle())];
        byte[] bytes = packed.GetProperty("data")[0].GetProperty("embedding").GetBytesFromBase64();
        Assert.Equal(expected, Enumerable.Range(0, bytes.Length / 4).Select(i => BitConverter.ToSingle(bytes, 4 * i)));
        // Its hidden states are one-hot vectors, one for each of the two bytes.
        Assert.Equal([Math.Sqrt(0.5), Math.Sqrt(0.5)], expected.Where(value => value != 0).Select(value => (double)value), (a, b) => Math.Abs(a - b) < Near.Float32);
    }

    [Theory]
    [InlineData("""{"input": ""}""", "input", "is empty")]
    [InlineData("""{"input": ["a", ""]}""", "input", "input[1]: is empty")]
    [InlineData("""{"input": []}""", "input", "must be a string")]
    [InlineData("""{"input": [[257]]}""", "input", "ids go from 0 to 256")]
    [InlineData("""{"input": "a", "dimensions": 3}""", "dimensions", "have 264")]
    [InlineData("""{"input": "a", "encoding_format": "int8"}""", "encoding_format", "float or base64")]
    [InlineData("""{"input": "a", "prompt": "b"}""", "prompt", "not a field")]
    public async Task AWrongFieldIsNamed(string request, string field, string part)
    {
        (int status, JsonElement body) = await ServerFixture.Post(fixture.Server, "/v1/embeddings", request);

        JsonElement error = body.GetProperty("error");
        Assert.Equal((400, "invalid_request_error", field), (status, error.GetProperty("type").GetString(), error.GetProperty("param").GetString()));
        Assert.Contains(part, error.GetProperty("message").GetString());
    }

    [Fact]
    public async Task ATextThatIsTooLongIsAnErrorWithItsLength()
    {
        EmbeddingClient client = ServerFixture.Client(fixture.Server).GetEmbeddingClient(ServerFixture.ModelName);

        var error = await Assert.ThrowsAsync<ClientResultException>(() => client.GenerateEmbeddingAsync(new string('a', 4001), cancellationToken: Cancellation));

        Assert.Equal(400, error.Status);
        Assert.Contains("4001 tokens", error.Message);
    }

    [Fact]
    public async Task MoreTextsThanRunTogetherAreAnsweredInOrder()
    {
        string[] texts = [.. Enumerable.Range(0, 200).Select(i => ((char)('a' + i % 26)).ToString())];
        (int status, JsonElement body) = await ServerFixture.Post(fixture.Server, "/v1/embeddings", JsonSerializer.Serialize(new { input = texts }));

        Assert.Equal(200, status);
        int[] places = [.. body.GetProperty("data").EnumerateArray().Select(one => one.GetProperty("embedding").EnumerateArray().Index().MaxBy(value => value.Item.GetDouble()).Index)];
        Tokenizer tokenizer = Tokenizer.Load(fixture.ModelFolder);
        Assert.Equal(texts.Select(text => tokenizer.Encode(text)[0]), places);
    }
}
