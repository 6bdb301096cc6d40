CREATE TABLE "Webhooks" (
    "Id" INTEGER NOT NULL CONSTRAINT "PK_Webhooks" PRIMARY KEY AUTOINCREMENT,
    "ProjectId" INTEGER NOT NULL,
    "Url" TEXT NOT NULL,
    "Secret" TEXT NOT NULL,
    "IsEnabled" INTEGER NOT NULL,
    "CreatedAt" TEXT NOT NULL,
    "Version" INTEGER NOT NULL,
    CONSTRAINT "FK_Webhooks_Projects_ProjectId" FOREIGN KEY ("ProjectId") REFERENCES "Projects" ("Id") ON DELETE CASCADE
);

CREATE TABLE "Resolutions" (
    "Id" INTEGER NOT NULL CONSTRAINT "PK_Resolutions" PRIMARY KEY AUTOINCREMENT,
    "ProjectId" INTEGER NOT NULL,
    "ItemId" INTEGER NOT NULL,
    "AdjudicatorId" INTEGER NOT NULL,
    "IsCurrent" INTEGER NOT NULL,
    "Cause" TEXT NOT NULL,
    "Note" TEXT NULL,
    "Content" TEXT NOT NULL,
    "CreatedAt" TEXT NOT NULL,
    CONSTRAINT "FK_Resolutions_Items_ItemId" FOREIGN KEY ("ItemId") REFERENCES "Items" ("Id") ON DELETE CASCADE
);

CREATE TABLE "WebhookDeliveries" (
    "Id" INTEGER NOT NULL CONSTRAINT "PK_WebhookDeliveries" PRIMARY KEY AUTOINCREMENT,
    "WebhookId" INTEGER NOT NULL,
    "Event" TEXT NOT NULL,
    "Body" TEXT NOT NULL,
    "Attempts" INTEGER NOT NULL,
    "DueAt" TEXT NULL,
    "DeliveredAt" TEXT NULL,
    "LastProblem" TEXT NULL,
    "CreatedAt" TEXT NOT NULL,
    CONSTRAINT "FK_WebhookDeliveries_Webhooks_WebhookId" FOREIGN KEY ("WebhookId") REFERENCES "Webhooks" ("Id") ON DELETE CASCADE
);

CREATE TABLE "Reviews" (
    "Id" INTEGER NOT NULL CONSTRAINT "PK_Reviews" PRIMARY KEY AUTOINCREMENT,
    "ProjectId" INTEGER NOT NULL,
    "AnswerId" INTEGER NOT NULL,
    "AuthorId" INTEGER NOT NULL,
    "ReviewerId" INTEGER NULL,
    "ExpiresAt" TEXT NULL,
    "EditedFirst" INTEGER NOT NULL,
    "Verdict" REAL NULL,
    "Note" TEXT NULL,
    "CreatedAt" TEXT NOT NULL,
    "DecidedAt" TEXT NULL,
    CONSTRAINT "FK_Reviews_Answers_AnswerId" FOREIGN KEY ("AnswerId") REFERENCES "Answers" ("Id") ON DELETE CASCADE
);

CREATE UNIQUE INDEX "IX_Resolutions_Current" ON "Resolutions" ("ItemId") WHERE "IsCurrent";

CREATE INDEX "IX_Resolutions_ProjectId_Id" ON "Resolutions" ("ProjectId", "Id");

CREATE UNIQUE INDEX "IX_Reviews_AnswerId" ON "Reviews" ("AnswerId");

CREATE INDEX "IX_Reviews_Open" ON "Reviews" ("ProjectId", "Id") WHERE "Verdict" IS NULL;

CREATE INDEX "IX_WebhookDeliveries_DueAt" ON "WebhookDeliveries" ("DueAt") WHERE "DueAt" IS NOT NULL;

CREATE INDEX "IX_WebhookDeliveries_WebhookId" ON "WebhookDeliveries" ("WebhookId");

CREATE INDEX "IX_Webhooks_ProjectId" ON "Webhooks" ("ProjectId");
