import pg from 'pg';

/**
 * A connection whose values have one form of text, whatever the server is set to, in a transaction: committed when `work`
 * resolves, else rolled back.
 *
 * @param mode of BEGIN
 */
export async function inTransaction<Result>(
  url: string,
  mode: string,
  work: (client: pg.Client) => Promise<Result>,
): Promise<Result> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 10_000 });
  // What ends the connection fails the query that is under way.
  client.on('error', () => undefined);
  await client.connect();
  try {
    await client.query(`BEGIN ${mode}`);
    for (const setting of [
      "timezone = 'UTC'",
      "datestyle = 'ISO'",
      "bytea_output = 'hex'",
      'statement_timeout = 0',
    ])
      await client.query(`SET LOCAL ${setting}`);
    const result = await work(client);
    await client.query('COMMIT');
    return result;
  } catch (error) {
    await client.query('ROLLBACK').catch(() => undefined);
    throw error;
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** The names of the migrations that the database has had; none where there is no history. */
export async function listMigrations(client: pg.Client): Promise<string[]> {
  const { rows: found } = await client.query<{ history: string | null }>(
    `SELECT to_regclass('_prisma_migrations')::text AS history`,
  );
  if (found[0]?.history === null) return [];
  const { rows } = await client.query<{ name: string }>(
    `SELECT migration_name AS name FROM _prisma_migrations
      WHERE rolled_back_at IS NULL AND finished_at IS NOT NULL ORDER BY migration_name`,
  );
  return rows.map(({ name }) => name);
}

/** A column and its type. */
export interface Column {
  readonly name: string;
  readonly type: string;
}

/** The columns of a table in their order. */
export async function listColumns(client: pg.Client, table: string): Promise<Column[]> {
  const { rows } = await client.query<Column>(
    `SELECT attname AS name, format_type(atttypid, atttypmod) AS type FROM pg_attribute
      WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum`,
    [table],
  );
  return rows;
}
