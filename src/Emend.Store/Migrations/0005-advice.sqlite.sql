CREATE TABLE "ModelEndpoints" (
    "Id" INTEGER NOT NULL CONSTRAINT "PK_ModelEndpoints" PRIMARY KEY AUTOINCREMENT,
    "ProjectId" INTEGER NOT NULL,
    "Use" TEXT NOT NULL,
    "Url" TEXT NOT NULL,
    "Model" TEXT NULL,
    "Key" TEXT NULL,
    "CreatedAt" TEXT NOT NULL,
    "Version" INTEGER NOT NULL,
    CONSTRAINT "FK_ModelEndpoints_Projects_ProjectId" FOREIGN KEY ("ProjectId") REFERENCES "Projects" ("Id") ON DELETE CASCADE
);

CREATE TABLE "Advice" (
    "Id" INTEGER NOT NULL CONSTRAINT "PK_Advice" PRIMARY KEY AUTOINCREMENT,
    "ProjectId" INTEGER NOT NULL,
    "AssignmentId" INTEGER NOT NULL,
    "Use" TEXT NOT NULL,
    "Target" INTEGER NOT NULL,
    "Model" TEXT NOT NULL,
    "Content" TEXT NOT NULL,
    "CreatedAt" TEXT NOT NULL,
    CONSTRAINT "FK_Advice_Assignments_AssignmentId" FOREIGN KEY ("AssignmentId") REFERENCES "Assignments" ("Id") ON DELETE CASCADE
);

CREATE TABLE "Judgements" (
    "Id" INTEGER NOT NULL CONSTRAINT "PK_Judgements" PRIMARY KEY AUTOINCREMENT,
    "AssignmentId" INTEGER NOT NULL,
    "Content" TEXT NOT NULL,
    "CreatedAt" TEXT NOT NULL,
    CONSTRAINT "FK_Judgements_Assignments_AssignmentId" FOREIGN KEY ("AssignmentId") REFERENCES "Assignments" ("Id") ON DELETE CASCADE
);

CREATE INDEX "IX_Advice_AssignmentId" ON "Advice" ("AssignmentId");

CREATE UNIQUE INDEX "IX_Judgements_AssignmentId" ON "Judgements" ("AssignmentId");

CREATE UNIQUE INDEX "IX_ModelEndpoints_ProjectId_Use" ON "ModelEndpoints" ("ProjectId", "Use");
