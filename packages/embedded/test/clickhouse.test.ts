import { Readable } from 'node:stream';
import { type ClickHouseClient, createClient, type DataFormat } from '@clickhouse/client';
import type { EngineProcess } from '../src';
import { cleanUp, clickhouse, temporaryDir } from './support/engines';

let engine: EngineProcess;
let client: ClickHouseClient;
const clients: ClickHouseClient[] = [];

beforeAll(async () => {
  engine = await clickhouse();
  await connect(engine.url, 'default').command({ query: 'CREATE DATABASE app' });
  client = connect(engine.url, 'app');
  await client.command({
    query: `CREATE TABLE event (id Int64, name String, at DateTime64(6)) ENGINE = MergeTree ORDER BY id`,
  });
});

beforeEach(() => client.command({ query: 'TRUNCATE TABLE event' }));

afterAll(async () => {
  await Promise.all(clients.map((each) => each.close()));
  await cleanUp();
});

const at = '2026-01-02 03:04:05.123456';

test('the official client pings both ways', async () => {
  expect(await client.ping()).toEqual({ success: true });
  expect(await client.ping({ select: true })).toEqual({ success: true });
});

test('what is inserted as an array or a stream, by name or by position, is read back in every JSON format', async () => {
  const table = 'event';
  const named = await client.insert({
    table,
    values: [{ id: 1, name: 'it\'s; "x"', at }],
    format: 'JSONEachRow',
  });
  expect(named.summary).toMatchObject({ written_rows: '1', read_rows: '1' });
  await client.insert({ table, columns: ['id', 'at'], values: [[2, at]], format: 'JSONCompactEachRow' });
  const stream = Readable.from([{ id: 3, name: 'tab\tline\n', at }]);
  await client.insert({ table, values: stream, format: 'JSONEachRow' });
  await client.insert({ table, values: Readable.from([], { objectMode: true }), format: 'JSONEachRow' });

  expect(await read('SELECT * FROM event ORDER BY id', 'JSONEachRow')).toEqual([
    { id: 1, name: 'it\'s; "x"', at },
    { id: 2, name: '', at },
    { id: 3, name: 'tab\tline\n', at },
  ]);
  expect(await read('SELECT id FROM event ORDER BY id', 'JSONCompactEachRow')).toEqual([[1], [2], [3]]);
  for (const format of ['JSON', 'JSONCompact', 'JSONStrings', 'JSONColumnsWithMetadata'] as const) {
    expect(await read('SELECT id FROM event', format)).toMatchObject({
      meta: [{ name: 'id', type: 'Int64' }],
    });
  }
});

test('compression of requests and answers changes nothing', async () => {
  const compressed = connect(engine.url, 'app', true);
  const name = 'long '.repeat(100_000);
  await compressed.insert({ table: 'event', values: [{ id: 1, name, at }], format: 'JSONEachRow' });
  const result = await compressed.query({ query: 'SELECT name FROM event', format: 'JSONEachRow' });
  expect(result.response_headers).toMatchObject({
    'content-encoding': 'gzip',
    'x-clickhouse-format': 'JSONEachRow',
  });
  expect(await result.json()).toEqual([{ name }]);
});

test('query parameters cannot change the statement', async () => {
  const hostile = ["'; DROP TABLE event; --", '\\', "\\'", '`"\'', '{name:String}', 'a\tb\nc\0d', ''];
  await client.insert({ table: 'event', values: [{ id: 1, name: 'kept', at }], format: 'JSONEachRow' });
  for (const name of hostile) {
    const query =
      'SELECT {name:String} AS name, length({name:String}) AS length, {list:Array(String)} AS list';
    const query_params = { name, list: hostile };
    const result = await client.query({ query, query_params, format: 'JSONEachRow' });
    expect(await result.json()).toEqual([{ name, length: name.length, list: hostile }]);
  }
  const query = 'SELECT {n:Int32}';
  await expect(client.query({ query, query_params: { n: '1; DROP TABLE event' } })).rejects.toMatchObject({
    code: '457',
  });
  expect(await read('SELECT count() AS n FROM event', 'JSONEachRow')).toEqual([{ n: 1 }]);
});

test('more than one statement in a request is refused', async () => {
  await expect(client.command({ query: 'SELECT 1; DROP TABLE event' })).rejects.toMatchObject({ code: '62' });
  await client.command({ query: "SELECT ';' /* ; */; -- ;" });
});

