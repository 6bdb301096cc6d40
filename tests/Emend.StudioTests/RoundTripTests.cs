using System.Diagnostics;
using System.Net;
using System.Text.Json.Nodes;
using Emend.Store;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Xunit;

namespace Emend.StudioTests;

/// <summary>What annotators' requests ask the database: each question is a wait, and fifty annotators wait for each other's.</summary>
public class RoundTripTests
{
    public static TheoryData<Engine> Engines => TestStudio.Engines;

    [Theory]
    [MemberData(nameof(Engines))]
    public async Task NextAutosaveAndSubmitAskTheDatabaseFewQuestions(Engine engine)
    {
        await using Work work = await Work.OnEdits(engine, items: 3);
        using Client ann = await work.Annotator("ann");
        using var questions = new Questions(work.Studio.Database);

        JsonNode held = await work.MustNext(ann);
        int next = questions.Take();
        (await work.Save(ann, held, 0, "half")).Ok();
        int first = questions.Take();
        (await work.Save(ann, held, 1, "half done")).Ok();
        int autosave = questions.Take();
        (await work.Submit(ann, held, Work.Mended(held), "k")).Is(HttpStatusCode.Created);

        // PostgreSQL writes several rows with one question, and is asked for the lock of the log as well.
        Assert.Equal(engine == Engine.Postgres ? (8, 4, 4, 10) : (9, 5, 5, 10), (next, first, autosave, questions.Take()));
    }

    /// <summary>Counts the statements that reach one database, as Entity Framework tells of them. What looks for webhooks to send is not counted.</summary>
    private sealed class Questions : IObserver<DiagnosticListener>, IObserver<KeyValuePair<string, object?>>, IDisposable
    {
        private readonly string _database;
        private readonly List<IDisposable> _subscriptions = [];
        private int _count;

        public Questions(Database database)
        {
            using StudioContext context = database.Open();
            _database = context.Database.GetConnectionString()!;
            _subscriptions.Add(DiagnosticListener.AllListeners.Subscribe(this));
        }

        public int Take() => Interlocked.Exchange(ref _count, 0);

        public void OnNext(DiagnosticListener listener)
        {
            if (listener.Name == DbLoggerCategory.Name)
                _subscriptions.Add(listener.Subscribe(this));
        }

        public void OnNext(KeyValuePair<string, object?> told)
        {
            if (told.Key == RelationalEventId.CommandExecuted.Name && told.Value is CommandExecutedEventData { Context: { } context } executed
                && context.Database.GetConnectionString() == _database && !executed.Command.CommandText.Contains("WebhookDeliveries", StringComparison.Ordinal))
                Interlocked.Increment(ref _count);
        }

        public void OnCompleted()
        {
        }

        public void OnError(Exception error)
        {
        }

        public void Dispose() => _subscriptions.ForEach(subscription => subscription.Dispose());
    }
}
