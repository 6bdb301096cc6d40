ALTER TABLE "Items" ADD COLUMN "Uncertainty" REAL NULL;

ALTER TABLE "Items" ADD COLUMN "Draw" TEXT NULL;

CREATE TABLE "QueueOrders" (
    "ProjectId" INTEGER NOT NULL CONSTRAINT "PK_QueueOrders" PRIMARY KEY,
    "RandomShare" REAL NOT NULL,
    "Version" INTEGER NOT NULL,
    CONSTRAINT "FK_QueueOrders_Projects_ProjectId" FOREIGN KEY ("ProjectId") REFERENCES "Projects" ("Id") ON DELETE CASCADE
);
