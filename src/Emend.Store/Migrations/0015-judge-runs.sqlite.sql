CREATE TABLE "JudgeRuns" (
    "Id" INTEGER NOT NULL CONSTRAINT "PK_JudgeRuns" PRIMARY KEY AUTOINCREMENT,
    "ProjectId" INTEGER NOT NULL,
    "Name" TEXT NOT NULL,
    "SideA" TEXT NOT NULL,
    "SideB" TEXT NOT NULL,
    "Model" TEXT NOT NULL,
    "Endpoint" TEXT NOT NULL,
    "Questions" TEXT NULL,
    "Limits" TEXT NULL,
    "Spent" TEXT NULL,
    "Stopped" TEXT NULL,
    "Pairs" INTEGER NOT NULL,
    "Judged" INTEGER NOT NULL,
    "Unreadable" INTEGER NOT NULL,
    "Verdicts" TEXT NOT NULL,
    "VerdictsHash" TEXT NOT NULL,
    "AccountId" INTEGER NULL,
    "Actor" TEXT NOT NULL,
    "CreatedAt" TEXT NOT NULL,
    "Version" INTEGER NOT NULL,
    CONSTRAINT "FK_JudgeRuns_Projects_ProjectId" FOREIGN KEY ("ProjectId") REFERENCES "Projects" ("Id") ON DELETE CASCADE
);

CREATE INDEX "IX_JudgeRuns_ProjectId_Id" ON "JudgeRuns" ("ProjectId", "Id");