test('settings of one request do not reach the next', async () => {
  const query = "SELECT getSetting('max_block_size') AS n";
  const read = async (clickhouse_settings = {}) => {
    const result = await client.query({ query, format: 'JSONEachRow', clickhouse_settings });
    return (await result.json<{ n: number }>())[0]?.n;
  };
  const usual = await read();
  expect(await read({ max_block_size: '777' })).toBe(777);
  await client.command({ query: 'SET max_block_size = 778' });
  await client.command({ query: 'CREATE TEMPORARY TABLE temporary (n Int32)' });
  const later = await Promise.all(Array.from({ length: 16 }, () => read()));
  expect(new Set(later)).toEqual(new Set([usual]));
  await expect(client.query({ query: 'SELECT * FROM temporary' })).rejects.toMatchObject({ code: '60' });
});

test("errors carry ClickHouse's code and status", async () => {
  const cases = [
    ['SELECT nope', 47, 'UNKNOWN_IDENTIFIER', 404],
    ['SELECT * FROM nope', 60, 'UNKNOWN_TABLE', 404],
    ['selec 1', 62, 'SYNTAX_ERROR', 400],
    ['SELECT throwIf(1)', 395, 'FUNCTION_THROW_IF_VALUE_IS_NON_ZERO', 500],
    ['SELECT 1 SETTINGS nope = 1', 115, 'UNKNOWN_SETTING', 404],
  ] as const;
  for (const [query, code, type, status] of cases) {
    await expect(client.command({ query })).rejects.toMatchObject({ code: String(code), type });
    const response = await fetch(engine.url, { method: 'POST', body: query });
    expect([response.status, response.headers.get('x-clickhouse-exception-code')]).toEqual([
      status,
      String(code),
    ]);
    expect(await response.text()).toMatch(
      new RegExp(`^Code: ${code}\\. DB::Exception: .*\\(${type}\\) \\(version 2`, 's'),
    );
  }
});

test('a query has the id its client gave it', async () => {
  const result = await client.query({ query: 'SELECT 1', query_id: 'mine' });
  expect(result.response_headers['x-clickhouse-query-id']).toBe('mine');
  await result.text();
});

test('a GET cannot change anything', async () => {
  const response = await fetch(`${engine.url}/?query=${encodeURIComponent('CREATE DATABASE other')}`);
  expect([response.status, response.headers.get('x-clickhouse-exception-code')]).toEqual([500, '164']);
});

test('what would be silently something else is refused', async () => {
  await expect(client.query({ query: 'SELECT 1', session_id: 's' })).rejects.toMatchObject({ code: '48' });
});

test('the server is in UTC whatever the machine is in', async () => {
  const query = "SELECT timezone() AS zone, toUnixTimestamp(toDateTime('1970-01-02 00:00:00')) AS seconds";
  expect(await read(query, 'JSONEachRow')).toEqual([{ zone: 'UTC', seconds: 86_400 }]);
});

test('two hundred requests at once each get their own answer', async () => {
  const answers = Array.from({ length: 200 }, async (_, i) => {
    const query_params = { i };
    const result = await client.query({
      query: 'SELECT {i:Int32} AS i',
      query_params,
      format: 'JSONEachRow',
    });
    return (await result.json<{ i: number }>())[0]?.i;
  });
  expect(await Promise.all(answers)).toEqual(Array.from({ length: 200 }, (_, i) => i));
});

test('a client that goes away gives its place to the next, and what it still waited for is not run', async () => {
  const abort = new AbortController();
  const insert = "INSERT INTO app.event VALUES (1, 'late', now64(6))";
  const gone = [...Array<string>(4).fill('SELECT sleep(1)'), ...Array<string>(4).fill(insert)];
  const requests = gone.map((body) => fetch(engine.url, { method: 'POST', body, signal: abort.signal }));
  setTimeout(() => abort.abort(), 200);
  const settled = await Promise.allSettled(requests);
  expect(settled.map(({ status }) => status)).toEqual(gone.map(() => 'rejected'));
  await Promise.all(Array.from({ length: 4 }, () => read('SELECT sleep(0.1)', 'JSONEachRow')));
  expect(await read('SELECT count() AS n FROM event', 'JSONEachRow')).toEqual([{ n: 0 }]);
});

