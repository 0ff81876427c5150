import { randomUUID } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import type { EngineProcess } from '@otas/embedded';
import {
  agentEventRow,
  backendEventRow,
  backUpEvents,
  EventStore,
  ExportStore,
  encodeRows,
  MigrationRefused,
  migrate,
  TimelineStore,
} from '@otas/event-store';
import { type ClickHouseUser, startClickHouseAs } from './support/clickhouse-as';
import { makeAgentEvent, makeBackendEvent } from './support/stored-events';

const dir = mkdtempSync(path.join(tmpdir(), 'otas-clickhouse-'));
const passwords = ['WRITER', 'READER', 'MIGRATOR'].map((name) => `CLICKHOUSE_${name}_PASSWORD`);
const nowMicros = Date.now() * 1000;
const scope = { projectId: randomUUID(), agentId: randomUUID(), sessionId: randomUUID() };
const ids = { projectId: scope.projectId, agentId: scope.agentId, agentSessionId: scope.sessionId };
const change = { eventId: randomUUID(), eventTime: Math.floor(nowMicros / 1000) * 1000 };
const letter = {
  projectId: scope.projectId,
  eventId: randomUUID(),
  createdAt: nowMicros,
  record: '{}',
  reason: 'x',
};

let engine: EngineProcess | null = null;

beforeAll(() => {
  for (const name of passwords) process.env[name] = 'a password';
});
afterAll(async () => {
  await engine?.stop();
  for (const name of passwords) delete process.env[name];
  rmSync(dir, { recursive: true, force: true });
});

/** Lets everybody be another user of the same database from now on. */
async function become(user: ClickHouseUser): Promise<void> {
  await engine?.stop();
  engine = null;
  engine = await startClickHouseAs(user, dir);
}

const optionsOf = ({ url }: EngineProcess) => ({
  url,
  database: 'otas',
  requestTimeoutMs: 20_000,
  connectionsMax: 4,
});
const options = () => optionsOf(engine as EngineProcess);

async function ask(sql: string): Promise<string> {
  const answer = await fetch((engine as EngineProcess).url, { method: 'POST', body: sql });
  return answer.text();
}

async function withStore<T>(use: (store: EventStore) => Promise<T>): Promise<T> {
  const store = new EventStore(options());
  try {
    return await use(store);
  } finally {
    await store.close();
  }
}

describe('otas_writer before the migrations', () => {
  beforeAll(() => become('otas_writer'));

  test('is told to let somebody migrate who may', async () => {
    await expect(migrate(options())).rejects.toBeInstanceOf(MigrationRefused);
  });
});

describe('otas_migrator', () => {
  beforeAll(() => become('otas_migrator'));

  test('can run every migration, into an empty server and again', async () => {
    expect((await migrate(options())).length).toBeGreaterThan(4);
    expect(await migrate(options())).toEqual([]);
  });

  test.each([
    'CREATE DATABASE other',
    'DROP DATABASE otas',
    'CREATE USER other',
    'SELECT * FROM system.users',
  ])('cannot %s', async (sql) => {
    expect(await ask(sql)).toContain('ACCESS_DENIED');
  });
});

describe('otas_writer', () => {
  beforeAll(() => become('otas_writer'));

  test('can do all that taking events in needs, and finds nothing to migrate', async () => {
    expect(await migrate(options())).toEqual([]);
    await withStore(async (store) => {
      await store.check();
      const backendEvent = makeBackendEvent({ ...ids, eventTime: nowMicros });
      await store.captured.backend_event.insertRows([encodeRows([backendEventRow(backendEvent)]).bytes]);
      const row = encodeRows([agentEventRow(makeAgentEvent({ ...ids, ...change }))]).bytes;
      await store.captured.agent_event.insertRows([row]);
      await store.captured.agent_event.insertIds([{ createdAt: nowMicros, row }]);
      expect(
        await store.captured.agent_event.findKnown([makeAgentEvent({ ...ids, ...change })]),
      ).toHaveProperty('size', 1);
      await store.captured.backend_event.removeLaterTwins(backendEvent, nowMicros);
      await store.agentEvents.change(scope, change, 'hide', nowMicros + 1);
      await store.insertDeadLetters([letter], false, nowMicros);
      await store.writeCaptureCounts(randomUUID(), new Map([[scope.projectId, counts]]), nowMicros);
    });
  });

  test('can back everything up', async () => {
    const { tables } = await backUpEvents(options(), path.join(dir, 'backup'), 0);
    const rows = new Map(tables.map(({ name, rows: count }) => [name, count]));
    expect([rows.get('backend_events'), rows.get('event_ids'), rows.get('dead_letters')]).toEqual([1, 1, 1]);
  });

  test('can erase what belongs to a project, and see whether that is done', async () => {
    expect(await ask(`ALTER TABLE otas.event_ids DELETE WHERE project_id = '${randomUUID()}'`)).toBe('');
    expect(await ask('SELECT count() FROM system.mutations')).toMatch(/^\d+\n$/);
  });

  test.each([
    'CREATE TABLE otas.other (a Int8) ENGINE = Memory',
    'DROP TABLE otas.backend_events',
    'TRUNCATE TABLE otas.backend_events',
    'ALTER TABLE otas.backend_events DROP COLUMN path',
    'SELECT * FROM system.users',
    "SELECT * FROM url('http://127.0.0.1:1/')",
    "SELECT * FROM file('/etc/passwd', LineAsString)",
  ])('cannot %s', async (sql) => {
    expect(await ask(sql)).toContain('ACCESS_DENIED');
  });
});

