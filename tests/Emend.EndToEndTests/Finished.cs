using System.Diagnostics;
using System.Text;
using Xunit;

namespace Emend.EndToEndTests;

/// <summary>A process that has ended: what it returned and said.</summary>
internal sealed record Finished(int ExitCode, string Out, string Error)
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);

    /// <summary>Lines of stdout without the last, empty one.</summary>
    public string[] Lines => Out.TrimEnd('\n').Split('\n');

    /// <summary>Runs the command line that was built with these tests, without the launcher.</summary>
    public static Finished Emend(string[] arguments, string input = "", string? folder = null, params (string Name, string? Value)[] environment) =>
        Run("dotnet", [Path.Combine(AppContext.BaseDirectory, "emend.dll"), .. arguments], input, folder, environment);

    public static Finished Run(string program, string[] arguments, string input = "", string? folder = null, params (string Name, string? Value)[] environment)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardInputEncoding = new UTF8Encoding(false),
            WorkingDirectory = folder ?? AppContext.BaseDirectory,
        };
        start.Environment.Remove("EMEND_DEBUG");
        foreach ((string name, string? value) in environment)
            start.Environment[name] = value;

        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        Task<string> error = process.StandardError.ReadToEndAsync();
        try
        {
            process.StandardInput.Write(input);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It ended without reading all of its input, as it should when a line is wrong.
        }
        if (!process.WaitForExit(Patience))
        {
            process.Kill(entireProcessTree: true);
            Assert.Fail($"{program} {string.Join(' ', arguments)} did not end within {Patience}");
        }
        return new Finished(process.ExitCode, output.Result, error.Result);
    }

    /// <summary>Asserts that the work was done, and hands itself on.</summary>
    public Finished Succeeded()
    {
        Assert.True(ExitCode == 0, $"exit code {ExitCode}: {Error}");
        return this;
    }

    /// <summary>Asserts that the call was refused as bad input is: exit code 2 and one sentence on stderr that holds every part given.</summary>
    public void WasRefused(params string[] parts)
    {
        Assert.True(ExitCode == 2, $"exit code {ExitCode}, expected 2: {Error}");
        Assert.StartsWith("emend: ", Error);
        Assert.DoesNotContain("   at ", Error);
        Assert.Single(Error.TrimEnd('\n').Split('\n'));
        Assert.All(parts, part => Assert.Contains(part, Error));
    }
}
