import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { migrate, ServerTooOld, serverVersionMin } from '../src';
import { settingsOf } from '../src/client';

const url = process.env.TEST_CLICKHOUSE_URL as string;
const optionsOf = (at: string) => ({
  url: at,
  database: `version_${randomUUID().replaceAll('-', '')}`,
  requestTimeoutMs: 20_000,
  connectionsMax: 2,
});

/** A server that says it is this version, and counts what else it is asked. */
async function startServer(version: string): Promise<{ server: Server; url: string; others: string[] }> {
  const others: string[] = [];
  const server = createServer(async (req, res) => {
    const sql = Buffer.concat(await req.toArray()).toString();
    if (!sql.startsWith('SELECT version()')) others.push(sql);
    res.end(`${JSON.stringify([version])}\n`);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, others };
}

test.each(['25.9.12.3', '24.12.1.1', '9.99.1'])(
  'a ClickHouse %s is refused in a line that says what is needed, before anything is changed',
  async (version) => {
    const old = await startServer(version);
    try {
      const refused = migrate(optionsOf(old.url));
      await expect(refused).rejects.toBeInstanceOf(ServerTooOld);
      await expect(refused).rejects.toThrow(`ClickHouse ${version} is too old: ${serverVersionMin} or newer`);
      expect(old.others).toEqual([]);
    } finally {
      old.server.close();
    }
  },
);

test('the version that is asked for is the first that knows every setting of our tables and statements', async () => {
  const folder = path.join(__dirname, '..', 'migrations');
  const scripts = readdirSync(folder).map((file) => readFileSync(path.join(folder, file), 'utf8'));
  const inScripts = scripts.flatMap((script) =>
    [...script.matchAll(/^ {4}(\w+) = /gm)].map(([, name]) => name),
  );
  const names = [...Object.keys(settingsOf(optionsOf(url))), ...inScripts];
  const sql = `SELECT version FROM system.settings_changes ARRAY JOIN changes AS change
    WHERE has([${names.map((name) => `'${name}'`).join(', ')}], change.name) AND change.reason LIKE 'New %setting%'`;
  const answer = await fetch(url, { method: 'POST', body: sql });
  const versions = (await answer.text()).trim().split('\n');
  const asNumber = (version: string) => {
    const [major = 0, minor = 0] = version.split('.').map(Number);
    return major * 100 + minor;
  };
  expect(versions.length).toBeGreaterThan(1);
  expect(Math.max(...versions.map(asNumber))).toBe(asNumber(serverVersionMin));
});

test('the engine that the tests run on is new enough', async () => {
  expect(await migrate(optionsOf(url))).not.toHaveLength(0);
});
