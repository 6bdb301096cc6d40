using System.CommandLine;
using System.CommandLine.Invocation;
using Emend.Cli.Commands;
using Emend.Cli.Commands.Prompts;
using Emend.Cli.Commands.Simulated;
using Emend.Tensors;
using Emend.Text;

namespace Emend.Cli;

/// <summary>The commands, and what becomes of their failures: 0 done, 1 the work failed, 2 the call was wrong, 130 interrupted.</summary>
internal static class CommandLine
{
    private const int Done = 0;
    private const int WorkFailed = 1;
    private const int CallWrong = 2;

    /// <summary>One JSON object or line for machines instead of text for people; commands that always print JSON lines accept it too.</summary>
    public static readonly Option<bool> Json = new("--json") { Description = "Print JSON for machines.", Recursive = true };

    /// <summary>The whole tree of commands and options; docs and tests look commands up here.</summary>
    public static RootCommand Create() => new("Emend aligns language models with fine-grained human edits.\n\n" +
        "The launcher adds one command of its own: emend test [FILTER] runs the project's checks and tests.")
    {
        Json,
        AbCommand.Create(),
        AnnotateCommand.Create(),
        BackupCommand.Create(),
        ContextCommand.Create(),
        DemoCommand.Create(),
        DoctorCommand.Create(),
        EditsCommand.Create(),
        EvaluateCommand.Create(),
        GenerateCommand.Create(),
        JudgeCommand.Create(),
        LogprobsCommand.Create(),
        ProjectCommand.Create(),
        BackupCommand.CreateRestore(),
        PromptCommand.Create(),
        ReproduceCommand.Create(),
        ScoreCommand.Create(),
        ServeCommand.Create(),
        StudioCommand.Create(),
        StudyCommand.Create(),
        SuiteCommand.Create(),
        TokenizeCommand.Create(),
        TrainCommand.Create(),
        VerifyCommand.Create(),
        WorldCommand.Create(),
    };

    /// <summary>Runs one call and returns its exit code. Failures become one sentence on stderr; EMEND_DEBUG=1 adds the stack trace.</summary>
    public static int Run(string[] args)
    {
        Signals.Install();
        // No response files: a prompt may begin with "@".
        ParseResult call = Create().Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null });
        if (call.Action is ParseErrorAction)
            return Complain(ParseProblem(call), CallWrong);

        try
        {
            WrittenFiles.Check(call);
            return call.Invoke(new InvocationConfiguration { EnableDefaultExceptionHandler = false });
        }
        catch (OperationCanceledException) when (Signals.Interrupted)
        {
            return Signals.InterruptedExitCode;
        }
        catch (Exception exception)
        {
            return Complain(exception);
        }
    }

    private static int Complain(Exception exception)
    {
        if (Environment.GetEnvironmentVariable("EMEND_DEBUG") == "1")
            Console.Error.WriteLine(exception);
        while (exception is TypeInitializationException or AggregateException && exception.InnerException is not null)
            exception = exception.InnerException!;
        return exception switch
        {
            InvalidInputException or SafetensorsException or FileNotFoundException or DirectoryNotFoundException => Complain(exception.Message, CallWrong),
            _ => Complain($"{exception.Message} (EMEND_DEBUG=1 shows where this happened)", WorkFailed),
        };
    }

    private static int Complain(string sentence, int exitCode)
    {
        Console.Error.WriteLine($"emend: {sentence}");
        return exitCode;
    }

    private static string ParseProblem(ParseResult call)
    {
        string path = "emend";
        for (var node = call.CommandResult; node.Parent is System.CommandLine.Parsing.CommandResult parent; node = parent)
            path = path.Insert("emend".Length, $" {node.Command.Name}");
        string problem = call.UnmatchedTokens.Count > 0
            ? $"\"{call.UnmatchedTokens[0]}\" is not a command, option or argument of {path}."
            : call.Errors[0].Message.ReplaceLineEndings(" ");
        return $"{problem} ({path} --help shows what it takes)";
    }
}
