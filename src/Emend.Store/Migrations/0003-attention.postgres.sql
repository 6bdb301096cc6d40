CREATE TABLE "AttentionItems" (
    "ItemId" bigint NOT NULL,
    CONSTRAINT "PK_AttentionItems" PRIMARY KEY ("ItemId"),
    CONSTRAINT "FK_AttentionItems_Items_ItemId" FOREIGN KEY ("ItemId") REFERENCES "Items" ("Id") ON DELETE CASCADE
);
