using System.Globalization;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using Emend.Store;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Emend.Studio;

/// <summary>
/// Sends what is due. A delivery carries its id, the time, and a signature: HMAC-SHA-256 with the webhook's secret over
/// "time.id.body", so that nobody can make one up, change one, or send one again later unseen.
/// </summary>
internal sealed partial class WebhookSender(Webhooks webhooks, IDataProtectionProvider protection, StudioOptions options, ILogger<WebhookSender> log) : BackgroundService
{
    public const string Purpose = "webhook secrets";
    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(1);
    private readonly HttpClient _http = OutboundGuard.Client(options.AllowPrivateWebhooks);

    /// <summary>The signature of a delivery, hex.</summary>
    public static string Sign(string secret, long time, long delivery, string body) => Convert.ToHexStringLower(HMACSHA256.HashData(
        Encoding.UTF8.GetBytes(secret), Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{time}.{delivery}.{body}"))));

    public override void Dispose()
    {
        _http.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stopping)
    {
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                List<DueDelivery> due = await webhooks.Take();
                foreach (DueDelivery delivery in due)
                    await webhooks.Done(delivery, await Send(delivery, stopping));
                if (due.Count == 0)
                    await Task.Delay(Rest, stopping);
            }
            catch (OperationCanceledException) when (stopping.IsCancellationRequested)
            {
                return;
            }
            catch (Exception exception)
            {
                // What was taken is due again in a minute.
                LogFailure(log, exception);
                await Task.Delay(10 * Rest, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    /// <summary>Null, or what went wrong: never a word of what the other side answered.</summary>
    private async Task<string?> Send(DueDelivery delivery, CancellationToken stopping)
    {
        string secret;
        try
        {
            secret = protection.CreateProtector(Purpose).Unprotect(delivery.Secret);
        }
        catch (CryptographicException)
        {
            return "the secret cannot be read; the keys of this installation are others";
        }
        long time = options.Clock.GetUtcNow().ToUnixTimeSeconds();
        using var request = new HttpRequestMessage(HttpMethod.Post, delivery.Url) { Content = new ByteArrayContent(Encoding.UTF8.GetBytes(delivery.Body)) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        request.Headers.Add("X-Emend-Delivery", delivery.Id.ToString(CultureInfo.InvariantCulture));
        request.Headers.Add("X-Emend-Event", delivery.Event);
        request.Headers.Add("X-Emend-Signature", string.Create(CultureInfo.InvariantCulture, $"t={time},v1={Sign(secret, time, delivery.Id, delivery.Body)}"));
        try
        {
            using HttpResponseMessage response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, stopping);
            return response.IsSuccessStatusCode ? null : $"the other side answered {(int)response.StatusCode}";
        }
        catch (HttpRequestException exception) when (OutboundGuard.Stopped(exception))
        {
            return OutboundGuard.NotPublic;
        }
        catch (Exception exception) when (exception is HttpRequestException or TaskCanceledException && !stopping.IsCancellationRequested)
        {
            return exception is TaskCanceledException ? "the other side took too long" : "the other side could not be reached";
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "webhooks could not be sent")]
    private static partial void LogFailure(ILogger log, Exception exception);
}
