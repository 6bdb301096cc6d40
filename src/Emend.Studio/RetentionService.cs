using Emend.Store;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Emend.Studio;

/// <summary>Removes old drafts and deliveries once an hour, as the program was started to.</summary>
internal sealed partial class RetentionService(Retention retention, StudioOptions options, ILogger<RetentionService> log) : BackgroundService
{
    private static readonly TimeSpan Rest = TimeSpan.FromHours(1);

    protected override async Task ExecuteAsync(CancellationToken stopping)
    {
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                await Task.Delay(Rest, stopping);
                await retention.Purge(TimeSpan.FromDays(options.KeepDraftsDays), TimeSpan.FromDays(options.KeepDeliveriesDays));
            }
            catch (OperationCanceledException) when (stopping.IsCancellationRequested)
            {
                return;
            }
            catch (Exception exception)
            {
                LogFailure(log, exception);         // tried again in an hour
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "old drafts and deliveries could not be removed")]
    private static partial void LogFailure(ILogger log, Exception exception);
}
