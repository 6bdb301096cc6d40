using System.Globalization;
using Emend.Feedback;
using Emend.Store;
using Microsoft.AspNetCore.Http;

namespace Emend.Studio;

/// <summary>Versions as HTTP sees them: "3" in quotes.</summary>
internal static class Etag
{
    public static T WithEtag<T>(this HttpContext http, T value, int version)
    {
        http.Response.Headers.ETag = $"\"{version.ToString(CultureInfo.InvariantCulture)}\"";
        return value;
    }

    /// <summary>The version that the caller has seen: If-Match.</summary>
    /// <exception cref="BadHttpRequestException">The header is missing (428) or holds no version.</exception>
    public static int SeenVersion(this HttpRequest request)
    {
        string header = request.Headers.IfMatch.ToString();
        if (header == "")
            throw new BadHttpRequestException("The header If-Match is missing; the version that was read is expected (its ETag).", StatusCodes.Status428PreconditionRequired);
        return int.TryParse(header.Trim('"'), NumberStyles.None, CultureInfo.InvariantCulture, out int version) && header.StartsWith('"') && header.EndsWith('"')
            ? version
            : throw new BadHttpRequestException($"The header If-Match holds {header}; the ETag of what was read is expected, like \"3\".", StatusCodes.Status400BadRequest);
    }
}

/// <summary>One page of a list: pass Next as `after` to get the page behind it; null at the end.</summary>
internal sealed record Page<T>(IReadOnlyList<T> Items, string? Next)
{
    public const int DefaultLimit = 50;
    public const int MostLimit = 200;

    /// <summary>A page of up to limit rows from a list that was asked for one more.</summary>
    public static Page<T> Of(List<T> rows, int limit, Func<T, long> id) =>
        rows.Count <= limit ? new(rows, null) : new(rows[..limit], id(rows[limit - 1]).ToString(CultureInfo.InvariantCulture));
}

/// <summary>`after` and `limit` of a list, checked.</summary>
internal readonly record struct Paging(long? After, int? Limit)
{
    public long From => After ?? 0;

    public int Size => Limit is null or (>= 1 and <= Page<int>.MostLimit) ? Limit ?? Page<int>.DefaultLimit
        : throw RefusedException.Invalid(new FieldProblem("limit", $"{Limit} is not between 1 and {Page<int>.MostLimit}"));
}
