-- Null: the installation's default. 0: for ever.
ALTER TABLE "projects" ADD COLUMN "retention_days" INTEGER;
