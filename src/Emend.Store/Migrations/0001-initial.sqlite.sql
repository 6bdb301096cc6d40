CREATE TABLE "Accounts" (
    "Id" INTEGER NOT NULL CONSTRAINT "PK_Accounts" PRIMARY KEY AUTOINCREMENT,
    "DisplayName" TEXT NOT NULL,
    "IsInstallationOwner" INTEGER NOT NULL,
    "IsDisabled" INTEGER NOT NULL,
    "CreatedAt" TEXT NOT NULL,
    "UserName" TEXT NULL,
    "NormalizedUserName" TEXT NULL,
    "Email" TEXT NULL,
    "NormalizedEmail" TEXT NULL,
    "EmailConfirmed" INTEGER NOT NULL,
    "PasswordHash" TEXT NULL,
    "SecurityStamp" TEXT NULL,
    "ConcurrencyStamp" TEXT NULL,
    "PhoneNumber" TEXT NULL,
    "PhoneNumberConfirmed" INTEGER NOT NULL,
    "TwoFactorEnabled" INTEGER NOT NULL,
    "LockoutEnd" TEXT NULL,
    "LockoutEnabled" INTEGER NOT NULL,
    "AccessFailedCount" INTEGER NOT NULL
);


CREATE TABLE "Audit" (
    "Number" INTEGER NOT NULL CONSTRAINT "PK_Audit" PRIMARY KEY,
    "At" TEXT NOT NULL,
    "AccountId" INTEGER NULL,
    "Actor" TEXT NOT NULL,
    "ProjectId" INTEGER NULL,
    "Action" TEXT NOT NULL,
    "Subject" TEXT NOT NULL,
    "Before" TEXT NULL,
    "After" TEXT NULL,
    "PreviousHash" TEXT NOT NULL,
    "Hash" TEXT NOT NULL
);


CREATE TABLE "Projects" (
    "Id" INTEGER NOT NULL CONSTRAINT "PK_Projects" PRIMARY KEY AUTOINCREMENT,
    "Name" TEXT NOT NULL,
    "Description" TEXT NOT NULL,
    "Kind" TEXT NOT NULL,
    "Overlap" INTEGER NOT NULL,
    "LeaseMinutes" INTEGER NOT NULL,
    "Tokenizer" TEXT NULL,
    "BandLow" REAL NOT NULL,
    "BandHigh" REAL NOT NULL,
    "Blind" INTEGER NOT NULL,
    "KeepExtra" INTEGER NOT NULL,
    "ReviewShare" REAL NOT NULL,
    "Labels" TEXT NOT NULL,
    "CreatedAt" TEXT NOT NULL,
    "ArchivedAt" TEXT NULL,
    "Version" INTEGER NOT NULL
);


CREATE TABLE "ProtectionKeys" (
    "Id" INTEGER NOT NULL CONSTRAINT "PK_ProtectionKeys" PRIMARY KEY AUTOINCREMENT,
    "Name" TEXT NOT NULL,
    "Xml" TEXT NOT NULL
);


CREATE TABLE "Settings" (
    "Name" TEXT NOT NULL CONSTRAINT "PK_Settings" PRIMARY KEY,
    "Value" TEXT NOT NULL
);


CREATE TABLE "AccountClaims" (
    "Id" INTEGER NOT NULL CONSTRAINT "PK_AccountClaims" PRIMARY KEY AUTOINCREMENT,
    "UserId" INTEGER NOT NULL,
    "ClaimType" TEXT NULL,
    "ClaimValue" TEXT NULL,
    CONSTRAINT "FK_AccountClaims_Accounts_UserId" FOREIGN KEY ("UserId") REFERENCES "Accounts" ("Id") ON DELETE CASCADE
);


CREATE TABLE "AccountLogins" (
    "LoginProvider" TEXT NOT NULL,
    "ProviderKey" TEXT NOT NULL,
    "ProviderDisplayName" TEXT NULL,
    "UserId" INTEGER NOT NULL,
    CONSTRAINT "PK_AccountLogins" PRIMARY KEY ("LoginProvider", "ProviderKey"),
    CONSTRAINT "FK_AccountLogins_Accounts_UserId" FOREIGN KEY ("UserId") REFERENCES "Accounts" ("Id") ON DELETE CASCADE
);


CREATE TABLE "AccountTokens" (
    "UserId" INTEGER NOT NULL,
    "LoginProvider" TEXT NOT NULL,
    "Name" TEXT NOT NULL,
    "Value" TEXT NULL,
    CONSTRAINT "PK_AccountTokens" PRIMARY KEY ("UserId", "LoginProvider", "Name"),
    CONSTRAINT "FK_AccountTokens_Accounts_UserId" FOREIGN KEY ("UserId") REFERENCES "Accounts" ("Id") ON DELETE CASCADE
);


