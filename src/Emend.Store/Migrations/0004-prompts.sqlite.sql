CREATE TABLE "SentRequests" (
    "Id" INTEGER NOT NULL CONSTRAINT "PK_SentRequests" PRIMARY KEY AUTOINCREMENT,
    "AccountId" INTEGER NOT NULL,
    "Key" TEXT NOT NULL,
    "BodyHash" TEXT NOT NULL,
    "ResultId" INTEGER NOT NULL,
    "CreatedAt" TEXT NOT NULL,
    CONSTRAINT "FK_SentRequests_Accounts_AccountId" FOREIGN KEY ("AccountId") REFERENCES "Accounts" ("Id") ON DELETE CASCADE
);

CREATE TABLE "Prompts" (
    "Id" INTEGER NOT NULL CONSTRAINT "PK_Prompts" PRIMARY KEY AUTOINCREMENT,
    "ProjectId" INTEGER NOT NULL,
    "Name" TEXT NOT NULL,
    "Description" TEXT NOT NULL,
    "CreatedAt" TEXT NOT NULL,
    CONSTRAINT "FK_Prompts_Projects_ProjectId" FOREIGN KEY ("ProjectId") REFERENCES "Projects" ("Id") ON DELETE CASCADE
);

CREATE TABLE "PromptBranches" (
    "Id" INTEGER NOT NULL CONSTRAINT "PK_PromptBranches" PRIMARY KEY AUTOINCREMENT,
    "PromptId" INTEGER NOT NULL,
    "Name" TEXT NOT NULL,
    "Head" INTEGER NOT NULL,
    "CreatedAt" TEXT NOT NULL,
    CONSTRAINT "FK_PromptBranches_Prompts_PromptId" FOREIGN KEY ("PromptId") REFERENCES "Prompts" ("Id") ON DELETE CASCADE
);

CREATE TABLE "PromptEvents" (
    "Id" INTEGER NOT NULL CONSTRAINT "PK_PromptEvents" PRIMARY KEY AUTOINCREMENT,
    "PromptId" INTEGER NOT NULL,
    "Kind" TEXT NOT NULL,
    "Name" TEXT NOT NULL,
    "From" INTEGER NULL,
    "To" INTEGER NULL,
    "AccountId" INTEGER NULL,
    "Actor" TEXT NOT NULL,
    "Reason" TEXT NOT NULL,
    "CreatedAt" TEXT NOT NULL,
    CONSTRAINT "FK_PromptEvents_Prompts_PromptId" FOREIGN KEY ("PromptId") REFERENCES "Prompts" ("Id") ON DELETE CASCADE
);

CREATE TABLE "PromptLabels" (
    "Id" INTEGER NOT NULL CONSTRAINT "PK_PromptLabels" PRIMARY KEY AUTOINCREMENT,
    "PromptId" INTEGER NOT NULL,
    "Name" TEXT NOT NULL,
    "Number" INTEGER NULL,
    CONSTRAINT "FK_PromptLabels_Prompts_PromptId" FOREIGN KEY ("PromptId") REFERENCES "Prompts" ("Id") ON DELETE CASCADE
);

CREATE TABLE "PromptVersions" (
    "Id" INTEGER NOT NULL CONSTRAINT "PK_PromptVersions" PRIMARY KEY AUTOINCREMENT,
    "PromptId" INTEGER NOT NULL,
    "Number" INTEGER NOT NULL,
    "Content" TEXT NOT NULL,
    "Hash" TEXT NOT NULL,
    "Parent" INTEGER NULL,
    "SecondParent" INTEGER NULL,
    "Restores" INTEGER NULL,
    "Branch" TEXT NOT NULL,
    "Note" TEXT NOT NULL,
    "AuthorId" INTEGER NULL,
    "Author" TEXT NOT NULL,
    "ChangeRate" REAL NULL,
    "ModelChanged" INTEGER NOT NULL,
    "CreatedAt" TEXT NOT NULL,
    CONSTRAINT "FK_PromptVersions_Prompts_PromptId" FOREIGN KEY ("PromptId") REFERENCES "Prompts" ("Id") ON DELETE CASCADE
);

