CREATE TABLE "ContextEmbeddings" (
    "ChunkId" bigint NOT NULL,
    "Model" text NOT NULL,
    "Dimension" integer NOT NULL,
    "Vector" bytea NOT NULL,
    CONSTRAINT "PK_ContextEmbeddings" PRIMARY KEY ("ChunkId"),
    CONSTRAINT "FK_ContextEmbeddings_ContextChunks_ChunkId" FOREIGN KEY ("ChunkId") REFERENCES "ContextChunks" ("Id") ON DELETE CASCADE
);
