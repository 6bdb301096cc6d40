CREATE TABLE "AbTests" (
    "Id" INTEGER NOT NULL CONSTRAINT "PK_AbTests" PRIMARY KEY AUTOINCREMENT,
    "ProjectId" INTEGER NOT NULL,
    "Name" TEXT NOT NULL,
    "PromptId" INTEGER NOT NULL,
    "VersionA" INTEGER NOT NULL,
    "ModelA" TEXT NULL,
    "VersionB" INTEGER NOT NULL,
    "ModelB" TEXT NULL,
    "Horizon" INTEGER NOT NULL,
    "Looked" INTEGER NOT NULL,
    "AccountId" INTEGER NULL,
    "Actor" TEXT NOT NULL,
    "CreatedAt" TEXT NOT NULL,
    CONSTRAINT "FK_AbTests_Projects_ProjectId" FOREIGN KEY ("ProjectId") REFERENCES "Projects" ("Id") ON DELETE CASCADE,
    CONSTRAINT "FK_AbTests_Prompts_PromptId" FOREIGN KEY ("PromptId") REFERENCES "Prompts" ("Id") ON DELETE CASCADE
);

CREATE TABLE "AbTestItems" (
    "ItemId" INTEGER NOT NULL CONSTRAINT "PK_AbTestItems" PRIMARY KEY,
    "TestId" INTEGER NOT NULL,
    "IndexOfB" INTEGER NOT NULL,
    CONSTRAINT "FK_AbTestItems_AbTests_TestId" FOREIGN KEY ("TestId") REFERENCES "AbTests" ("Id") ON DELETE CASCADE,
    CONSTRAINT "FK_AbTestItems_Items_ItemId" FOREIGN KEY ("ItemId") REFERENCES "Items" ("Id") ON DELETE CASCADE
);

CREATE INDEX "IX_AbTestItems_TestId" ON "AbTestItems" ("TestId");

CREATE INDEX "IX_AbTests_ProjectId" ON "AbTests" ("ProjectId");

CREATE INDEX "IX_AbTests_PromptId" ON "AbTests" ("PromptId");
