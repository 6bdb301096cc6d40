CREATE TABLE "KeyBindings" (
    "AccountId" bigint NOT NULL,
    "Content" text NOT NULL,
    "Version" integer NOT NULL,
    CONSTRAINT "PK_KeyBindings" PRIMARY KEY ("AccountId"),
    CONSTRAINT "FK_KeyBindings_Accounts_AccountId" FOREIGN KEY ("AccountId") REFERENCES "Accounts" ("Id") ON DELETE CASCADE
);
