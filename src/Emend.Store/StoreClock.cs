namespace Emend.Store;

/// <summary>The time of the store: UTC in whole milliseconds, which every engine keeps exactly.</summary>
internal static class StoreClock
{
    public static DateTime Now(this TimeProvider clock)
    {
        DateTime now = clock.GetUtcNow().UtcDateTime;
        return new DateTime(now.Ticks - now.Ticks % TimeSpan.TicksPerMillisecond, DateTimeKind.Utc);
    }
}
