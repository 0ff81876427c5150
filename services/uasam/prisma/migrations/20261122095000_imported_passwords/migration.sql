-- How dear the dearest hash is that the original system made and nobody has used since. Empty where nothing was imported.
CREATE INDEX "users_imported_password_idx" ON "users"("password_hash") WHERE "password_hash" LIKE 'pbkdf2\_sha256$%';