CREATE TABLE "ApiTokens" (
    "Id" INTEGER NOT NULL CONSTRAINT "PK_ApiTokens" PRIMARY KEY AUTOINCREMENT,
    "AccountId" INTEGER NOT NULL,
    "Name" TEXT NOT NULL,
    "SecretHash" TEXT NOT NULL,
    "Scopes" TEXT NOT NULL,
    "CreatedAt" TEXT NOT NULL,
    "ExpiresAt" TEXT NOT NULL,
    "LastUsedAt" TEXT NULL,
    "RevokedAt" TEXT NULL,
    CONSTRAINT "FK_ApiTokens_Accounts_AccountId" FOREIGN KEY ("AccountId") REFERENCES "Accounts" ("Id") ON DELETE CASCADE
);


CREATE TABLE "Guidelines" (
    "Id" INTEGER NOT NULL CONSTRAINT "PK_Guidelines" PRIMARY KEY AUTOINCREMENT,
    "ProjectId" INTEGER NOT NULL,
    "Number" INTEGER NOT NULL,
    "Markdown" TEXT NOT NULL,
    "AuthorId" INTEGER NOT NULL,
    "CreatedAt" TEXT NOT NULL,
    CONSTRAINT "FK_Guidelines_Projects_ProjectId" FOREIGN KEY ("ProjectId") REFERENCES "Projects" ("Id") ON DELETE CASCADE
);


CREATE TABLE "Invitations" (
    "Id" INTEGER NOT NULL CONSTRAINT "PK_Invitations" PRIMARY KEY AUTOINCREMENT,
    "ProjectId" INTEGER NOT NULL,
    "Role" TEXT NOT NULL,
    "SecretHash" TEXT NOT NULL,
    "Note" TEXT NOT NULL,
    "InvitedBy" INTEGER NOT NULL,
    "CreatedAt" TEXT NOT NULL,
    "ExpiresAt" TEXT NOT NULL,
    "UsedAt" TEXT NULL,
    "UsedBy" INTEGER NULL,
    "RevokedAt" TEXT NULL,
    CONSTRAINT "FK_Invitations_Projects_ProjectId" FOREIGN KEY ("ProjectId") REFERENCES "Projects" ("Id") ON DELETE CASCADE
);


CREATE TABLE "Items" (
    "Id" INTEGER NOT NULL CONSTRAINT "PK_Items" PRIMARY KEY AUTOINCREMENT,
    "ProjectId" INTEGER NOT NULL,
    "ExternalId" TEXT NOT NULL,
    "Group" TEXT NOT NULL,
    "Content" TEXT NOT NULL,
    "ContentHash" TEXT NOT NULL,
    "OpenSlots" INTEGER NOT NULL,
    "Overlap" INTEGER NOT NULL,
    "Position" REAL NOT NULL,
    "Gold" TEXT NULL,
    "CreatedAt" TEXT NOT NULL,
    CONSTRAINT "FK_Items_Projects_ProjectId" FOREIGN KEY ("ProjectId") REFERENCES "Projects" ("Id") ON DELETE CASCADE
);


CREATE TABLE "Memberships" (
    "ProjectId" INTEGER NOT NULL,
    "AccountId" INTEGER NOT NULL,
    "Role" TEXT NOT NULL,
    "Group" TEXT NULL,
    "CreatedAt" TEXT NOT NULL,
    CONSTRAINT "PK_Memberships" PRIMARY KEY ("ProjectId", "AccountId"),
    CONSTRAINT "FK_Memberships_Accounts_AccountId" FOREIGN KEY ("AccountId") REFERENCES "Accounts" ("Id") ON DELETE CASCADE,
    CONSTRAINT "FK_Memberships_Projects_ProjectId" FOREIGN KEY ("ProjectId") REFERENCES "Projects" ("Id") ON DELETE CASCADE
);


CREATE TABLE "Assignments" (
    "Id" INTEGER NOT NULL CONSTRAINT "PK_Assignments" PRIMARY KEY AUTOINCREMENT,
    "ProjectId" INTEGER NOT NULL,
    "ItemId" INTEGER NOT NULL,
    "AccountId" INTEGER NOT NULL,
    "State" TEXT NOT NULL,
    "Slot" INTEGER NULL,
    "Seed" INTEGER NOT NULL,
    "GuidelineNumber" INTEGER NOT NULL,
    "LeasedAt" TEXT NOT NULL,
    "ExpiresAt" TEXT NOT NULL,
    "SkipReason" TEXT NULL,
    "SkipNote" TEXT NULL,
    "Version" INTEGER NOT NULL,
    CONSTRAINT "FK_Assignments_Accounts_AccountId" FOREIGN KEY ("AccountId") REFERENCES "Accounts" ("Id") ON DELETE CASCADE,
    CONSTRAINT "FK_Assignments_Items_ItemId" FOREIGN KEY ("ItemId") REFERENCES "Items" ("Id") ON DELETE CASCADE
);


