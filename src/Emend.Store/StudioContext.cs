using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Identity.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage.ValueConversion;

namespace Emend.Store;

/// <summary>The tables of the studio, the same on SQLite and PostgreSQL. The schema itself is made by Migrations/*.sql.</summary>
public sealed class StudioContext(DbContextOptions<StudioContext> options) : IdentityUserContext<Account, long>(options)
{
    public DbSet<Setting> Settings => Set<Setting>();
    public DbSet<ProtectionKey> ProtectionKeys => Set<ProtectionKey>();
    public DbSet<Project> Projects => Set<Project>();
    public DbSet<Membership> Memberships => Set<Membership>();
    public DbSet<Invitation> Invitations => Set<Invitation>();
    public DbSet<ApiToken> ApiTokens => Set<ApiToken>();
    public DbSet<Guideline> Guidelines => Set<Guideline>();
    public DbSet<Item> Items => Set<Item>();
    public DbSet<Assignment> Assignments => Set<Assignment>();
    public DbSet<Draft> Drafts => Set<Draft>();
    public DbSet<StoredAnswer> Answers => Set<StoredAnswer>();
    public DbSet<Review> Reviews => Set<Review>();
    public DbSet<Resolution> Resolutions => Set<Resolution>();
    public DbSet<AttentionItem> AttentionItems => Set<AttentionItem>();
    public DbSet<Webhook> Webhooks => Set<Webhook>();
    public DbSet<WebhookDelivery> WebhookDeliveries => Set<WebhookDelivery>();
    public DbSet<ModelEndpoint> ModelEndpoints => Set<ModelEndpoint>();
    public DbSet<GivenAdvice> Advice => Set<GivenAdvice>();
    public DbSet<OwnJudgement> Judgements => Set<OwnJudgement>();
    public DbSet<QueueOrder> QueueOrders => Set<QueueOrder>();
    public DbSet<StoredMedia> Media => Set<StoredMedia>();
    public DbSet<OwnKeys> KeyBindings => Set<OwnKeys>();
    public DbSet<AuditEntry> Audit => Set<AuditEntry>();
    public DbSet<StoredPrompt> Prompts => Set<StoredPrompt>();
    public DbSet<StoredVersion> PromptVersions => Set<StoredVersion>();
    public DbSet<PromptBranch> PromptBranches => Set<PromptBranch>();
    public DbSet<PromptLabel> PromptLabels => Set<PromptLabel>();
    public DbSet<PromptEvent> PromptEvents => Set<PromptEvent>();
    public DbSet<StoredMetric> PromptMetrics => Set<StoredMetric>();
    public DbSet<StoredResponse> Responses => Set<StoredResponse>();
    public DbSet<ResponseUse> ResponseUses => Set<ResponseUse>();
    public DbSet<SentRequest> SentRequests => Set<SentRequest>();
    public DbSet<StoredSuiteRun> SuiteRuns => Set<StoredSuiteRun>();
    public DbSet<StoredJudgeRun> JudgeRuns => Set<StoredJudgeRun>();
    public DbSet<StoredAbTest> AbTests => Set<StoredAbTest>();
    public DbSet<AbTestItem> AbTestItems => Set<AbTestItem>();
    public DbSet<StoredDocument> Documents => Set<StoredDocument>();
    public DbSet<StoredChunk> Chunks => Set<StoredChunk>();
    public DbSet<StoredEmbedding> Embeddings => Set<StoredEmbedding>();

    protected override void ConfigureConventions(ModelConfigurationBuilder conventions)
    {
        // SQLite has no time type and forgets the zone.
        conventions.Properties<DateTime>().HaveConversion<UtcTime>();
        conventions.Properties<Enum>().HaveConversion<string>();
    }