CREATE TABLE "PromptMetrics" (
    "Id" INTEGER NOT NULL CONSTRAINT "PK_PromptMetrics" PRIMARY KEY AUTOINCREMENT,
    "VersionId" INTEGER NOT NULL,
    "Name" TEXT NOT NULL,
    "Value" REAL NOT NULL,
    "HigherIsBetter" INTEGER NOT NULL,
    "Source" TEXT NOT NULL,
    "SampleSize" INTEGER NULL,
    "Passed" INTEGER NULL,
    "AccountId" INTEGER NULL,
    "Actor" TEXT NOT NULL,
    "CreatedAt" TEXT NOT NULL,
    CONSTRAINT "FK_PromptMetrics_PromptVersions_VersionId" FOREIGN KEY ("VersionId") REFERENCES "PromptVersions" ("Id") ON DELETE CASCADE
);

CREATE TABLE "Responses" (
    "Id" INTEGER NOT NULL CONSTRAINT "PK_Responses" PRIMARY KEY AUTOINCREMENT,
    "ProjectId" INTEGER NOT NULL,
    "VersionId" INTEGER NULL,
    "Text" TEXT NOT NULL,
    "TextHash" TEXT NOT NULL,
    "Model" TEXT NOT NULL,
    "ModelFolder" TEXT NULL,
    "ModelFingerprint" TEXT NULL,
    "Compute" TEXT NULL,
    "Settings" TEXT NOT NULL,
    "Seed" INTEGER NULL,
    "Variables" TEXT NOT NULL,
    "Messages" TEXT NOT NULL,
    "ContextHash" TEXT NULL,
    "Context" TEXT NULL,
    "AccountId" INTEGER NULL,
    "Actor" TEXT NOT NULL,
    "CreatedAt" TEXT NOT NULL,
    CONSTRAINT "FK_Responses_Projects_ProjectId" FOREIGN KEY ("ProjectId") REFERENCES "Projects" ("Id") ON DELETE CASCADE,
    CONSTRAINT "FK_Responses_PromptVersions_VersionId" FOREIGN KEY ("VersionId") REFERENCES "PromptVersions" ("Id")
);

CREATE TABLE "ResponseUses" (
    "ItemId" INTEGER NOT NULL,
    "Index" INTEGER NOT NULL,
    "ResponseId" INTEGER NOT NULL,
    CONSTRAINT "PK_ResponseUses" PRIMARY KEY ("ItemId", "Index"),
    CONSTRAINT "FK_ResponseUses_Items_ItemId" FOREIGN KEY ("ItemId") REFERENCES "Items" ("Id") ON DELETE CASCADE,
    CONSTRAINT "FK_ResponseUses_Responses_ResponseId" FOREIGN KEY ("ResponseId") REFERENCES "Responses" ("Id") ON DELETE CASCADE
);

CREATE UNIQUE INDEX "IX_PromptBranches_PromptId_Name" ON "PromptBranches" ("PromptId", "Name");

CREATE INDEX "IX_PromptEvents_PromptId_Id" ON "PromptEvents" ("PromptId", "Id");

CREATE UNIQUE INDEX "IX_PromptLabels_PromptId_Name" ON "PromptLabels" ("PromptId", "Name");

CREATE INDEX "IX_PromptMetrics_VersionId_Name_Id" ON "PromptMetrics" ("VersionId", "Name", "Id");

CREATE UNIQUE INDEX "IX_PromptVersions_PromptId_Number" ON "PromptVersions" ("PromptId", "Number");

CREATE UNIQUE INDEX "IX_Prompts_ProjectId_Name" ON "Prompts" ("ProjectId", "Name");

CREATE INDEX "IX_ResponseUses_ResponseId" ON "ResponseUses" ("ResponseId");

CREATE INDEX "IX_Responses_ProjectId_Id" ON "Responses" ("ProjectId", "Id");

CREATE INDEX "IX_Responses_VersionId" ON "Responses" ("VersionId");

CREATE UNIQUE INDEX "IX_SentRequests_AccountId_Key" ON "SentRequests" ("AccountId", "Key");
