using Microsoft.AspNetCore.Identity;

namespace Emend.Store;

/// <summary>What somebody may do in a project; each role may do all that those before it may.</summary>
public enum Role
{
    /// <summary>Sees the project, its guideline and its figures.</summary>
    Viewer,

    /// <summary>Answers items.</summary>
    Annotator,

    /// <summary>Reviews answers and decides where they disagree.</summary>
    Adjudicator,

    /// <summary>Imports, exports, changes settings and guideline, invites.</summary>
    Manager,

    /// <summary>Names other owners and archives the project.</summary>
    Owner,
}

/// <summary>A person who can sign in. UserName is what they type; DisplayName is what others see.</summary>
public sealed class Account : IdentityUser<long>
{
    public string DisplayName { get; set; } = "";

    /// <summary>May make projects, see all accounts and the audit log of the installation.</summary>
    public bool IsInstallationOwner { get; set; }

    /// <summary>A disabled account cannot sign in, and its sessions and tokens end at once.</summary>
    public bool IsDisabled { get; set; }

    public DateTime CreatedAt { get; set; }
}

/// <summary>The role of an account in a project.</summary>
public sealed class Membership
{
    public long ProjectId { get; set; }
    public long AccountId { get; set; }
    public Role Role { get; set; }

    /// <summary>A group that disagreement is reported by (a team, a language, a background); free text, may be null.</summary>
    public string? Group { get; set; }

    public DateTime CreatedAt { get; set; }
}

/// <summary>A single-use link that makes its bearer a member.</summary>
public sealed class Invitation
{
    public long Id { get; set; }
    public long ProjectId { get; set; }
    public Role Role { get; set; }

    /// <summary>SHA-256 of the secret in the link, hex; the secret itself is shown once and kept nowhere.</summary>
    public string SecretHash { get; set; } = "";

    /// <summary>For whom, as the inviter wrote it.</summary>
    public string Note { get; set; } = "";

    public long InvitedBy { get; set; }
    public DateTime CreatedAt { get; set; }
    public DateTime ExpiresAt { get; set; }
    public DateTime? UsedAt { get; set; }
    public long? UsedBy { get; set; }
    public DateTime? RevokedAt { get; set; }
}

/// <summary>A secret for programs, with the scopes it may use.</summary>
public sealed class ApiToken
{
    public long Id { get; set; }
    public long AccountId { get; set; }
    public string Name { get; set; } = "";

    /// <summary>SHA-256 of the secret, hex; the secret itself is shown once and kept nowhere.</summary>
    public string SecretHash { get; set; } = "";

    /// <summary>Names of scopes, separated by spaces: read, work, manage.</summary>
    public string Scopes { get; set; } = "";

    public DateTime CreatedAt { get; set; }
    public DateTime ExpiresAt { get; set; }
    public DateTime? LastUsedAt { get; set; }
    public DateTime? RevokedAt { get; set; }
}

/// <summary>One value of the installation, such as the hash of the set-up link.</summary>
public sealed class Setting
{
    public string Name { get; set; } = "";
    public string Value { get; set; } = "";
}

/// <summary>A key that signs cookies, as ASP.NET Core's data protection writes it; in the database so that backups have it.</summary>
public sealed class ProtectionKey
{
    public long Id { get; set; }
    public string Name { get; set; } = "";
    public string Xml { get; set; } = "";
}
