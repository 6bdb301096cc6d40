using System.Text.Json;
using Emend.Models;
using Emend.Serving;
using Emend.Text;
using Xunit;

namespace Emend.ServingTests;

/// <summary>The fingerprint of a served model: other for whatever gives other answers, since judges keep answers by it.</summary>
public sealed class FingerprintTests : IDisposable
{
    private const string Template = "{% for message in messages %}<|im_start|>{{ message['role'] }}\n{{ message['content'] }}<|im_end|>\n{% endfor %}";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("emend fingerprint ");

    public FingerprintTests() => ScriptedModel.Save(_folder.FullName, contextLength: 100);

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task WhateverChangesAnswersChangesTheFingerprint()
    {
        string same = await Of(), again = await Of(), opening = await Of(options => options with { Opening = ScriptedModel.EndToken });
        Write("generation_config.json", """{"eos_token_id": [256, 7]}""");
        string stops = await Of();
        Write("chat_template.jinja", Template);
        string template = await Of(), plain = await Of(options => options with { PlainChat = true });
        Write("chat_template.jinja", Template + "{# and more #}");
        string other = await Of();

        Assert.Equal(same, again);
        Assert.Equal(stops, plain);                            // a template that is passed over changes nothing
        Assert.Distinct([same, opening, stops, template, other]);
    }

    [Fact]
    public async Task AMessageIsAskedInTheTemplateThatTheModelWasTrainedWith()
    {
        string bare = await Of();
        new PromptFormat { Template = "Human: {prompt}\nAssistant:", Opening = ScriptedModel.EndToken }.Save(_folder.FullName);
        string templated = await Of();

        await using Server server = await Server.Start(new ServingOptions { Model = _folder.FullName, Url = "http://127.0.0.1:0", MaxConcurrent = 1 }, TextWriter.Null);
        (int _, System.Text.Json.JsonElement chat) = await ServerFixture.Post(server, "/v1/chat/completions", """{"messages": [{"role": "user", "content": "red?"}], "max_tokens": 1}""");
        (int _, System.Text.Json.JsonElement text) = await ServerFixture.Post(server, "/v1/completions", """{"prompt": "red?", "max_tokens": 1}""");

        Assert.NotEqual(bare, templated);
        // A byte is a token, and one opens the text. A completion continues its prompt as it is.
        Assert.Equal(1 + "Human: red?\nAssistant:".Length, chat.GetProperty("usage").GetProperty("prompt_tokens").GetInt32());
        Assert.Equal(1 + "red?".Length, text.GetProperty("usage").GetProperty("prompt_tokens").GetInt32());
    }

    [Fact]
    public async Task WhatAnImplicitRewardIsComparedWithIsPartOfItsFingerprint()
    {
        string reward = Path.Combine(_folder.FullName, "reward"), start = Path.Combine(reward, "start");
        ServerFixture.SaveRewardModel(reward, Tokenizer.Load(_folder.FullName), implicitWeight: 0.5);
        string? before = await Reward();

        using (LanguageModel model = LanguageModel.Load(start))
        {
            model.Parameter("model.embed_tokens.weight").Span<float>()[0] += 1;
            model.Save(start);
        }

        Assert.NotEqual(before, await Reward());

        async Task<string?> Reward()
        {
            await using Server server = await Server.Start(new ServingOptions { Model = _folder.FullName, Reward = reward, Url = "http://127.0.0.1:0", MaxConcurrent = 1 }, TextWriter.Null);
            return server.RewardFingerprint;
        }
    }

    [Fact]
    public async Task TheListOfModelsSaysWhoseWeightsAnswer()
    {
        string reward = Path.Combine(_folder.FullName, "reward");
        ServerFixture.SaveRewardModel(reward, Tokenizer.Load(_folder.FullName), implicitWeight: 0);
        await using Server server = await Server.Start(new ServingOptions { Model = _folder.FullName, Name = "m", Reward = reward, Url = "http://127.0.0.1:0", MaxConcurrent = 1, Context = 90 }, TextWriter.Null);
        using var http = new HttpClient { BaseAddress = new Uri(server.Url) };

        JsonElement list = JsonElement.Parse(await http.GetStringAsync("/v1/models", TestContext.Current.CancellationToken)).GetProperty("data");
        JsonElement one = JsonElement.Parse(await http.GetStringAsync("/v1/models/m", TestContext.Current.CancellationToken));

        Assert.Equal((server.Fingerprint, 90), (list[0].GetProperty("system_fingerprint").GetString(), list[0].GetProperty("max_model_len").GetInt32()));
        Assert.Equal((server.RewardFingerprint, true), (list[1].GetProperty("system_fingerprint").GetString(), list[1].GetProperty("rewards").GetBoolean()));
        Assert.Equal(list[0].GetRawText(), one.GetRawText());
    }

    private void Write(string name, string text) => File.WriteAllText(Path.Combine(_folder.FullName, name), text);

    private async Task<string> Of(Func<ServingOptions, ServingOptions>? with = null)
    {
        var options = new ServingOptions { Model = _folder.FullName, Url = "http://127.0.0.1:0", MaxConcurrent = 1 };
        await using Server server = await Server.Start(with is null ? options : with(options), TextWriter.Null);
        return server.Fingerprint;
    }
}
