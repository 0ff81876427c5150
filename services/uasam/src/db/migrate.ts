import { createHash, randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';

/** Beside `src` as well as beside `dist`. */
export const migrationsDir = join(__dirname, '..', '..', 'prisma', 'migrations');

/** The key under which `prisma migrate deploy` locks, so that it and a starting service exclude each other. */
const lockKey = 72707369;
const connectTimeoutMs = 3000;

/** As Prisma makes it, so that its own commands read and go on with what was applied here. */
const historyTable = `CREATE TABLE IF NOT EXISTS "_prisma_migrations" (
  "id" VARCHAR(36) PRIMARY KEY NOT NULL,
  "checksum" VARCHAR(64) NOT NULL,
  "finished_at" TIMESTAMPTZ,
  "migration_name" VARCHAR(255) NOT NULL,
  "logs" TEXT,
  "rolled_back_at" TIMESTAMPTZ,
  "started_at" TIMESTAMPTZ NOT NULL DEFAULT now(),
  "applied_steps_count" INTEGER NOT NULL DEFAULT 0
)`;

/**
 * Applies, in the order of their names, the migrations of `dir` that the database has not seen, and gives their names.
 *
 * All of them are one transaction on one connection, under a lock that ends with it: of several instances that start
 * at once the first migrates and the others find nothing left to do, and a migration that fails leaves nothing behind.
 * A session's lock would not do, because all connections to PGlite share one session.
 *
 * @throws Error when a migration fails, when Prisma has recorded one as failed, or when the database has one that is not in `dir`.
 */
export async function migrate(url: string, dir: string = migrationsDir): Promise<string[]> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: connectTimeoutMs });
  await client.connect();
  try {
    await client.query('BEGIN');
    await client.query('SELECT pg_advisory_xact_lock($1)', [lockKey]);
    await client.query(historyTable);
    const pending = await findPending(client, dir);
    for (const name of pending) await apply(client, dir, name);
    await client.query('COMMIT');
    return pending;
  } catch (error) {
    await client.query('ROLLBACK').catch(() => undefined);
    throw error;
  } finally {
    await client.end().catch(() => undefined);
  }
}

async function findPending(client: pg.Client, dir: string): Promise<string[]> {
  const { rows } = await client.query<{ name: string; finished: boolean }>(
    `SELECT "migration_name" AS name, "finished_at" IS NOT NULL AS finished
       FROM "_prisma_migrations" WHERE "rolled_back_at" IS NULL`,
  );
  const failed = rows.filter((row) => !row.finished).map((row) => row.name);
  if (failed.length > 0) {
    throw new Error(
      `the database holds failed migrations (${failed.join(', ')}): see prisma migrate resolve`,
    );
  }
  const applied = new Set(rows.map((row) => row.name));
  const names = readdirSync(dir, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name);
  const unknown = [...applied].filter((name) => !names.includes(name));
  if (unknown.length > 0) {
    throw new Error(
      `the schema of Postgres is newer than this version knows (${unknown.join(', ')}): ` +
        'run the version that made it, or a later one',
    );
  }
  return names.filter((name) => !applied.has(name)).sort();
}

async function apply(client: pg.Client, dir: string, name: string): Promise<void> {
  const script = readFileSync(join(dir, name, 'migration.sql'), 'utf8');
  const startedAt = new Date();
  try {
    await client.query(script);
  } catch (cause) {
    throw new Error(`migration ${name} failed, and nothing of it was kept`, { cause });
  }
  await client.query(
    `INSERT INTO "_prisma_migrations"
       ("id", "checksum", "finished_at", "migration_name", "started_at", "applied_steps_count")
     VALUES ($1, $2, clock_timestamp(), $3, $4, 1)`,
    [randomUUID(), createHash('sha256').update(script).digest('hex'), name, startedAt],
  );
}
