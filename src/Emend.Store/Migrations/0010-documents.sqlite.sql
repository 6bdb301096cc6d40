CREATE TABLE "ContextDocuments" (
    "Id" INTEGER NOT NULL CONSTRAINT "PK_ContextDocuments" PRIMARY KEY AUTOINCREMENT,
    "ProjectId" INTEGER NOT NULL,
    "Name" TEXT NOT NULL,
    "Format" TEXT NOT NULL,
    "Text" TEXT NOT NULL,
    "TextHash" TEXT NOT NULL,
    "Priority" INTEGER NOT NULL,
    "IsCurrent" INTEGER NOT NULL,
    "AccountId" INTEGER NULL,
    "Actor" TEXT NOT NULL,
    "CreatedAt" TEXT NOT NULL,
    CONSTRAINT "FK_ContextDocuments_Projects_ProjectId" FOREIGN KEY ("ProjectId") REFERENCES "Projects" ("Id") ON DELETE CASCADE
);

CREATE TABLE "ContextChunks" (
    "Id" INTEGER NOT NULL CONSTRAINT "PK_ContextChunks" PRIMARY KEY AUTOINCREMENT,
    "DocumentId" INTEGER NOT NULL,
    "Position" INTEGER NOT NULL,
    "Heading" TEXT NOT NULL,
    "Text" TEXT NOT NULL,
    "Tokens" INTEGER NOT NULL,
    CONSTRAINT "FK_ContextChunks_ContextDocuments_DocumentId" FOREIGN KEY ("DocumentId") REFERENCES "ContextDocuments" ("Id") ON DELETE CASCADE
);

CREATE UNIQUE INDEX "IX_ContextChunks_DocumentId_Position" ON "ContextChunks" ("DocumentId", "Position");

CREATE UNIQUE INDEX "IX_ContextDocuments_Current" ON "ContextDocuments" ("ProjectId", "Name") WHERE "IsCurrent";

CREATE INDEX "IX_ContextDocuments_ProjectId_Id" ON "ContextDocuments" ("ProjectId", "Id");

-- The index holds no texts of its own; triggers keep it, also while a backup is restored.
CREATE VIRTUAL TABLE "ContextIndex" USING fts5("Heading", "Text", content='ContextChunks', content_rowid='Id', tokenize='unicode61 remove_diacritics 0');

CREATE TRIGGER "ContextIndexInsert" AFTER INSERT ON "ContextChunks" BEGIN
    INSERT INTO "ContextIndex" (rowid, "Heading", "Text") VALUES (new."Id", new."Heading", new."Text");
END;

CREATE TRIGGER "ContextIndexDelete" AFTER DELETE ON "ContextChunks" BEGIN
    INSERT INTO "ContextIndex" ("ContextIndex", rowid, "Heading", "Text") VALUES ('delete', old."Id", old."Heading", old."Text");
END;
