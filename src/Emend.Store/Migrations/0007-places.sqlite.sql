CREATE INDEX "IX_Items_Places" ON "Items" ("ProjectId", "Overlap", "OpenSlots");

CREATE INDEX "IX_Items_Gold" ON "Items" ("ProjectId", "Id") WHERE "Gold" IS NOT NULL;

CREATE INDEX "IX_Assignments_Unfinished" ON "Assignments" ("ProjectId", "State", "Slot", "Id") WHERE "State" <> 'Submitted' OR "Slot" IS NULL;
