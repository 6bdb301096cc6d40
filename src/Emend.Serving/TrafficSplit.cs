using System.Security.Cryptography;
using Emend.Models;
using Emend.Text;
using Microsoft.AspNetCore.Http;

namespace Emend.Serving;

/// <summary>
/// An experiment at work: of a request that generates, the user's variant is chosen, logged and named in the answer's headers. The endpoints apply it to
/// what they have read, and ask the variant's model.
/// </summary>
internal sealed class TrafficSplit : IDisposable
{
    private const string UserHeader = "X-Emend-User", VariantHeader = "X-Emend-Variant";
    private const int LongestUser = 512;

    private readonly Experiment _experiment;
    private readonly Dictionary<string, ServedModel> _shown;
    private readonly ServedModel[] _loaded;
    private readonly AssignmentLog? _log;

    private TrafficSplit(Experiment experiment, Dictionary<string, ServedModel> shown, ServedModel[] loaded, AssignmentLog? log) =>
        (_experiment, _shown, _loaded, _log) = (experiment, shown, loaded, log);

    public string Name => _experiment.Name;

    /// <summary>Of the models that are not the server's own.</summary>
    public IEnumerable<ContinuousGenerator> Generators => _loaded.Select(model => model.Generator);

    /// <summary>Loads the models of the variants that are not the server's own, each folder once.</summary>
    /// <exception cref="InvalidInputException">The experiment, a folder or the log is wrong.</exception>
    public static TrafficSplit? Load(ServingOptions options, ServedModel own)
    {
        if (options.Experiment is not Experiment experiment)
            return null;
        string[] problems = [.. experiment.Problems()];
        if (problems.Length > 0)
            throw new InvalidInputException($"--experiment: {string.Join("; ", problems)}");
        var loaded = new Dictionary<string, ServedModel>();
        try
        {
            foreach (string folder in experiment.Variants.Select(variant => variant.Model).OfType<string>().Distinct())
            {
                if (Path.GetFullPath(folder) != Path.GetFullPath(options.Model))
                    loaded[folder] = ServedModel.Load(options with { Model = folder, Tokenizer = null, Name = experiment.Name });
            }
            var shown = experiment.Variants.ToDictionary(variant => variant.Name, variant =>
            {
                ServedModel model = variant.Model is string folder ? loaded.GetValueOrDefault(folder, own) : own;
                return model.Under(experiment.Name, variant.FingerprintOver(model.Fingerprint));
            });
            AssignmentLog? log = options.Assignments is string path ? AssignmentLog.Open(path, experiment, shown.ToDictionary(pair => pair.Key, pair => pair.Value.Fingerprint)) : null;
            return new TrafficSplit(experiment, shown, [.. loaded.Values], log);
        }
        catch
        {
            foreach (ServedModel model in loaded.Values)
                model.Dispose();
            throw;
        }
    }

    /// <summary>The variant that an answer says it is of; "" where it is no part of an experiment.</summary>
    public static string VariantOf(HttpContext context) => context.Response.Headers[VariantHeader].ToString();

    /// <summary>Chooses and logs the variant of a request that has been read, and names it in the answer's headers.</summary>
    /// <param name="messages">Null for a plain completion.</param>
    /// <exception cref="ApiException">The request names no user, or says something that the experiment decides.</exception>
    public (Variant Variant, ServedModel Model) Assign(HttpContext context, GenerationSettings settings, IReadOnlyList<ChatMessage>? messages)
    {
        Check(settings, messages);
        string user = UserOf(context, settings);
        Variant variant = _experiment.Of(user);
        string id = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(12));
        // Before the answer: what somebody met is on record, whatever becomes of the request.
        _log?.Add(_experiment.Name, variant.Name, Experiment.Pseudonym(_experiment.Name, user), id);
        context.Response.Headers["X-Emend-Experiment"] = _experiment.Name;
        context.Response.Headers[VariantHeader] = variant.Name;
        context.Response.Headers["X-Request-Id"] = id;
        return (variant, _shown[variant.Name]);
    }

    public void Dispose()
    {
        foreach (ServedModel model in _loaded)
            model.Dispose();
        _log?.Dispose();
    }

    // The same for every variant, so that no user is refused what another one gets.
    private void Check(GenerationSettings settings, IReadOnlyList<ChatMessage>? messages)
    {
        foreach (string field in _experiment.Variants.SelectMany(variant => variant.Decided()).Intersect(settings.Given).Take(1))
            throw ApiException.Invalid($"{field}: experiment \"{_experiment.Name}\" decides it; leave it out", field);
        if (!_experiment.Variants.Any(variant => variant.ChangesConversation))
            return;
        if (messages is null)
            throw ApiException.Invalid($"experiment \"{_experiment.Name}\" tries conversations, which a plain completion has none of; use /v1/chat/completions");
        if (_experiment.Variants.Any(variant => variant.System != "") && messages[0].Role == "system")
            throw ApiException.Invalid($"messages[0]: experiment \"{_experiment.Name}\" decides the system message; leave it out", "messages");
        if (_experiment.Variants.Any(variant => variant.Wraps) && messages[^1].Role != "user")
            throw ApiException.Invalid($"messages[{messages.Count - 1}]: has the role {messages[^1].Role}; experiment \"{_experiment.Name}\" puts a template around the last message, which must be the user's", "messages");
    }

    private string UserOf(HttpContext context, GenerationSettings settings)
    {
        string user = settings.User is { Length: > 0 } given ? given : context.Request.Headers[UserHeader].ToString();
        return user.Length is > 0 and <= LongestUser
            ? user
            : throw ApiException.Invalid($"user: {(user == "" ? "is missing" : $"has {user.Length} characters")}; experiment \"{_experiment.Name}\" splits its traffic by it (1 to {LongestUser} characters, or the header {UserHeader})", "user");
    }
}