    protected override void OnModelCreating(ModelBuilder model)
    {
        base.OnModelCreating(model);
        model.Entity<Account>(account =>
        {
            account.ToTable("Accounts");
            account.Property(row => row.DisplayName).HasMaxLength(100);
        });
        model.Entity<OwnKeys>(keys =>
        {
            keys.ToTable("KeyBindings").HasKey(row => row.AccountId);
            keys.HasOne<Account>().WithOne().HasForeignKey<OwnKeys>(row => row.AccountId);
        });
        model.Entity<IdentityUserClaim<long>>().ToTable("AccountClaims");
        model.Entity<IdentityUserLogin<long>>().ToTable("AccountLogins");
        model.Entity<IdentityUserToken<long>>().ToTable("AccountTokens");

        model.Entity<Setting>().HasKey(row => row.Name);
        model.Entity<Project>().Property(row => row.Version).IsConcurrencyToken();
        ConfigureMembers(model);
        ConfigureWork(model);
        ConfigureQuality(model);
        PromptTables.Configure(model);
        ConfigureAdvice(model);
        model.Entity<AuditEntry>(entry =>
        {
            entry.ToTable("Audit").HasKey(row => row.Number);
            entry.Property(row => row.Number).ValueGeneratedNever();
            entry.HasIndex(row => new { row.ProjectId, row.Number });
        });
    }

    private static void ConfigureMembers(ModelBuilder model)
    {
        model.Entity<Membership>(member =>
        {
            member.HasKey(row => new { row.ProjectId, row.AccountId });
            member.HasOne<Project>().WithMany().HasForeignKey(row => row.ProjectId);
            member.HasOne<Account>().WithMany().HasForeignKey(row => row.AccountId);
        });
        model.Entity<Invitation>(invitation =>
        {
            invitation.HasOne<Project>().WithMany().HasForeignKey(row => row.ProjectId);
            invitation.HasIndex(row => row.SecretHash).IsUnique();
        });
        model.Entity<ApiToken>(token =>
        {
            token.HasOne<Account>().WithMany().HasForeignKey(row => row.AccountId);
            token.HasIndex(row => row.SecretHash).IsUnique();
        });
        model.Entity<Guideline>(guideline =>
        {
            guideline.HasOne<Project>().WithMany().HasForeignKey(row => row.ProjectId);
            guideline.HasIndex(row => new { row.ProjectId, row.Number }).IsUnique();
        });
    }

    private static void ConfigureWork(ModelBuilder model)
    {
        model.Entity<Item>(item =>
        {
            item.HasOne<Project>().WithMany().HasForeignKey(row => row.ProjectId);
            item.HasIndex(row => new { row.ProjectId, row.ExternalId }).IsUnique();
            // The queue: only what somebody may still take.
            // What progress is counted from, without reading an item. Open slots last: else SQLite takes this index for the queue, and sorts it.
            item.HasIndex(row => new { row.ProjectId, row.Overlap, row.OpenSlots }).HasDatabaseName("IX_Items_Places");
            item.HasIndex(row => new { row.ProjectId, row.Id }).HasFilter("\"Gold\" IS NOT NULL").HasDatabaseName("IX_Items_Gold");
            item.HasIndex(row => new { row.ProjectId, row.Position, row.Id }).HasFilter("\"OpenSlots\" > 0").HasDatabaseName("IX_Items_Queue");
        });
        model.Entity<Assignment>(assignment =>
        {
            assignment.HasOne<Item>().WithMany().HasForeignKey(row => row.ItemId);
            assignment.HasOne<Account>().WithMany().HasForeignKey(row => row.AccountId);
            assignment.HasIndex(row => new { row.ItemId, row.AccountId }).IsUnique();
            assignment.HasIndex(row => new { row.ItemId, row.Slot }).IsUnique().HasFilter("\"Slot\" IS NOT NULL");
            assignment.HasIndex(row => new { row.ProjectId, row.AccountId, row.State, row.Id });
            assignment.HasIndex(row => new { row.ProjectId, row.ExpiresAt }).HasFilter("\"State\" = 'Leased' AND \"Slot\" IS NOT NULL").HasDatabaseName("IX_Assignments_Expiry");
            assignment.HasIndex(row => new { row.ProjectId, row.State, row.Slot, row.Id }).HasFilter("\"State\" <> 'Submitted' OR \"Slot\" IS NULL").HasDatabaseName("IX_Assignments_Unfinished");
            assignment.Property(row => row.Version).IsConcurrencyToken();
        });
        model.Entity<Draft>(draft =>
        {
            draft.HasOne<Assignment>().WithMany().HasForeignKey(row => row.AssignmentId);
            draft.HasIndex(row => row.AssignmentId).IsUnique().HasFilter("\"IsHead\"").HasDatabaseName("IX_Drafts_Head");
            draft.HasIndex(row => new { row.AssignmentId, row.Id });
        });
        model.Entity<StoredAnswer>(answer =>
        {
            answer.ToTable("Answers");
            answer.HasOne<Assignment>().WithMany().HasForeignKey(row => row.AssignmentId);
            answer.HasOne<Item>().WithMany().HasForeignKey(row => row.ItemId);
            answer.HasIndex(row => new { row.AssignmentId, row.Revision }).IsUnique();
            answer.HasIndex(row => new { row.AccountId, row.IdempotencyKey }).IsUnique();
            answer.HasIndex(row => new { row.ProjectId, row.Id });
            answer.HasIndex(row => row.ItemId);
        });
    }

