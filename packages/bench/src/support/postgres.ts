import pg from 'pg';

/** Names a Postgres server, by the URL of one of its databases; without it the embedded Postgres is used. */
export const serverVariable = 'OTAS_BENCH_POSTGRES_URL';

/** An empty database of a server. */
export async function makeDatabase(
  server: string,
  name: string,
): Promise<{ readonly url: string; stop(): Promise<void> }> {
  await query(server, `CREATE DATABASE ${name}`);
  const url = new URL(server);
  url.pathname = `/${name}`;
  return { url: url.href, stop: async () => undefined };
}

/** Runs one statement on a connection of its own and gives its rows. */
export async function query<Row extends object>(
  url: string,
  text: string,
  values: readonly unknown[] = [],
): Promise<Row[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Row>(text, [...values])).rows;
  } finally {
    await client.end();
  }
}

/** What answers, in words for the table, such as `Postgres 15`. */
export async function serverName(url: string): Promise<string> {
  const [row] = await query<{ server_version: string }>(url, 'SHOW server_version');
  const version = row?.server_version.split('.')[0];
  return process.env[serverVariable] === undefined ? `embedded Postgres ${version}` : `Postgres ${version}`;
}
