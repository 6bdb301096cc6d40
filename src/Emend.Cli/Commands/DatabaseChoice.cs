using System.CommandLine;
using Emend.Store;
using Emend.Studio;
using Emend.Text;

namespace Emend.Cli.Commands;

/// <summary>Which studio a command means: options of emend studio.</summary>
internal sealed class DatabaseChoice
{
    private readonly Option<string?> _database = new("--database") { Description = "\"Host=…;Database=…;Username=…\" for PostgreSQL, or a file for SQLite; the file studio.db in the data folder when absent.", HelpName = "PLACE" };
    private readonly Option<string> _data = new("--data") { Description = "The studio's data folder.", HelpName = "DIR", DefaultValueFactory = _ => new StudioOptions().Data };

    private readonly Option<string?> _tokenizers = new("--tokenizers") { Description = "Folder with the tokenizers that projects may measure edits with; the folder tokenizers in the data folder when absent.", HelpName = "DIR" };

    public void AddTo(Command command)
    {
        command.Add(_database);
        command.Add(_data);
    }

    /// <summary>For commands that count in the tokens of a project.</summary>
    public void AddTokenizersTo(Command command) => command.Add(_tokenizers);

    public string? Given(ParseResult call) => call.GetValue(_database);

    public string Folder(ParseResult call) => call.GetValue(_data)!;

    public string? TokenizersGiven(ParseResult call) => call.GetValue(_tokenizers);

    /// <summary>The tokenizers that the studio's projects name.</summary>
    public Tokenizers Tokenizers(ParseResult call) => new(new StudioOptions { Data = Folder(call), Tokenizers = TokenizersGiven(call) }.TokenizersFolder);

    public string Place(ParseResult call) => new StudioOptions { Database = Given(call), Data = Folder(call) }.DatabasePlace;

    /// <summary>A database that is there; a mistyped name makes no new one.</summary>
    public Database OpenExisting(ParseResult call)
    {
        string place = Place(call);
        if (Database.IsFile(place) && !File.Exists(place))
            throw new InvalidInputException($"{Path.GetFullPath(place)}: there is no such database; --database or --data says where the studio keeps its own.");
        return Database.At(place);
    }
}
