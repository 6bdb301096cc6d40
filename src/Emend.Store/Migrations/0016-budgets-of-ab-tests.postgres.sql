ALTER TABLE "AbTests" ADD COLUMN "BudgetA" integer;

ALTER TABLE "AbTests" ADD COLUMN "BudgetB" integer;
