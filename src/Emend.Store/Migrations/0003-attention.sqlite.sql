CREATE TABLE "AttentionItems" (
    "ItemId" INTEGER NOT NULL CONSTRAINT "PK_AttentionItems" PRIMARY KEY,
    CONSTRAINT "FK_AttentionItems_Items_ItemId" FOREIGN KEY ("ItemId") REFERENCES "Items" ("Id") ON DELETE CASCADE
);
