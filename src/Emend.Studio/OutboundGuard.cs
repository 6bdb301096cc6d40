using Emend.Judging;

namespace Emend.Studio;

/// <summary>Clients for addresses that users of the studio gave: <see cref="GuardedConnection"/>, and little time.</summary>
internal static class OutboundGuard
{
    public const string NotPublic = "the address is not a public one";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>A client for such connections. Private addresses are allowed only where whoever runs the studio said so.</summary>
    /// <param name="allowPrivate">Whether they are.</param>
    /// <param name="patience">For a whole answer; null: as long as for a connection.</param>
    public static HttpClient Client(bool allowPrivate, TimeSpan? patience = null) =>
        new(GuardedConnection.Handler(address => allowPrivate || PublicAddress.IsPublic(address), (_, _) => new HttpRequestException(NotPublic), Patience)) { Timeout = patience ?? Patience };

    /// <summary>Whether a failed request was stopped here, and not by the other side.</summary>
    public static bool Stopped(HttpRequestException exception) => exception.Message == NotPublic || exception.InnerException?.Message == NotPublic;
}
