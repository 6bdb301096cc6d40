using System.CommandLine;
using Emend.Store;
using Emend.Text;

namespace Emend.Cli.Commands;

/// <summary>Who changes something in a store. Whoever can open it can give any name: it says who, and proves nothing. What an account did has the account's number beside its name.</summary>
internal sealed class AuthorChoice
{
    private const int LongestName = 100;

    private readonly Option<string?> _by = new("--by") { Description = "Who does this: what the events of prompts and the audit log will say. [default: your name on this machine]", HelpName = "NAME" };

    public void AddTo(Command command) => command.Add(_by);

    public Actor Of(ParseResult call)
    {
        string? given = call.GetValue(_by)?.Trim();
        if (given is not null && (given.Length is 0 or > LongestName || given.Any(char.IsControl)))
            throw new InvalidInputException($"--by: 1 to {LongestName} characters without control characters are expected");
        string name = given ?? Environment.UserName;
        return name.Length == 0 ? Actor.Installation : new Actor(null, name);
    }
}
