using Emend.Feedback;
using Microsoft.EntityFrameworkCore;

namespace Emend.Store;

/// <summary>Requests that are done once for their Idempotency-Key, in the transaction of what they do.</summary>
internal static class SentRequests
{
    private const int LongestKey = 100;

    /// <summary>Id of what the same request made before; null where it is new, or has no key.</summary>
    /// <param name="request">What is asked, whole: the same key with another request is refused.</param>
    public static async Task<long?> Find(StudioContext context, Actor actor, string? key, object request)
    {
        if (key is null || actor.AccountId is not long account)
            return null;
        if (key.Length is 0 or > LongestKey || key.Any(unit => unit is < '!' or > '~'))
            throw RefusedException.Invalid(new FieldProblem("Idempotency-Key", $"1 to {LongestKey} printable characters are expected in this header"));
        SentRequest? before = await context.SentRequests.AsNoTracking().SingleOrDefaultAsync(row => row.AccountId == account && row.Key == key);
        if (before is not null && before.BodyHash != HashOf(request))
            throw new RefusedException(Refusal.Conflict, "key-reused", "This Idempotency-Key was sent with another request; each needs a key of its own.");
        return before?.ResultId;
    }

    /// <summary>Remembers what the request made.</summary>
    public static void Remember(StudioContext context, Actor actor, string? key, object request, long result, DateTime now)
    {
        if (key is not null && actor.AccountId is long account)
            context.SentRequests.Add(new SentRequest { AccountId = account, Key = key, BodyHash = HashOf(request), ResultId = result, CreatedAt = now });
    }

    private static string HashOf(object request) => StoreJson.Hash(StoreJson.Write(request));
}
