import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, type ClientConfig, Pool } from 'pg';
import type { EngineProcess } from '../src';
import { cleanUp, postgres, postgresDir } from './support/engines';
import { execute, flush, parse, query, RawPostgres, sync } from './support/raw-postgres';

let engine: EngineProcess;
let pool: Pool;

beforeAll(async () => {
  engine = await postgres();
  pool = new Pool({ connectionString: engine.url, max: 40 });
  await pool.query('CREATE TABLE item (id int PRIMARY KEY, owner text NOT NULL)');
});

beforeEach(() => pool.query('TRUNCATE item'));

afterAll(async () => {
  await pool.end();
  await cleanUp();
});

test('a transaction of one connection is not visible to another before commit', async () => {
  const writer = await pool.connect();
  await writer.query('BEGIN');
  await writer.query("INSERT INTO item VALUES (1, 'writer')");
  const order: string[] = [];
  const read = pool.query('SELECT * FROM item').then(({ rowCount }) => {
    order.push('read');
    return rowCount;
  });
  await writer.query("INSERT INTO item VALUES (2, 'writer')");
  await writer.query('COMMIT');
  order.push('commit');
  expect(await read).toBe(2);
  expect(order).toEqual(['commit', 'read']);
  writer.release();
});

test('forty connections with interleaved transactions each get their own answers', async () => {
  const rollbackEvery = 3;
  await Promise.all(
    Array.from({ length: 40 }, async (_, owner) => {
      for (let i = 0; i < 10; i++) {
        const client = await pool.connect();
        const id = owner * 100 + i;
        await client.query('BEGIN');
        await client.query('INSERT INTO item VALUES ($1, $2)', [id, `owner ${owner}`]);
        const { rows } = await client.query('SELECT owner FROM item WHERE id = $1', [id]);
        expect(rows).toEqual([{ owner: `owner ${owner}` }]);
        await client.query(i % rollbackEvery === 0 ? 'ROLLBACK' : 'COMMIT');
        client.release();
      }
    }),
  );
  const { rows } = await pool.query('SELECT count(*)::int AS n FROM item');
  expect(rows).toEqual([{ n: 40 * 6 }]);
});

test('prepared statements of the same name on two connections stay apart', async () => {
  const [a, b] = await Promise.all([pool.connect(), pool.connect()]);
  for (let i = 0; i < 3; i++) {
    expect((await a.query({ name: 'same', text: 'SELECT $1::int + 1 AS n', values: [i] })).rows).toEqual([
      { n: i + 1 },
    ]);
    expect((await b.query({ name: 'same', text: 'SELECT $1::int * 10 AS n', values: [i] })).rows).toEqual([
      { n: i * 10 },
    ]);
  }
  a.release();
  b.release();
});

test('an unnamed prepared statement stays what it was, whatever others prepare in between', async () => {
  const [a, b] = [await RawPostgres.connect(engine.url), await RawPostgres.connect(engine.url)];
  await a.ask(parse("SELECT 'of a'"), sync);
  await b.ask(parse("SELECT 'of b'"), sync);
  for (let i = 0; i < 2; i++) {
    expect(await a.ask(execute, sync)).toContain('of a');
    expect(await b.ask(execute, sync)).toContain('of b');
  }
  await b.ask(query('SELECT 1'));
  expect(await b.ask(execute, sync)).toContain('unnamed prepared statement does not exist');
  expect(await a.ask(execute, sync)).toContain('of a');
  a.socket.destroy();
  b.socket.destroy();
});

test('a client that vanishes in the middle of a pipeline blocks nobody and leaves nothing', async () => {
  const client = await RawPostgres.connect(engine.url);
  client.socket.write(Buffer.concat([parse("INSERT INTO item VALUES (1, 'ghost')"), execute, flush]));
  await new Promise((resolve) => setTimeout(resolve, 100));
  const waiting = pool.query('SELECT * FROM item');
  client.socket.destroy();
  expect((await waiting).rowCount).toBe(0);
});

test('an error in a transaction fails what follows until ROLLBACK, and nobody else', async () => {
  const client = await pool.connect();
  await client.query('BEGIN');
  await expect(client.query('SELECT 1 / 0')).rejects.toMatchObject({ code: '22012' });
  await expect(client.query('SELECT 1')).rejects.toMatchObject({ code: '25P02' });
  const other = pool.query('SELECT 1 AS one');
  await client.query('ROLLBACK');
  expect((await other).rows).toEqual([{ one: 1 }]);
  expect((await client.query('SELECT 2 AS two')).rows).toEqual([{ two: 2 }]);
  client.release();
});

test('a failed statement does not disturb the ones sent after it', async () => {
  const results = await Promise.allSettled([
    pool.query('SELECT $1::int AS n', [1]),
    pool.query('SELEC'),
    pool.query('INSERT INTO item VALUES ($1, $2)', [1, null]),
    pool.query('SELECT $1::int AS n', [2]),
  ]);
  expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected', 'fulfilled']);
});

