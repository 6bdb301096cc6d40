using System.CommandLine;
using Emend.Store;
using Emend.Tensors;
using Emend.Text;

namespace Emend.Cli.Commands.Prompts;

/// <summary>emend reproduce: makes a stored response again from what its record says, and compares the bytes.</summary>
internal static class ReproduceCommand
{
    public static Command Create()
    {
        var place = new DatabaseChoice();
        var id = new Argument<long>("RESPONSE") { Description = "Number of the stored response." };
        var model = new Option<string?>("--model") { Description = "Model folder; the one that the record names when absent.", HelpName = "DIR" };
        var command = new Command("reproduce", "Make a stored response again and say whether it is the same, byte for byte.") { id, model };
        place.AddTo(command);
        command.SetAction(async (call, _) =>
        {
            using Database database = place.OpenExisting(call);
            await Migrations.Apply(database);
            ResponseView stored = await Find(database, call.GetValue(id));
            string folder = call.GetValue(model) ?? stored.ModelFolder ?? throw new InvalidInputException($"response {stored.Id}: its record names no model folder (it came from {stored.Model}); --model DIR says one");
            using PromptedModel again = PromptedModel.Load(folder, stored.Compute == "bfloat16" ? DType.BFloat16 : DType.Float32);
            int seed = stored.Seed ?? throw new InvalidInputException($"response {stored.Id}: its record has no seed, so it cannot be made again");
            // A server's fingerprint is counted otherwise and says nothing here.
            bool sameModel = stored.ModelFingerprint is null || stored.ModelFolder is null || stored.ModelFingerprint == again.Fingerprint;
            string text = again.Answer(stored.Messages, stored.Settings, seed);
            bool same = text == stored.Text;
            if (call.GetValue(CommandLine.Json))
                JsonOutput.WriteLine(new { response = stored.Id, same, sameModel, text, stored = stored.Text, model = folder, again.Fingerprint });
            else
                Print(stored, text, same, sameModel, folder);
            return same ? 0 : 1;
        });
        return command;
    }

    private static async Task<ResponseView> Find(Database database, long id)
    {
        try
        {
            return await new Responses(database, TimeProvider.System).Get(id);
        }
        catch (RefusedException refused)
        {
            throw new InvalidInputException(refused.Message);
        }
    }

    private static void Print(ResponseView stored, string text, bool same, bool sameModel, string folder)
    {
        if (!sameModel)
            Console.WriteLine($"{folder} is not the model of then: its files or its type of computation have changed.");
        Console.WriteLine(same ? $"same: response {stored.Id}, {stored.Text.Length} characters" : $"different: response {stored.Id}\nstored: {stored.Text}\nnow:    {text}");
    }
}
