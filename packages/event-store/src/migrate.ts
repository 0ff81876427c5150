import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { ClickHouseClient } from '@clickhouse/client';
import { createClickHouseClient, type EventStoreOptions } from './client';
import { onCluster } from './cluster';
import { isOfType, orUnavailable } from './errors';
import { withMigrationLock } from './migration-lock';
import { type Query, run } from './queries/query';
import { renderDdl } from './render-ddl';
import { requireServerVersion } from './server-version';

const folder = path.join(__dirname, '..', 'migrations');
const fileName = /^(\d{4})_[a-z0-9_]+\.sql$/;

/** A statement that fills a table from another takes longer than a request of the service may. */
const statementTimeoutMs = 60 * 60 * 1000;

/** Where it is kept which migrations were run. */
export const createRecord = `CREATE TABLE IF NOT EXISTS schema_migrations
      (version UInt32, name String, applied_at DateTime64(6, 'UTC') DEFAULT now64(6))
      ENGINE = ReplacingMergeTree ORDER BY version`;

interface Migration {
  readonly version: number;
  readonly name: string;
  /** Each can be run again after it has been run. */
  readonly statements: readonly string[];
}

/** The schema must be changed, and the user may not do that. */
export class MigrationRefused extends Error {
  constructor(cause: unknown) {
    super(
      "ClickHouse's schema is older than this version needs, and its user may not change it: run the migrations",
      {
        cause,
      },
    );
    this.name = 'MigrationRefused';
  }
}

/** The schema is that of a later version. */
export class SchemaTooNew extends Error {
  constructor(newest: number, known: number) {
    super(
      `ClickHouse's schema is newer than this version knows (migration ${newest}, known up to ${known}): ` +
        'run the version that made it, or a later one',
    );
    this.name = 'SchemaTooNew';
  }
}

/** The tables were made for a single server, and a cluster is named, or the other way round. */
export class OtherForm extends Error {
  constructor(cluster: string | null) {
    super(
      cluster === null
        ? "ClickHouse's tables are those of a cluster: CLICKHOUSE_CLUSTER must name it"
        : `ClickHouse's tables are those of a single server, not of the cluster ${cluster}: leave CLICKHOUSE_CLUSTER out, ` +
            'or name another database and copy the events (docs/scaling.md)',
    );
    this.name = 'OtherForm';
  }
}

/**
 * Brings the database to the schema that this code needs, and gives the names of the migrations that were run. They
 * are numbered files, run in order and never backwards. Every statement is idempotent and a file is recorded only after
 * its last statement, so a run that was cut is resumed by the next; several at once would do no harm, but for the work done
 * twice, and wait for each other. In a cluster all its servers are brought there. Where nothing is missing nothing is
 * changed: a user who may only read and write is enough.
 *
 * @throws EventStoreUnavailable when ClickHouse cannot be reached; ServerTooOld; OtherForm; SchemaTooNew; MigrationRefused.
 */
export async function migrate(given: EventStoreOptions): Promise<string[]> {
  const options = { ...given, url: given.migratorUrl ?? given.url };
  await requireServerVersion(options);
  const server = createClickHouseClient(options);
  const client = createClickHouseClient(options, options.database);
  const patient = createClickHouseClient(
    { ...options, requestTimeoutMs: statementTimeoutMs },
    options.database,
  );
  try {
    await requireForm(server, options);
    refuseNewer(await orUnavailable(() => listApplied(client)));
    const applied = await orUnavailable(async () => {
      if ((await findMissing(client)).length === 0) return [];
      await server.command({
        query: `CREATE DATABASE IF NOT EXISTS {database:Identifier}${onCluster(options.cluster ?? null)}`,
        query_params: { database: options.database },
      });
      return await withMigrationLock(client, () => runMissing(client, patient, options), options.cluster);
    });
    // Who had the lock before may have been a later version.
    refuseNewer(await orUnavailable(() => listApplied(client)));
    return applied;
  } catch (error) {
    throw isOfType(error, ['ACCESS_DENIED']) ? new MigrationRefused(error) : error;
  } finally {
    await server.close();
    await client.close();
    await patient.close();
  }
}

/** The version of the last migration: the schema that this code needs. */
export function neededVersion(): number {
  return readMigrations().at(-1)?.version ?? 0;
}

async function runMissing(
  client: ClickHouseClient,
  patient: ClickHouseClient,
  { database, cluster = null }: EventStoreOptions,
): Promise<string[]> {
  for (const query of renderDdl(createRecord, database, cluster)) await client.command({ query });
  const missing = await findMissing(client);
  for (const { version, name, statements } of missing) {
    const rendered = statements.flatMap((statement) => renderDdl(statement, database, cluster));
    for (const query of rendered) await patient.command({ query });
    await client.insert({ table: 'schema_migrations', values: [{ version, name }], format: 'JSONEachRow' });
  }
  return missing.map((migration) => migration.name);
}

function refuseNewer(applied: ReadonlySet<number>): void {
  const newest = Math.max(0, ...applied);
  if (newest > neededVersion()) throw new SchemaTooNew(newest, neededVersion());
}

const engineOfEvents: Query<{ readonly database: string }, [engine: string]> = {
  name: 'engine-of-events',
  sql: () =>
    `SELECT engine FROM system.tables WHERE database = {database:String} AND name = 'backend_events'`,
};

/** Else a service would take what it writes to one server for written to all, or find only what that one has. */
async function requireForm(
  server: ClickHouseClient,
  { database, cluster }: EventStoreOptions,
): Promise<void> {
  const [row] = await run(server, engineOfEvents, { database });
  if (row !== undefined && (row[0] === 'Distributed') !== Boolean(cluster))
    throw new OtherForm(cluster?.name ?? null);
}

/** What was not run to its end. */
async function findMissing(client: ClickHouseClient): Promise<Migration[]> {
  const applied = await listApplied(client);
  return readMigrations().filter((migration) => !applied.has(migration.version));
}

/** The versions of what was run to its end; none where there is no table or no database yet. */
async function listApplied(client: ClickHouseClient): Promise<Set<number>> {
  const query = 'SELECT DISTINCT version FROM schema_migrations';
  const rows = await client
    .query({ query, format: 'JSONEachRow' })
    .then((result) => result.json<{ version: number }>())
    .catch((error: unknown) => {
      if (isOfType(error, ['UNKNOWN_TABLE', 'UNKNOWN_DATABASE'])) return [];
      throw error;
    });
  return new Set(rows.map((row) => row.version));
}

export function readMigrations(): Migration[] {
  return readdirSync(folder)
    .sort()
    .map((file) => {
      const match = fileName.exec(file);
      if (match === null) throw new Error(`not the name of a migration: ${file}`);
      const text = readFileSync(path.join(folder, file), 'utf8').replace(/^--.*$/gm, '');
      const statements = text.split(/;\s*$/m).map((statement) => statement.trim());
      return { version: Number(match[1]), name: file, statements: statements.filter((one) => one !== '') };
    });
}
