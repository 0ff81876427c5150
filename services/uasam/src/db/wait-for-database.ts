import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { toApiError } from './errors';

const retryDelayMs = 500;
const reportEveryMs = 10_000;

/** Postgres's words for "that will not become better by waiting": wrong password, unknown user. */
const permanentCodes = new Set(['28000', '28P01']);

/**
 * Resolves as soon as Postgres at `url` accepts a connection, however long that takes; `onWaiting` is called with a
 * code such as `ECONNREFUSED` when it does not at first, and every 10 s from then on.
 *
 * @throws Error when Postgres refuses the credentials, or the fault is not one of the database.
 */
export async function waitForDatabase(url: string, onWaiting: (code: string) => void): Promise<void> {
  let reportedAt = Number.NEGATIVE_INFINITY;
  for (;;) {
    const error = await tryToConnect(url);
    if (error === null) return;
    const code = (error as NodeJS.ErrnoException).code ?? error.name;
    if (permanentCodes.has(code))
      throw new Error(`Postgres refuses the credentials in DATABASE_URL (${code})`);
    if (toApiError(error) === null && code !== '3D000') throw error;
    if (performance.now() - reportedAt >= reportEveryMs) {
      reportedAt = performance.now();
      onWaiting(code);
    }
    await delay(retryDelayMs);
  }
}

async function tryToConnect(url: string): Promise<Error | null> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2000 });
  // Without a listener an error after the connection has been made would end the process.
  client.on('error', () => undefined);
  try {
    await client.connect();
    return null;
  } catch (error) {
    return error as Error;
  } finally {
    await client.end().catch(() => undefined);
  }
}
