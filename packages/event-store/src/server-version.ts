import { createClient } from '@clickhouse/client';
import type { EventStoreOptions } from './client';
import { orUnavailable } from './errors';

/** The first release of ClickHouse that knows every setting of our tables and statements. */
export const serverVersionMin = '25.10';

/** This ClickHouse cannot do what is needed; only another one can. */
export class ServerTooOld extends Error {
  constructor(version: string) {
    super(`ClickHouse ${version} is too old: ${serverVersionMin} or newer is needed`);
    this.name = 'ServerTooOld';
  }
}

/**
 * Resolves when the server is new enough.
 *
 * @throws ServerTooOld; EventStoreUnavailable when it cannot be reached
 */
export async function requireServerVersion(options: EventStoreOptions): Promise<void> {
  // Without our settings, of which an old server may not know one.
  const client = createClient({
    url: options.url,
    request_timeout: options.requestTimeoutMs,
    log: { level: 127 as never },
  });
  try {
    const version = await orUnavailable(async () => {
      const result = await client.query({ query: 'SELECT version()', format: 'JSONCompactEachRow' });
      const [row] = await result.json<[string]>();
      return row?.[0] ?? '';
    });
    if (!isEnough(version)) throw new ServerTooOld(version);
  } finally {
    await client.close();
  }
}

function isEnough(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [majorMin = 0, minorMin = 0] = serverVersionMin.split('.').map(Number);
  return major > majorMin || (major === majorMin && minor >= minorMin);
}