    private static void ConfigureQuality(ModelBuilder model)
    {
        model.Entity<Review>(review =>
        {
            review.HasOne<StoredAnswer>().WithMany().HasForeignKey(row => row.AnswerId);
            review.HasIndex(row => row.AnswerId).IsUnique();
            review.HasIndex(row => new { row.ProjectId, row.Id }).HasFilter("\"Verdict\" IS NULL").HasDatabaseName("IX_Reviews_Open");
        });
        model.Entity<Resolution>(resolution =>
        {
            resolution.HasOne<Item>().WithMany().HasForeignKey(row => row.ItemId);
            resolution.HasIndex(row => row.ItemId).IsUnique().HasFilter("\"IsCurrent\"").HasDatabaseName("IX_Resolutions_Current");
            resolution.HasIndex(row => new { row.ProjectId, row.Id });
        });
        model.Entity<AttentionItem>(attention =>
        {
            attention.HasKey(row => row.ItemId);
            attention.Property(row => row.ItemId).ValueGeneratedNever();
            attention.HasOne<Item>().WithOne().HasForeignKey<AttentionItem>(row => row.ItemId);
        });
        model.Entity<Webhook>(webhook =>
        {
            webhook.HasOne<Project>().WithMany().HasForeignKey(row => row.ProjectId);
            webhook.Property(row => row.Version).IsConcurrencyToken();
        });
        model.Entity<WebhookDelivery>(delivery =>
        {
            delivery.HasOne<Webhook>().WithMany().HasForeignKey(row => row.WebhookId);
            delivery.HasIndex(row => row.DueAt).HasFilter("\"DueAt\" IS NOT NULL");
        });
    }

    private static void ConfigureAdvice(ModelBuilder model)
    {
        model.Entity<StoredMedia>(media =>
        {
            media.ToTable("Media").HasOne<Project>().WithMany().HasForeignKey(row => row.ProjectId);
            media.HasIndex(row => new { row.ProjectId, row.Hash }).IsUnique();
            media.HasIndex(row => row.AssignmentId).HasFilter("\"AssignmentId\" IS NOT NULL");
        });
        model.Entity<QueueOrder>(order =>
        {
            order.HasKey(row => row.ProjectId);
            order.HasOne<Project>().WithOne().HasForeignKey<QueueOrder>(row => row.ProjectId);
            order.Property(row => row.Version).IsConcurrencyToken();
        });
        model.Entity<ModelEndpoint>(endpoint =>
        {
            endpoint.HasOne<Project>().WithMany().HasForeignKey(row => row.ProjectId);
            endpoint.HasIndex(row => new { row.ProjectId, row.Use }).IsUnique();
            // Two owners at once: a key that one saved must not go to the address that the other named.
            endpoint.Property(row => row.Version).IsConcurrencyToken();
        });
        model.Entity<GivenAdvice>(advice =>
        {
            advice.ToTable("Advice");
            advice.HasOne<Assignment>().WithMany().HasForeignKey(row => row.AssignmentId);
            advice.HasIndex(row => row.AssignmentId);
        });
        model.Entity<OwnJudgement>(judgement =>
        {
            judgement.ToTable("Judgements");
            judgement.HasOne<Assignment>().WithMany().HasForeignKey(row => row.AssignmentId);
            judgement.HasIndex(row => row.AssignmentId).IsUnique();
        });
    }

    private sealed class UtcTime() : ValueConverter<DateTime, DateTime>(
        time => time.Kind == DateTimeKind.Utc ? time : DateTime.SpecifyKind(time, DateTimeKind.Utc),
        time => DateTime.SpecifyKind(time, DateTimeKind.Utc));
}