describe('an answer that is asked for while it is made', () => {
  const rows = (count: number, more = '') =>
    `SELECT number, repeat('x', 1000) AS x${more} FROM numbers(${count}) FORMAT JSONEachRow`;
  const ask = (query: string, more = '') =>
    fetch(`${engine.url}/?wait_end_of_query=0&max_block_size=1000${more}`, { method: 'POST', body: query });
  const inText = async (response: Response) => (await response.text()).split('\n').slice(0, -1);

  test('is the same as one that is kept until its end', async () => {
    const query = rows(20_000);
    const kept = await fetch(engine.url, { method: 'POST', body: query });
    const streamed = await ask(query);
    expect(streamed.headers.get('content-length')).toBeNull();
    expect(streamed.headers.get('x-clickhouse-format')).toBe('JSONEachRow');
    expect(await inText(streamed)).toEqual(await inText(kept));
    expect(await inText(await ask(rows(0)))).toEqual([]);
  });

  test('begins before it is whole, and ends with who reads it', async () => {
    const gone = new AbortController();
    const url = `${engine.url}/?wait_end_of_query=0&max_block_size=1000`;
    const endless = rows(1_000_000_000);
    // More than the engine runs at a time: those that nobody reads on keep nobody else waiting.
    const answers = await Promise.all(
      Array.from({ length: 6 }, () => fetch(url, { method: 'POST', body: endless, signal: gone.signal })),
    );
    expect(answers.map(({ status }) => status)).toEqual(Array(6).fill(200));
    expect(await read('SELECT 1 AS n', 'JSONEachRow')).toEqual([{ n: 1 }]);
    const running =
      'SELECT count() AS n FROM system.processes WHERE query LIKE {like:String} AND query NOT LIKE {own:String}';
    const count = async () => {
      const query_params = { like: '%numbers(1000000000)%', own: '%system.processes%' };
      const found = await client.query({ query: running, query_params, format: 'JSONEachRow' });
      return Number((await found.json<{ n: string }>())[0]?.n);
    };
    expect(await count()).toBe(6);
    gone.abort();
    while ((await count()) > 0);
  });

  test('with an error before its first row is that error, and with a later one is broken off', async () => {
    const early = await ask('SELECT nope');
    expect([early.status, early.headers.get('x-clickhouse-exception-code')]).toEqual([404, '47']);
    expect(await early.text()).toMatch(/^Code: 47\. DB::Exception: /);
    const late = await ask(rows(20_000, ', throwIf(number = 15000)'));
    expect(late.status).toBe(200);
    await expect(late.text()).rejects.toThrow();
    expect(await read('SELECT 1 AS n', 'JSONEachRow')).toEqual([{ n: 1 }]);
  });
});

test('a server that is stopped answers what it has begun, and ends at once after that', async () => {
  const stopping = await clickhouse();
  const other = connect(stopping.url, 'default');
  await other.ping();
  const answer = other
    .query({ query: 'SELECT sleep(1) AS slept', format: 'JSONEachRow' })
    .then((r) => r.json());
  await new Promise((resolve) => setTimeout(resolve, 300));
  const started = Date.now();
  await stopping.stop();
  expect(await answer).toEqual([{ slept: 0 }]);
  expect(await stopping.exited).toEqual({ code: 0, signal: null });
  expect(Date.now() - started).toBeLessThan(2500);
});

test('rows acknowledged before a kill -9 are there after the next start', async () => {
  const dir = await temporaryDir();
  const crashing = await clickhouse({ dir });
  const writer = connect(crashing.url, 'default');
  await writer.command({ query: 'CREATE TABLE n (id Int64) ENGINE = MergeTree ORDER BY id' });
  const acknowledged: number[] = [];
  const write = async (first: number) => {
    for (let id = first; ; id += 4) {
      await writer.insert({ table: 'n', values: [{ id }], format: 'JSONEachRow' });
      acknowledged.push(id);
    }
  };
  const writing = [0, 1, 2, 3].map((first) => write(first).catch(() => undefined));
  await new Promise((resolve) => setTimeout(resolve, 1000));
  await crashing.kill();
  await Promise.all(writing);
  const { url } = await clickhouse({ dir });
  const result = await connect(url, 'default').query({ query: 'SELECT id FROM n', format: 'JSONEachRow' });
  const found = new Set((await result.json<{ id: number }>()).map(({ id }) => id));
  expect(acknowledged.length).toBeGreaterThan(20);
  expect(acknowledged.filter((id) => !found.has(id))).toEqual([]);
});

function connect(url: string, database: string, compressed = false): ClickHouseClient {
  const compression = { request: compressed, response: compressed };
  const made = createClient({ url, database, compression, log: { level: 127 } });
  clients.push(made);
  return made;
}

async function read(query: string, format: DataFormat): Promise<unknown> {
  return (await client.query({ query, format })).json();
}
