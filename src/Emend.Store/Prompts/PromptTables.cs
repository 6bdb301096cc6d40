using Microsoft.EntityFrameworkCore;

namespace Emend.Store;

/// <summary>The tables of the prompt registry.</summary>
internal static class PromptTables
{
    public static void Configure(ModelBuilder model)
    {
        model.Entity<StoredPrompt>(prompt =>
        {
            prompt.ToTable("Prompts");
            prompt.HasOne<Project>().WithMany().HasForeignKey(row => row.ProjectId);
            prompt.HasIndex(row => new { row.ProjectId, row.Name }).IsUnique();
        });
        model.Entity<StoredVersion>(version =>
        {
            version.ToTable("PromptVersions");
            version.HasOne<StoredPrompt>().WithMany().HasForeignKey(row => row.PromptId);
            version.HasIndex(row => new { row.PromptId, row.Number }).IsUnique();
        });
        model.Entity<PromptBranch>(branch =>
        {
            branch.ToTable("PromptBranches");
            branch.HasOne<StoredPrompt>().WithMany().HasForeignKey(row => row.PromptId);
            branch.HasIndex(row => new { row.PromptId, row.Name }).IsUnique();
            // Two who move it at once: the second finds another value than it has read.
            branch.Property(row => row.Head).IsConcurrencyToken();
        });
        model.Entity<PromptLabel>(label =>
        {
            label.ToTable("PromptLabels");
            label.HasOne<StoredPrompt>().WithMany().HasForeignKey(row => row.PromptId);
            label.HasIndex(row => new { row.PromptId, row.Name }).IsUnique();
            label.Property(row => row.Number).IsConcurrencyToken();
        });
        model.Entity<PromptEvent>(happened =>
        {
            happened.ToTable("PromptEvents");
            happened.HasOne<StoredPrompt>().WithMany().HasForeignKey(row => row.PromptId);
            happened.HasIndex(row => new { row.PromptId, row.Id });
        });
        model.Entity<StoredMetric>(metric =>
        {
            metric.ToTable("PromptMetrics");
            metric.HasOne<StoredVersion>().WithMany().HasForeignKey(row => row.VersionId);
            metric.HasIndex(row => new { row.VersionId, row.Name, row.Id });
        });
        model.Entity<StoredSuiteRun>(run =>
        {
            run.ToTable("SuiteRuns");
            run.HasOne<StoredVersion>().WithMany().HasForeignKey(row => row.VersionId);
        });
        model.Entity<StoredJudgeRun>(run =>
        {
            run.ToTable("JudgeRuns");
            run.HasOne<Project>().WithMany().HasForeignKey(row => row.ProjectId);
            run.HasIndex(row => new { row.ProjectId, row.Id });
            // Two who ask at once: the second puts its rows behind those of the first.
            run.Property(row => row.Version).IsConcurrencyToken();
        });
        model.Entity<StoredAbTest>(test =>
        {
            test.ToTable("AbTests");
            test.HasOne<Project>().WithMany().HasForeignKey(row => row.ProjectId);
            test.HasOne<StoredPrompt>().WithMany().HasForeignKey(row => row.PromptId);
            test.Property(row => row.Looks).HasDefaultValue(false);
        });
        model.Entity<AbTestItem>(pair =>
        {
            pair.ToTable("AbTestItems").HasKey(row => row.ItemId);
            pair.Property(row => row.ItemId).ValueGeneratedNever();
            pair.HasOne<Item>().WithOne().HasForeignKey<AbTestItem>(row => row.ItemId);
            pair.HasOne<StoredAbTest>().WithMany().HasForeignKey(row => row.TestId);
        });
        model.Entity<StoredResponse>(response =>
        {
            response.ToTable("Responses");
            response.HasOne<Project>().WithMany().HasForeignKey(row => row.ProjectId);
            response.HasOne<StoredVersion>().WithMany().HasForeignKey(row => row.VersionId);
            response.HasIndex(row => new { row.ProjectId, row.Id });
        });
        model.Entity<ResponseUse>(use =>
        {
            use.ToTable("ResponseUses");
            use.HasKey(row => new { row.ItemId, row.Index });
            use.HasOne<Item>().WithMany().HasForeignKey(row => row.ItemId);
            use.HasOne<StoredResponse>().WithMany().HasForeignKey(row => row.ResponseId);
        });
        model.Entity<StoredDocument>(document =>
        {
            document.ToTable("ContextDocuments");
            document.HasOne<Project>().WithMany().HasForeignKey(row => row.ProjectId);
            document.HasIndex(row => new { row.ProjectId, row.Name }).IsUnique().HasFilter("\"IsCurrent\"").HasDatabaseName("IX_ContextDocuments_Current");
            document.HasIndex(row => new { row.ProjectId, row.Id });
        });
        model.Entity<StoredChunk>(chunk =>
        {
            // The full-text index over it is made by the schema step alone.
            chunk.ToTable("ContextChunks");
            chunk.HasOne<StoredDocument>().WithMany().HasForeignKey(row => row.DocumentId);
            chunk.HasIndex(row => new { row.DocumentId, row.Position }).IsUnique();
        });
        model.Entity<StoredEmbedding>(embedding =>
        {
            embedding.ToTable("ContextEmbeddings");
            embedding.HasKey(row => row.ChunkId);
            embedding.Property(row => row.ChunkId).ValueGeneratedNever();
            embedding.HasOne<StoredChunk>().WithOne().HasForeignKey<StoredEmbedding>(row => row.ChunkId);
        });
        model.Entity<SentRequest>(request =>
        {
            request.ToTable("SentRequests");
            request.HasOne<Account>().WithMany().HasForeignKey(row => row.AccountId);
            request.HasIndex(row => new { row.AccountId, row.Key }).IsUnique();
        });
    }
}
