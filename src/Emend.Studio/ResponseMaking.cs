using Emend.Feedback;
using Emend.Feedback.Prompts;
using Emend.Store;

namespace Emend.Studio;

/// <summary>Responses that are to be made with a version.</summary>
/// <param name="Values">Sets of values of the version's variables, one response each.</param>
/// <param name="Endpoint">The project's endpoint to ask: responses, or proposals.</param>
/// <param name="Model">The model's name there; null: the version's own, or else the endpoint's.</param>
/// <param name="Seed">Of the first, one more for each that follows; null: the version's own, or 0.</param>
/// <param name="Budget">Fills {{context}} from the project's documents with at most so many tokens; null: it is a variable as any other.</param>
internal sealed record ResponsesRequest(IReadOnlyList<IReadOnlyDictionary<string, string>> Values, ModelUse Endpoint = ModelUse.Responses, string? Model = null, int? Seed = null, int? Budget = null);

/// <summary>What came of it, in the order of the values.</summary>
/// <param name="Responses">Ids; null where none was made.</param>
/// <param name="Made">How many were made now; the others were stored before and not asked again.</param>
/// <param name="Failed">Why the rest was not made; null where all are there.</param>
internal sealed record MadeResponses(int Version, IReadOnlyList<long?> Responses, int Made, string? Failed);

/// <summary>Asks a project's model with a version and stores what it answers, with all that made it, as emend prompt run does. What is answered is kept, whatever becomes of the rest.</summary>
internal sealed class ResponseMaking(PromptVersions versions, Responses responses, Documents documents, Embeddings embeddings, ModelEndpoints endpoints, ModelCalls calls)
{
    /// <summary>Sets of values of one request; whoever has more sends them in several.</summary>
    public const int MostAtOnce = 16;

    private const int AskedTogether = 4;
    private const int LongestModel = 200;

    public async Task<MadeResponses> Make(Actor actor, long project, long prompt, string reference, ResponsesRequest request, CancellationToken cancellation)
    {
        Check(request);
        VersionView version = await versions.Get(project, prompt, reference);
        ModelQuestion endpoint = await EndpointOf(project, version, request);
        AskedResponse[] asked = await Asked(project, version, endpoint.Model, request, cancellation);
        List<ResponseView> stored = [.. (await responses.Of(version, [.. asked.Select(one => one.Seed)])).Where(one => endpoint.Model is null ? one.ModelFolder is null : AskedResponse.IsOf(one, endpoint.Model))];
        long?[] ids = [.. asked.Select(one => stored.Find(one.IsAnsweredBy)?.Id)];
        int before = ids.Count(id => id is not null);
        string? failed = null;
        foreach (int[] some in Enumerable.Range(0, asked.Length).Where(i => ids[i] is null).Chunk(AskedTogether))
        {
            Task<MadeText>[] asking = [.. some.Select(i => calls.Answer(endpoint, asked[i], cancellation))];
            Task all = Task.WhenAll(asking);
            await all.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            foreach ((int i, Task<MadeText> answer) in some.Zip(asking).Where(each => each.Second.IsCompletedSuccessfully))        // one that fails takes none with it
                ids[i] = (await responses.Add(actor, project, asked[i].With(await answer), null)).Response.Id;
            if (Array.Find(asking, answer => !answer.IsCompletedSuccessfully) is not { } unanswered)
                continue;
            try
            {
                await unanswered;
            }
            catch (RefusedException refused)
            {
                failed = refused.Message;
            }
            break;
        }
        return new MadeResponses(version.Number, ids, ids.Count(id => id is not null) - before, failed);
    }

    // The model that is asked: the call's, the version's, or the endpoint's.
    private async Task<ModelQuestion> EndpointOf(long project, VersionView version, ResponsesRequest request)
    {
        ModelQuestion endpoint = await endpoints.Find(project, request.Endpoint)
            ?? throw new RefusedException(Refusal.Conflict, "no-model", $"The project names no endpoint for {request.Endpoint.ToString().ToLowerInvariant()}; its settings do.");
        string? named = string.IsNullOrWhiteSpace(request.Model) ? null : request.Model.Trim();
        return endpoint with { Model = named ?? version.Content.Settings.Model ?? endpoint.Model };
    }

    private async Task<AskedResponse[]> Asked(long project, VersionView version, string? model, ResponsesRequest request, CancellationToken cancellation)
    {
        int first = request.Seed ?? version.Content.Settings.Seed ?? 0;
        var asked = new List<AskedResponse>();
        foreach ((int i, IReadOnlyDictionary<string, string> values) in request.Values.Index())
            asked.Add(AskedResponse.Of(version, model, values, request.Budget is int budget ? await Context(project, values, budget, cancellation) : null, unchecked(first + i)));
        return [.. asked];
    }

    private async Task<InjectedContext> Context(long project, IReadOnlyDictionary<string, string> values, int budget, CancellationToken cancellation)
    {
        string query = InjectedContext.QueryOf(values);
        NearQuery? near = query.Trim() == "" || await embeddings.Endpoint(project) is not { } endpoint ? null
            : await embeddings.Near(project, query, (texts, token) => calls.Embed(endpoint, texts, token), cancellation);
        return new InjectedContext(query, await documents.Build(project, query, budget, await documents.CounterOf(project), near?.Near), near?.Near?.Model);
    }

    private static void Check(ResponsesRequest request)
    {
        var problems = new List<FieldProblem>();
        if (request.Values.Count is 0 or > MostAtOnce)
            problems.Add(new("values", $"has {request.Values.Count} sets; 1 to {MostAtOnce} are expected in one request"));
        if (request.Values.Any(values => values is null || values.Values.Any(value => value is null)))
            throw RefusedException.Invalid(new FieldProblem("values", "has null where a set of texts, or a text, is expected"));
        if (request.Endpoint is not (ModelUse.Responses or ModelUse.Proposals))
            problems.Add(new("endpoint", $"{request.Endpoint.ToString().ToLowerInvariant()} answers no messages; responses or proposals is expected"));
        if (request.Model?.Length > LongestModel || request.Model?.Any(char.IsControl) == true)
            problems.Add(new("model", $"at most {LongestModel} characters without control characters are expected"));
        if (request.Values.Any(values => values.Values.Any(value => value.Length > PromptContent.LongestText)))
            problems.Add(new("values", $"a value has more than {PromptContent.LongestText} characters"));
        if (request.Budget is not null && request.Values.Any(values => values.ContainsKey(InjectedContext.Variable)))
            problems.Add(new("budget", $"fills {{{{{InjectedContext.Variable}}}}} from the documents, and a value for it is given too; leave one of them out"));
        if (problems.Count > 0)
            throw RefusedException.Invalid(problems);
    }
}