describe('otas_reader', () => {
  beforeAll(() => become('otas_reader'));

  test('can do all that reading needs', async () => {
    const { projectId, agentId } = scope;
    const range = { projectId, agentId, from: nowMicros - 1, until: nowMicros + 1 };
    await withStore(async (store) => {
      await store.check();
      expect(await store.listSessionEvents({ ...scope, limit: 10, after: null })).toHaveLength(1);
      expect(await store.countErrorsByDay(range)).toEqual([]);
      expect(await store.computeLatencyPercentilesByDay(range)).toHaveLength(1);
      expect(await store.countPathsByDay(range)).toHaveLength(1);
      expect(await store.listDeadLetters(projectId, 10, null)).toHaveLength(1);
      expect((await store.sumCaptureCounts(projectId, randomUUID())).taken).toBe(counts.taken);
      const page = { ...scope, limit: 10, after: null, includeHidden: true };
      expect((await store.agentEvents.readPage(page)).events).toMatchObject([{ isHidden: true }]);
    });
  });

  test('can export', async () => {
    const store = new ExportStore(options());
    const range = {
      projectId: scope.projectId,
      agentId: scope.agentId,
      sessionId: null,
      from: null,
      until: null,
    };
    try {
      let text = '';
      for await (const { pieces } of store.readRows(
        { ...range, kind: 'backend_event' },
        'ndjson',
        null,
        1024,
      ))
        text += pieces.join('');
      expect(JSON.parse(text)).toMatchObject({ project_id: scope.projectId });
      const file = await store.readParquet({ ...range, kind: 'backend_event' }, 10);
      expect((await buffer(file as Readable)).subarray(0, 4).toString()).toBe('PAR1');
    } finally {
      await store.close();
    }
  });

  test('can read a timeline and its summary', async () => {
    const timeline = new TimelineStore(options());
    try {
      expect(await timeline.listPage(scope, 10, null)).toHaveLength(1);
      const arrivals = { createdAfter: 0, eventTimeUntil: nowMicros, order: 'oldest', limit: 10 } as const;
      const bounds = { pathsMax: 10, toolCallsMax: 10 };
      expect((await timeline.summarise(scope, bounds)).backendEvents).toBe(1);
      expect(await timeline.listArrivals(scope, arrivals)).not.toHaveLength(0);
    } finally {
      await timeline.close();
    }
  });

  test.each([
    'INSERT INTO otas.event_ids SELECT * FROM otas.event_ids',
    'ALTER TABLE otas.event_ids DELETE WHERE 1',
    'CREATE TABLE otas.other (a Int8) ENGINE = Memory',
    'DROP TABLE otas.backend_events',
    'SELECT * FROM system.users',
  ])('cannot %s', async (sql) => {
    expect(await ask(sql)).toMatch(/ACCESS_DENIED|READONLY/);
  });

  // 0 is what ClickHouse takes for no bound.
  test.each([1_200_000_000, 0])('cannot allow itself more memory: %d', async (bytes) => {
    expect(await ask(`SELECT 1 SETTINGS max_memory_usage = ${bytes}`)).toContain('SETTING_CONSTRAINT');
  });

  test('goes to disk before it takes all the memory that one statement may have', async () => {
    const settings = await ask(
      `SELECT toUInt64(getSetting('max_memory_usage')) > 2 * toUInt64(getSetting('max_bytes_before_external_group_by')),
        toUInt64(getSetting('max_memory_usage')) > 2 * toUInt64(getSetting('max_bytes_before_external_sort'))`,
    );
    expect(settings).toBe('1\t1\n');
  });

  test('the engine took every setting of the server, and knows its name', async () => {
    const wanted = new Map(serverSettings());
    const known = await ask('SELECT name, value FROM system.server_settings');
    const values = new Map(
      known
        .trim()
        .split('\n')
        .map((line) => line.split('\t') as [string, string]),
    );
    expect(wanted.size).toBeGreaterThan(15);
    for (const [name, value] of wanted) {
      const taken = values.get(name);
      // 0 stands for a part that only a whole server has: of that one the engine knows no more than the name.
      if (taken !== '0') expect({ name, value: taken }).toEqual({ name, value });
    }
  });

  test('the engine took every default of tables, which its number of merges allows', async () => {
    const changed = await ask('SELECT name, value FROM system.merge_tree_settings WHERE changed');
    const wanted = settingsIn(section('merge_tree'));
    expect(wanted).toHaveLength(3);
    expect(new Set(changed.trim().split('\n'))).toEqual(new Set(wanted.map((pair) => pair.join('\t'))));
    const server = new Map(serverSettings());
    const ratio = Number(server.get('background_merges_mutations_concurrency_ratio'));
    const mergesAtOnce = Number(server.get('background_pool_size')) * ratio;
    for (const [, value] of wanted) expect(Number(value)).toBeLessThanOrEqual(mergesAtOnce);
  });
});

const configText = readFileSync(
  path.join(__dirname, '..', '..', '..', 'infra', 'clickhouse', 'config.d', 'otas.xml'),
  'utf8',
).replace(/<!--[\s\S]*?-->/g, '');

function section(name: string): string {
  return new RegExp(`<${name}>([\\s\\S]*?)</${name}>`).exec(configText)?.[1] ?? '';
}

function settingsIn(xml: string): [name: string, value: string][] {
  return [...xml.matchAll(/<(\w+)>([^<]+)<\/\1>/g)].map(([, name, value]) => [
    name as string,
    value as string,
  ]);
}

/** The plain settings at the top of the file; what stands in sections belongs to other parts of the server. */
function serverSettings(): [string, string][] {
  const names = ['query_cache', 'merge_tree', 'logger', 'query_log'];
  return settingsIn(names.reduce((xml, name) => xml.replace(section(name), ''), configText));
}

const counts = { taken: 7, rejected: 0, waiting: 0, dead: 1 };
