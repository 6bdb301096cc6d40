CREATE TABLE "ContextEmbeddings" (
    "ChunkId" INTEGER NOT NULL CONSTRAINT "PK_ContextEmbeddings" PRIMARY KEY,
    "Model" TEXT NOT NULL,
    "Dimension" INTEGER NOT NULL,
    "Vector" BLOB NOT NULL,
    CONSTRAINT "FK_ContextEmbeddings_ContextChunks_ChunkId" FOREIGN KEY ("ChunkId") REFERENCES "ContextChunks" ("Id") ON DELETE CASCADE
);
