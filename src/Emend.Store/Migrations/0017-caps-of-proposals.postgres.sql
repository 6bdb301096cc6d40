ALTER TABLE "ModelEndpoints" ADD COLUMN "Limits" text;

ALTER TABLE "ModelEndpoints" ADD COLUMN "Spent" text;
