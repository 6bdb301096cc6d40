ALTER TABLE "AbTests" ADD COLUMN "Looks" boolean NOT NULL DEFAULT FALSE;

ALTER TABLE "AbTests" ADD COLUMN "EndedAt" timestamp with time zone;

ALTER TABLE "AbTests" ADD COLUMN "EndedBy" text;

ALTER TABLE "AbTests" ADD COLUMN "StopReason" text;