test('a client that vanishes in mid-transaction blocks nobody and leaves nothing', async () => {
  for (const failed of [false, true]) {
    const client = await connected(engine.url);
    await client.query('BEGIN');
    await client.query("INSERT INTO item VALUES (1, 'ghost')");
    if (failed) await client.query('SELECT 1 / 0').catch(() => undefined);
    const waiting = pool.query('SELECT * FROM item');
    socketOf(client).destroy();
    expect((await waiting).rowCount).toBe(0);
  }
});

test('a client that is silent in a transaction while others wait is disconnected and rolled back', async () => {
  const impatient = await postgres({ idleInTransactionTimeoutMs: 300 });
  const silent = await connected(impatient.url);
  const other = await connected(impatient.url);
  const ended = new Promise<Error>((resolve) => silent.once('error', resolve));
  await silent.query('CREATE TABLE t (id int)');
  await silent.query('BEGIN');
  await silent.query('INSERT INTO t VALUES (1)');
  expect((await other.query('SELECT * FROM t')).rowCount).toBe(0);
  expect(await ended).toMatchObject({ code: '25P03' });
  await other.end();
});

test('a client in a transaction that does not read its answer does not block the others for ever', async () => {
  const impatient = await postgres({ idleInTransactionTimeoutMs: 100 });
  const client = await RawPostgres.connect(impatient.url);
  await client.ask(query('BEGIN'));
  client.socket.pause();
  client.socket.write(query("SELECT repeat('x', 1000000) FROM generate_series(1, 50)"));
  const other = await connected(impatient.url);
  expect((await other.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
  await other.end();
  client.socket.destroy();
});

test('settings of one connection do not reach another', async () => {
  const [a, b] = await Promise.all([pool.connect(), pool.connect()]);
  await a.query("SET statement_timeout = '5s'");
  await a.query("SELECT set_config('DateStyle', 'SQL, DMY', false)");
  const query =
    "SELECT current_setting('statement_timeout') AS timeout, current_setting('DateStyle') AS style";
  expect((await b.query(query)).rows).toEqual([{ timeout: '0', style: 'ISO, MDY' }]);
  expect((await a.query(query)).rows).toEqual([{ timeout: '5s', style: 'SQL, DMY' }]);
  a.release(true);
  b.release();
});

test('settings in the connection string hold for that connection', async () => {
  const options = '-c statement_timeout=1234';
  const client = await connected({ connectionString: engine.url, options, application_name: 'x' });
  expect((await client.query('SHOW statement_timeout')).rows).toEqual([{ statement_timeout: '1234ms' }]);
  await client.end();
  const wrong = new Client({ connectionString: engine.url, options: '-c no_such_setting=1' });
  await expect(wrong.connect()).rejects.toThrow('no_such_setting');
});

test('every user, password and database is accepted', async () => {
  const { host } = new URL(engine.url);
  const client = await connected(`postgresql://someone:secret@${host}/anything`);
  expect((await client.query('SHOW TimeZone')).rows).toEqual([{ TimeZone: 'UTC' }]);
  await client.end();
});

test('COPY FROM STDIN is refused, and the server goes on', async () => {
  const client = await connected(engine.url);
  await expect(client.query('COPY item FROM STDIN')).rejects.toMatchObject({ code: '0A000' });
  expect((await pool.query("SELECT 'copy item from stdin' AS text")).rowCount).toBe(1);
});

test('a value of ten megabytes arrives whole', async () => {
  const value = 'ä'.repeat(5_000_000);
  const { rows } = await pool.query('SELECT $1::text AS value', [value]);
  expect(rows[0].value === value).toBe(true);
});

test('rows acknowledged before a kill -9 are there after the next start', async () => {
  const dir = await postgresDir();
  const crashing = await postgres({ dir });
  const writer = await connected(crashing.url);
  await writer.query('CREATE TABLE n (id int PRIMARY KEY)');
  let acknowledged = 0;
  const writing = (async () => {
    for (;;) {
      await writer.query('INSERT INTO n VALUES ($1)', [acknowledged + 1]);
      acknowledged++;
    }
  })().catch(() => undefined);
  while (acknowledged <= 50) await sleep(5);
  await crashing.kill();
  await writing;
  expect(await crashing.exited).toEqual({ code: null, signal: 'SIGKILL' });
  const reader = await connected((await postgres({ dir })).url);
  const { rows } = await reader.query('SELECT count(*)::int AS n, max(id) AS last FROM n');
  expect(rows[0].n).toBe(rows[0].last);
  expect([acknowledged, acknowledged + 1]).toContain(rows[0].n);
  await reader.end();
});

async function connected(config: string | ClientConfig): Promise<Client> {
  const client = new Client(config);
  // Without a listener a lost connection would end the test run.
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

function socketOf(client: Client): Socket {
  return (client as unknown as { connection: { stream: Socket } }).connection.stream;
}
