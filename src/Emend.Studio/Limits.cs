using System.Globalization;
using System.Threading.RateLimiting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Emend.Studio;

/// <summary>How often somebody may ask: by account, and by address for those who are not signed in.</summary>
internal static class Limits
{
    public const string SignIn = "sign-in";
    public const string Bulk = "bulk";

    public static void Add(IServiceCollection services, RateLimits limits) => services.AddRateLimiter(limiter =>
    {
        limiter.RejectionStatusCode = StatusCodes.Status429TooManyRequests;
        limiter.GlobalLimiter = PartitionedRateLimiter.Create<HttpContext, string>(http => PerMinute(Who(http), limits.All));
        limiter.AddPolicy(SignIn, http => PerMinute(Address(http), limits.SignIn));
        limiter.AddPolicy(Bulk, http => PerMinute(Who(http), limits.Bulk));
        limiter.OnRejected = async (context, _) =>
        {
            if (context.Lease.TryGetMetadata(MetadataName.RetryAfter, out TimeSpan wait))
                context.HttpContext.Response.Headers.RetryAfter = Math.Ceiling(wait.TotalSeconds).ToString(CultureInfo.InvariantCulture);
            await Problem.Write(context.HttpContext, StatusCodes.Status429TooManyRequests, "too-many", "Too many requests; wait a little and try again.");
        };
    });

    private static RateLimitPartition<string> PerMinute(string who, int permits) => RateLimitPartition.GetTokenBucketLimiter(who, _ => new TokenBucketRateLimiterOptions
    {
        TokenLimit = permits,
        TokensPerPeriod = Math.Max(1, permits / 6),
        ReplenishmentPeriod = TimeSpan.FromSeconds(10),
        QueueLimit = 0,
    });

    private static string Who(HttpContext http) => http.CallerOrNull() is Caller caller ? $"account {caller.Id}" : Address(http);

    private static string Address(HttpContext http) => $"address {http.Connection.RemoteIpAddress}";
}
