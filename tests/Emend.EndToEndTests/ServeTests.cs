using System.Diagnostics;
using System.Net.Http.Json;
using System.Text.Json;
using Emend.Models;
using Emend.Text;
using Xunit;

namespace Emend.EndToEndTests;

public sealed class ServeTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task TheServerSaysWhereItListensAnswersAndEndsWhenAsked()
    {
        SaveModel();
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "emend.dll"), "serve", "--model", folder.Path, "--name", "tiny", "--url", "http://127.0.0.1:0", "--json"]) { RedirectStandardOutput = true };
        using Process process = Process.Start(start)!;
        try
        {
            JsonElement line = JsonElement.Parse((await process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken))!);
            using var http = new HttpClient { BaseAddress = new Uri(line.GetProperty("url").GetString()!) };
            using HttpResponseMessage answer = await http.PostAsJsonAsync("/v1/chat/completions", new { model = "tiny", messages = new[] { new { role = "user", content = "is it" } }, max_tokens = 3 }, TestContext.Current.CancellationToken);
            JsonElement body = JsonElement.Parse(await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));

            Assert.Equal(("tiny", "plain"), (line.GetProperty("model").GetString(), line.GetProperty("chat").GetString()));
            Assert.Equal("chat.completion", body.GetProperty("object").GetString());
            using Process kill = Process.Start("kill", ["-TERM", process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]);
            Assert.True(process.WaitForExit(TimeSpan.FromSeconds(60)), "the server did not end within a minute of SIGTERM");
            Assert.Equal(0, process.ExitCode);
        }
        finally
        {
            if (!process.HasExited)
                process.Kill(entireProcessTree: true);
        }
    }

    [Fact]
    public void WhatCannotBeServedIsRefusedBeforeItListens()
    {
        Finished.Emend(["serve", "--model", "nowhere"]).WasRefused("--model nowhere");

        SaveModel();
        Finished.Emend(["serve", "--model", folder.Path, "--url", "http://0.0.0.0:0"]).WasRefused("--api-key-file");
        Finished.Emend(["serve", "--model", folder.Path, "--reward", folder.Path, "--url", "http://127.0.0.1:0"]).WasRefused("calibration.json");
        Finished.Emend(["serve", "--model", folder.Path, "--context", "65", "--url", "http://127.0.0.1:0"]).WasRefused("--context 65", "context of 64 tokens");
        folder.Write("chat_template.jinja", "{{ messages[0] }}");
        Finished.Emend(["serve", "--model", folder.Path, "--url", "http://127.0.0.1:0"]).WasRefused("chat_template.jinja", "--plain-chat");
    }

    private void SaveModel()
    {
        folder.Write("tokenizer.json", BpeTrainer.TrainByteLevel(["it is red"], 300, ["<end>"]));
        ModelConfig config = ModelConfig.Llama(vocabularySize: 300, hiddenSize: 16, intermediateSize: 32, layers: 1, heads: 2, keyValueHeads: 2, contextLength: 64) with { EosTokenIds = [0] };
        using LanguageModel model = LanguageModel.Create(config, seed: 1);
        model.Save(folder.Path);
    }
}
