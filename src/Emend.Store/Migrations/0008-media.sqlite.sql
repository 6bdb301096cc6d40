CREATE TABLE "Media" (
    "Id" INTEGER NOT NULL CONSTRAINT "PK_Media" PRIMARY KEY AUTOINCREMENT,
    "ProjectId" INTEGER NOT NULL,
    "Hash" TEXT NOT NULL,
    "Type" TEXT NOT NULL,
    "Content" BLOB NOT NULL,
    "Length" INTEGER NOT NULL,
    "AccountId" INTEGER NOT NULL,
    "AssignmentId" INTEGER NULL,
    "CreatedAt" TEXT NOT NULL,
    CONSTRAINT "FK_Media_Projects_ProjectId" FOREIGN KEY ("ProjectId") REFERENCES "Projects" ("Id") ON DELETE CASCADE
);

CREATE INDEX "IX_Media_AssignmentId" ON "Media" ("AssignmentId") WHERE "AssignmentId" IS NOT NULL;

CREATE UNIQUE INDEX "IX_Media_ProjectId_Hash" ON "Media" ("ProjectId", "Hash");
