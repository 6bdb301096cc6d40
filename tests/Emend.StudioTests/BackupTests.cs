using System.Net;
using System.Text.Json.Nodes;
using Emend.Store;
using Emend.Text;
using Microsoft.EntityFrameworkCore;
using Xunit;

namespace Emend.StudioTests;

public class BackupTests
{
    [Theory]
    [InlineData(Engine.Sqlite, Engine.Sqlite)]
    [InlineData(Engine.Sqlite, Engine.Postgres)]
    [InlineData(Engine.Postgres, Engine.Postgres)]
    [InlineData(Engine.Postgres, Engine.Sqlite)]
    public async Task ABackupMadeWhilePeopleWorkIsWholeAndFillsAnEmptyStoreOfEitherEngine(Engine from, Engine to)
    {
        string folder = Directory.CreateTempSubdirectory("emend backup ").FullName, file = Path.Combine(folder, "backup.gz");
        await using Work work = await Work.OnEdits(from, items: 40);
        using Client ann = await work.Annotator("ann");
        using var enough = new CancellationTokenSource();
        Task working = Task.Run(async () =>
        {
            while (!enough.IsCancellationRequested && await work.Next(ann) is JsonNode assignment)
                (await work.Submit(ann, assignment, Work.Mended(assignment), Guid.NewGuid().ToString())).Is(HttpStatusCode.Created);
        });
        while (await work.Studio.Database.Read(context => context.Answers.CountAsync()) < 3)
            await Task.Delay(20);

        BackupReport written = await Backup.Write(work.Studio.Database, file, DateTime.UtcNow);
        await enough.CancelAsync();
        await working;

        await using TestStudio restored = await TestStudio.Empty(to);
        Assert.Equal(written.Rows, (await Backup.Restore(restored.Database, file)).Rows);
        VerificationReport verified = await Verification.Run(restored.Database);
        Assert.Empty(verified.Faults);
        Assert.True(verified.Answers >= 3);
        await restored.StopServer();
        await restored.StartServer();
        Assert.Null(restored.Server.SetUpSecret);
        using Client again = await restored.Visitor();
        await again.SignIn("ann");
        JsonNode next = (await again.Post($"/api/projects/{work.Project}/next")).Ok().Json["assignment"]!;
        (await again.Post($"/api/projects/{work.Project}/assignments/{next["id"]}/answers", Work.Mended(next), ("Idempotency-Key", "after"))).Is(HttpStatusCode.Created);
        await Assert.ThrowsAsync<InvalidInputException>(() => Backup.Restore(restored.Database, file));
    }

    [Fact]
    public async Task ABackupThatIsCutOffIsRefusedAndNothingIsRestored()
    {
        string folder = Directory.CreateTempSubdirectory("emend-backup-").FullName, file = Path.Combine(folder, "backup.gz");
        await using Work work = await Work.OnEdits(Engine.Sqlite, items: 30);
        await Backup.Write(work.Studio.Database, file, DateTime.UtcNow);
        byte[] whole = await File.ReadAllBytesAsync(file);
        await using TestStudio empty = await TestStudio.Empty(Engine.Sqlite);

        foreach (int length in (int[])[0, 10, whole.Length / 2, whole.Length - 12])
        {
            await File.WriteAllBytesAsync(file, whole[..length]);
            await Assert.ThrowsAsync<InvalidInputException>(() => Backup.Restore(empty.Database, file));
        }

        Assert.Equal(0, await empty.Database.Read(context => context.Users.CountAsync()));
        Assert.NotNull(empty.Server.SetUpSecret);
    }
}
