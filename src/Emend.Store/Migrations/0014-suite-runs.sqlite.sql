CREATE TABLE "SuiteRuns" (
    "Id" INTEGER NOT NULL CONSTRAINT "PK_SuiteRuns" PRIMARY KEY AUTOINCREMENT,
    "VersionId" INTEGER NOT NULL,
    "Suite" TEXT NOT NULL,
    "Model" TEXT NOT NULL,
    "Endpoint" TEXT NOT NULL,
    "Cases" INTEGER NOT NULL,
    "Passed" INTEGER NOT NULL,
    "Undecided" INTEGER NOT NULL,
    "Results" TEXT NOT NULL,
    "ResultsHash" TEXT NOT NULL,
    "AccountId" INTEGER NULL,
    "Actor" TEXT NOT NULL,
    "CreatedAt" TEXT NOT NULL,
    CONSTRAINT "FK_SuiteRuns_PromptVersions_VersionId" FOREIGN KEY ("VersionId") REFERENCES "PromptVersions" ("Id") ON DELETE CASCADE
);

CREATE INDEX "IX_SuiteRuns_VersionId" ON "SuiteRuns" ("VersionId");
