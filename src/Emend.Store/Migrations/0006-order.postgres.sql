ALTER TABLE "Items" ADD COLUMN "Uncertainty" double precision;

ALTER TABLE "Items" ADD COLUMN "Draw" text;

CREATE TABLE "QueueOrders" (
    "ProjectId" bigint NOT NULL,
    "RandomShare" double precision NOT NULL,
    "Version" integer NOT NULL,
    CONSTRAINT "PK_QueueOrders" PRIMARY KEY ("ProjectId"),
    CONSTRAINT "FK_QueueOrders_Projects_ProjectId" FOREIGN KEY ("ProjectId") REFERENCES "Projects" ("Id") ON DELETE CASCADE
);
