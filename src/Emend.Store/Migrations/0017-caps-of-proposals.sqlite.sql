ALTER TABLE "ModelEndpoints" ADD COLUMN "Limits" TEXT NULL;

ALTER TABLE "ModelEndpoints" ADD COLUMN "Spent" TEXT NULL;
