using Emend.Feedback;
using Microsoft.EntityFrameworkCore;

namespace Emend.Store;

/// <summary>The keys that somebody uses instead of the usual ones: usual key → own key, as pages name keys ("n", "Ctrl+Enter", "Alt+ArrowDown").</summary>
public sealed record KeyBindingsView(IReadOnlyDictionary<string, string> Keys, int Version);

/// <summary>Everybody's own keys.</summary>
public sealed class KeyBindings(Database database, TimeProvider clock)
{
    private const int Most = 100;
    private const int Longest = 40;

    // With these one leaves a text box, moves about, presses what has the focus, or learns the keys.
    private static readonly string[] Fixed = ["Escape", "Tab", "Enter", "Space", "?", "Backspace"];

    public Task<KeyBindingsView> Get(long accountId) => database.Read(async context =>
        await context.KeyBindings.SingleOrDefaultAsync(row => row.AccountId == accountId) is OwnKeys row ? View(row) : new KeyBindingsView(new Dictionary<string, string>(), 0));

    public Task<KeyBindingsView> Set(Actor actor, int version, IReadOnlyDictionary<string, string> keys) => database.Write(async context =>
    {
        FieldProblem[] problems = [.. Problems(keys)];
        if (problems.Length > 0)
            throw RefusedException.Invalid(problems);
        OwnKeys? row = await context.KeyBindings.SingleOrDefaultAsync(row => row.AccountId == actor.AccountId);
        if ((row?.Version ?? 0) != version)
            throw new RefusedException(Refusal.Outdated, "outdated", $"The keys were changed meanwhile: version {row?.Version ?? 0} is the newest, not {version}.");
        if (row is null)
            context.KeyBindings.Add(row = new OwnKeys { AccountId = actor.AccountId!.Value });
        string content = StoreJson.Write(new SortedDictionary<string, string>(keys.ToDictionary(), StringComparer.Ordinal));
        await AuditLog.Append(context, clock.Now(), actor, null, "keys-changed", $"account/{actor.AccountId}", row.Content == "" ? null : row.Content, content);
        (row.Content, row.Version) = (content, row.Version + 1);
        return View(row);
    });

    private static IEnumerable<FieldProblem> Problems(IReadOnlyDictionary<string, string> keys)
    {
        if (keys.Count > Most)
            yield return new("keys", $"has {keys.Count} keys; at most {Most} are expected");
        foreach ((string usual, string own) in keys)
        {
            if (usual.Length is 0 or > Longest || own.Length is 0 or > Longest || $"{usual}{own}".Any(char.IsControl))
                yield return new("keys", $"names of 1 to {Longest} characters are expected");
            if (Fixed.Contains(own) || Fixed.Contains(usual))
                yield return new($"keys.{usual}", $"{own} cannot be chosen: {string.Join(", ", Fixed)} keep their meaning");
        }
        foreach (IGrouping<string, string> twice in keys.GroupBy(key => key.Value, key => key.Key).Where(group => group.Count() > 1))
            yield return new($"keys.{twice.Last()}", $"{twice.Key} is there already, for {twice.First()}");
    }

    private static KeyBindingsView View(OwnKeys row) => new(StoreJson.Read<Dictionary<string, string>>(row.Content), row.Version);
}