CREATE TABLE "Answers" (
    "Id" INTEGER NOT NULL CONSTRAINT "PK_Answers" PRIMARY KEY AUTOINCREMENT,
    "ProjectId" INTEGER NOT NULL,
    "ItemId" INTEGER NOT NULL,
    "AssignmentId" INTEGER NOT NULL,
    "AccountId" INTEGER NOT NULL,
    "Revision" INTEGER NOT NULL,
    "Kind" TEXT NOT NULL,
    "IsCurrent" INTEGER NOT NULL,
    "IsExtra" INTEGER NOT NULL,
    "UndoneAt" TEXT NULL,
    "Content" TEXT NOT NULL,
    "ContentHash" TEXT NOT NULL,
    "ItemHash" TEXT NOT NULL,
    "IdempotencyKey" TEXT NOT NULL,
    "GuidelineNumber" INTEGER NOT NULL,
    "EditRate" REAL NULL,
    "Hunks" INTEGER NULL,
    "ActiveSeconds" REAL NULL,
    "CreatedAt" TEXT NOT NULL,
    "ClientTime" TEXT NULL,
    CONSTRAINT "FK_Answers_Assignments_AssignmentId" FOREIGN KEY ("AssignmentId") REFERENCES "Assignments" ("Id") ON DELETE CASCADE,
    CONSTRAINT "FK_Answers_Items_ItemId" FOREIGN KEY ("ItemId") REFERENCES "Items" ("Id") ON DELETE CASCADE
);


CREATE TABLE "Drafts" (
    "Id" INTEGER NOT NULL CONSTRAINT "PK_Drafts" PRIMARY KEY AUTOINCREMENT,
    "AssignmentId" INTEGER NOT NULL,
    "Version" INTEGER NOT NULL,
    "IsHead" INTEGER NOT NULL,
    "Content" TEXT NOT NULL,
    "SavedAt" TEXT NOT NULL,
    "ClientTime" TEXT NULL,
    CONSTRAINT "FK_Drafts_Assignments_AssignmentId" FOREIGN KEY ("AssignmentId") REFERENCES "Assignments" ("Id") ON DELETE CASCADE
);


CREATE INDEX "IX_AccountClaims_UserId" ON "AccountClaims" ("UserId");


CREATE INDEX "IX_AccountLogins_UserId" ON "AccountLogins" ("UserId");


CREATE INDEX "EmailIndex" ON "Accounts" ("NormalizedEmail");


CREATE UNIQUE INDEX "UserNameIndex" ON "Accounts" ("NormalizedUserName");


CREATE UNIQUE INDEX "IX_Answers_AccountId_IdempotencyKey" ON "Answers" ("AccountId", "IdempotencyKey");


CREATE UNIQUE INDEX "IX_Answers_AssignmentId_Revision" ON "Answers" ("AssignmentId", "Revision");


CREATE INDEX "IX_Answers_ItemId" ON "Answers" ("ItemId");


CREATE INDEX "IX_Answers_ProjectId_Id" ON "Answers" ("ProjectId", "Id");


CREATE INDEX "IX_ApiTokens_AccountId" ON "ApiTokens" ("AccountId");


CREATE UNIQUE INDEX "IX_ApiTokens_SecretHash" ON "ApiTokens" ("SecretHash");


CREATE INDEX "IX_Assignments_AccountId" ON "Assignments" ("AccountId");


CREATE INDEX "IX_Assignments_Expiry" ON "Assignments" ("ProjectId", "ExpiresAt") WHERE "State" = 'Leased' AND "Slot" IS NOT NULL;


CREATE UNIQUE INDEX "IX_Assignments_ItemId_AccountId" ON "Assignments" ("ItemId", "AccountId");


CREATE UNIQUE INDEX "IX_Assignments_ItemId_Slot" ON "Assignments" ("ItemId", "Slot") WHERE "Slot" IS NOT NULL;


CREATE INDEX "IX_Assignments_ProjectId_AccountId_State_Id" ON "Assignments" ("ProjectId", "AccountId", "State", "Id");


CREATE INDEX "IX_Audit_ProjectId_Number" ON "Audit" ("ProjectId", "Number");


CREATE INDEX "IX_Drafts_AssignmentId_Id" ON "Drafts" ("AssignmentId", "Id");


CREATE UNIQUE INDEX "IX_Drafts_Head" ON "Drafts" ("AssignmentId") WHERE "IsHead";


CREATE UNIQUE INDEX "IX_Guidelines_ProjectId_Number" ON "Guidelines" ("ProjectId", "Number");


CREATE INDEX "IX_Invitations_ProjectId" ON "Invitations" ("ProjectId");


CREATE UNIQUE INDEX "IX_Invitations_SecretHash" ON "Invitations" ("SecretHash");


CREATE UNIQUE INDEX "IX_Items_ProjectId_ExternalId" ON "Items" ("ProjectId", "ExternalId");


CREATE INDEX "IX_Items_Queue" ON "Items" ("ProjectId", "Position", "Id") WHERE "OpenSlots" > 0;


CREATE INDEX "IX_Memberships_AccountId" ON "Memberships" ("AccountId");


