CREATE TABLE "KeyBindings" (
    "AccountId" INTEGER NOT NULL CONSTRAINT "PK_KeyBindings" PRIMARY KEY,
    "Content" TEXT NOT NULL,
    "Version" INTEGER NOT NULL,
    CONSTRAINT "FK_KeyBindings_Accounts_AccountId" FOREIGN KEY ("AccountId") REFERENCES "Accounts" ("Id") ON DELETE CASCADE
);
