import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  agentEventRow,
  backendEventRow,
  backUpEvents,
  ErasureStore,
  type ErasureTarget,
  EventStore,
  type EventStoreOptions,
  ExportStore,
  encodeRows,
  migrate,
  OtherForm,
  placeOfCursor,
  Retention,
  type RowCounts,
  restoreEvents,
  TimelineStore,
} from '@otas/event-store';
import { makeAgentEvent, makeBackendEvent } from './support/stored-events';
import { clusterName, startTwoShards, type TwoShards } from './support/two-shards';

const dir = mkdtempSync(path.join(tmpdir(), 'otas-cluster-'));
const database = `cluster_${randomUUID().replaceAll('-', '')}`;
const cluster = { name: clusterName, insertQuorum: 2 };
const base = { database, requestTimeoutMs: 20_000, connectionsMax: 4 };

interface Stores {
  readonly options: EventStoreOptions;
  readonly events: EventStore;
  readonly timeline: TimelineStore;
  readonly erasures: ErasureStore;
}

let shards: TwoShards;
let single: Stores;
let sharded: Stores;

const open = async (options: EventStoreOptions): Promise<Stores> => {
  await migrate(options);
  return {
    options,
    events: new EventStore(options),
    timeline: new TimelineStore(options),
    erasures: new ErasureStore(options),
  };
};
const both = (): Stores[] => [single, sharded];

beforeAll(async () => {
  shards = await startTwoShards(dir, database);
  single = await open({ ...base, url: process.env.TEST_CLICKHOUSE_URL as string });
  sharded = await open({ ...base, url: shards.url, cluster });
});
afterAll(async () => {
  for (const { events, timeline, erasures } of both()) {
    await Promise.all([events.close(), timeline.close(), erasures.close()]);
  }
  await shards.stop();
  rmSync(dir, { recursive: true, force: true });
});

const ask = async (sql: string): Promise<string> =>
  (await fetch(`${shards.engineUrl}/?database=${database}`, { method: 'POST', body: sql })).text();

const projectId = randomUUID();
const agentId = randomUUID();
const sessions = Array.from({ length: 12 }, () => randomUUID());
const now = Date.now() * 1000;
const day = 24 * 60 * 60 * 1_000_000;
const backendEvents = sessions.flatMap((agentSessionId, session) =>
  Array.from({ length: 9 }, (_, at) =>
    makeBackendEvent({
      ...{ projectId, agentId, agentSessionId },
      eventTime: now - (at % 3) * day + at,
      createdAt: now + session,
      path: `/${at % 4}`,
      latencyMs: session * 10 + at,
      error: at === 5 ? 'no' : null,
    }),
  ),
);
const agentEvents = sessions.flatMap((agentSessionId) =>
  Array.from({ length: 6 }, (_, at) =>
    makeAgentEvent({
      ...{ projectId, agentId, agentSessionId },
      eventTime: now - 1_000_000 + at * 1000 - (now % 1000),
      type: at % 2 === 0 ? 'tool_input' : 'tool_output',
      toolCallId: `call ${at >> 1}`,
      toolName: 'a tool',
      sequence: at,
    }),
  ),
);
const encoded = {
  backend_event: backendEvents.map((event) => encodeRows([backendEventRow(event)]).bytes),
  agent_event: agentEvents.map((event) => encodeRows([agentEventRow(event)]).bytes),
};
const capture = async ({ events }: Stores, kind: 'backend_event' | 'agent_event', rows: Buffer[]) => {
  await events.captured[kind].insertIds(rows.map((row) => ({ row, createdAt: now })));
  await events.captured[kind].insertRows(rows);
};

describe('what was captured', () => {
  beforeAll(async () => {
    // Twice, as it is sent again after an insert that failed in one shard.
    for (const stores of both()) {
      for (let times = 0; times < 2; times++) {
        await capture(stores, 'backend_event', encoded.backend_event);
        await capture(stores, 'agent_event', encoded.agent_event);
      }
    }
  });

  test('lies in both shards', async () => {
    for (const table of ['backend_events', 'agent_events', 'event_ids']) {
      const rows = await ask(
        `SELECT count() FROM ${table} GROUP BY _shard_num SETTINGS prefer_localhost_replica = 1`,
      );
      expect(rows.trim().split('\n')).toHaveLength(2);
    }
  });

  test('each session is read as from a single server', async () => {
    const read = async ({ events, timeline }: Stores, sessionId: string) => {
      const scope = { projectId, agentId, sessionId };
      const first = await events.listSessionEvents({ ...scope, limit: 4, after: null });
      const page = { ...scope, limit: 4, after: null, includeHidden: true };
      const range = { createdAfter: 0, eventTimeUntil: now + day, order: 'oldest', limit: 100 } as const;
      const items = await timeline.listPage(scope, 10, null);
      const arrivals = await timeline.listArrivals(scope, range);
      return {
        first,
        second: await events.listSessionEvents({ ...scope, limit: 9, after: first[3] ?? null }),
        agentEvents: await events.agentEvents.readPage(page),
        items,
        found: await events.agentEvents.find(scope, agentEvents[0]?.eventId ?? ''),
        summary: await timeline.summarise(scope, { pathsMax: 3, toolCallsMax: 3 }),
        arrivals: arrivals.map((arrival) => arrival.eventId).sort(),
        again: await timeline.readItems(scope, arrivals),
      };
    };
    for (const sessionId of sessions.slice(0, 6)) {
      const expected = await read(single, sessionId);
      expect(expected.first).toHaveLength(4);
      expect(expected.items).toHaveLength(10);
      expect(expected.agentEvents.totalCount).toBe(6);
      // Refuses a statement for which the shard cannot be told.
      shards.force({ force_optimize_skip_unused_shards: '2' });
      expect(await read(sharded, sessionId)).toEqual(expected);
      shards.force({});
    }
  });

  test('days of an agent, over all shards, are those of a single server', async () => {
    const range = { projectId, agentId, from: now - 3 * day, until: now + day };
    const read = async ({ events }: Stores) => ({
      paths: await events.countPathsByDay(range),
      latency: await events.computeLatencyPercentilesByDay(range),
      errors: await events.countErrorsByDay(range),
      stored: await events.countStored(projectId),
    });
    const expected = await read(single);
    expect(expected.stored).toBe(backendEvents.length + agentEvents.length);
    expect(expected.latency).toHaveLength(3);
    expect(await read(sharded)).toEqual(expected);
  });

  test('an export of an agent or a session is that of a single server, from any place on', async () => {
    const read = async ({ options }: Stores, sessionId: string | null): Promise<string[]> => {
      const store = new ExportStore(options);
      const texts: string[] = [];
      for (const kind of ['backend_event', 'agent_event'] as const) {
        const scope = { projectId, agentId, sessionId, kind, from: null, until: null };
        let text = '';
        for await (const { pieces } of store.readRows(scope, 'ndjson', null, 7)) text += pieces.join('');
        const middle = placeOfCursor(JSON.parse(text.split('\n')[2] as string).cursor);
        let rest = '';
        for await (const { pieces } of store.readRows(scope, 'ndjson', middle, 7)) rest += pieces.join('');
        texts.push(text, rest);
      }
      await store.close();
      return texts;
    };
    for (const sessionId of [null, sessions[0] as string]) {
      const expected = await read(single, sessionId);
      expect(expected[1]?.length).toBeGreaterThan(2);
      expect(expected[0]?.endsWith(expected[1] as string)).toBe(true);
      expect(await read(sharded, sessionId)).toEqual(expected);
    }
  });

  test('what is past its retention is seen no more than on a single server', async () => {
    const retention = new Retention(undefined, () => now);
    retention.rules = { defaultDays: 0, daysOf: new Map([[projectId, 1]]) };
    const range = { projectId, agentId, from: now - 3 * day, until: now + day };
    const session = { projectId, agentId, sessionId: sessions[2] as string };
    const read = async ({ options }: Stores) => {
      const [events, timeline] = [
        new EventStore({ ...options, retention }),
        new TimelineStore({ ...options, retention }),
      ];
      const seen = {
        paths: await events.countPathsByDay(range),
        listed: await events.listSessionEvents({ ...session, limit: 99, after: null }),
        items: await timeline.listPage(session, 99, null),
        summary: await timeline.summarise(session, { pathsMax: 3, toolCallsMax: 3 }),
      };
      await Promise.all([events.close(), timeline.close()]);
      return seen;
    };
    const expected = await read(single);
    // Of three days one is left, whose events are behind the time of a day ago.
    expect(expected.listed).toHaveLength(6);
    expect(await read(sharded)).toEqual(expected);
  });

  test('a backup of all shards is that of a single server', async () => {
    const [alone, all] = [path.join(dir, 'single'), path.join(dir, 'sharded')];
    const expected = await backUpEvents(single.options, alone, 0, 50);
    const made = await backUpEvents(sharded.options, all, 0, 50);
    const rows = ({ tables }: typeof made) => tables.map(({ name, rows: count }) => [name, count]);
    expect(rows(made)).toEqual(rows(expected));
    expect(rows(made)).toContainEqual(['backend_events', backendEvents.length]);
    const options = { ...single.options, database: `${database}_restored` };
    await restoreEvents(options, all);
    const restored = new EventStore(options);
    const sessionId = sessions[1] as string;
    const scope = { projectId, agentId, sessionId, limit: 9, after: null };
    expect(await restored.listSessionEvents(scope)).toEqual(await single.events.listSessionEvents(scope));
    await restored.close();
  });

  test('ids are known whichever shard has them, and no others', async () => {
    const strangers = [makeBackendEvent({ projectId }), makeBackendEvent()];
    const known = await sharded.events.captured.backend_event.findKnown([...backendEvents, ...strangers]);
    expect(known.size).toBe(backendEvents.length);
    expect([...known.values()].some(({ hasTwin }) => hasTwin)).toBe(false);
    const agents = await sharded.events.captured.agent_event.findKnown(agentEvents);
    expect(agents.size).toBe(agentEvents.length);
  });

  test('an event that was hidden or deleted is so for the next read', async () => {
    const [one, other] = agentEvents.filter((event) => event.agentSessionId === sessions[7]);
    const scope = { projectId, agentId, sessionId: sessions[7] as string };
    for (const { events } of both()) {
      const page = { ...scope, limit: 10, after: null };
      await events.agentEvents.change(scope, one as never, 'hide', now + 1);
      await events.agentEvents.change(scope, other as never, 'delete', now + 1);
      expect((await events.agentEvents.readPage({ ...page, includeHidden: true })).totalCount).toBe(5);
      expect((await events.agentEvents.readPage({ ...page, includeHidden: false })).totalCount).toBe(4);
      expect(await events.agentEvents.countDeleted(projectId)).toBe(1);
    }
  });
});

test('every table has in a cluster the columns, the key and the settings that it has on a single server', async () => {
  const tablesOf = async (url: string): Promise<Map<string, string>> => {
    const sql = `SELECT name, create_table_query FROM system.tables WHERE database = '${database}' FORMAT JSONCompact`;
    const answer = await fetch(url, { method: 'POST', body: sql });
    const { data } = (await answer.json()) as { data: [string, string][] };
    return new Map(data);
  };
  const columnsOf = (definition = '') =>
    /\((.*?)\) ENGINE/.exec(definition)?.[1]?.replace(/ CODEC\(.*?\)+/g, '');
  const alone = await tablesOf(single.options.url);
  const tables = await tablesOf(shards.engineUrl);
  expect(alone.size).toBeGreaterThan(5);
  for (const [name, definition] of alone) {
    const local = name === 'schema_migrations' ? name : `${name}_local`;
    expect(tables.get(local)?.replaceAll(`${name}_local`, name)).toBe(definition);
    if (name === 'schema_migrations') continue;
    const column = ['capture_counts', 'dead_letters'].includes(name) ? 'project_id' : 'agent_session_id';
    expect(tables.get(name)).toContain(
      `ENGINE = Distributed('${clusterName}', '${database}', '${local}', sipHash64(${column}))`,
    );
    expect(columnsOf(tables.get(name))).toBe(columnsOf(definition));
    expect(definition.includes('agent_session_id')).toBe(column === 'agent_session_id');
  }
  expect(tables.size).toBe(2 * alone.size - 1);
});

test('a read of one session asks one shard, and a read of an agent all of them', async () => {
  const shardsOf = async (condition: string): Promise<number> => {
    const plan =
      await ask(`EXPLAIN SELECT event_id FROM backend_events FINAL WHERE project_id = '${projectId}' ${condition}
      SETTINGS prefer_localhost_replica = 1, optimize_skip_unused_shards = 1`);
    return plan.match(/ReadFromMergeTree/g)?.length ?? 0;
  };
  await sharded.events.captured.backend_event.insertRows(encoded.backend_event.slice(0, 20));
  for (const sessionId of sessions) expect(await shardsOf(`AND agent_session_id = '${sessionId}'`)).toBe(1);
  expect(await shardsOf(`AND agent_id = '${agentId}'`)).toBe(2);
});

test('of an id that two instances took in for sessions in different shards only the first event is left', async () => {
  for (let times = 0; times < 6; times++) {
    const first = makeBackendEvent({ createdAt: now });
    const twin = { ...first, agentSessionId: randomUUID(), eventTime: now + 5, createdAt: now + 5 };
    const events = sharded.events.captured.backend_event;
    for (const event of [twin, first]) {
      const row = encodeRows([backendEventRow(event)]).bytes;
      await events.insertIds([{ row, createdAt: event.createdAt }]);
      await events.insertRows([row]);
    }
    expect((await events.findTwins([first])).get(events.keyOf(first))).toEqual({
      firstCreatedAt: now,
      hasTwin: true,
    });
    await events.removeLaterTwins(first, now);
    const stored = ({ agentSessionId: sessionId }: typeof first) =>
      sharded.events.listSessionEvents({ ...first, sessionId, limit: 9, after: null });
    expect(await stored(first)).toHaveLength(1);
    expect(await stored(twin)).toEqual([]);
    expect(await sharded.events.countStored(first.projectId)).toBe(1);
    expect((await events.findKnown([first])).get(events.keyOf(first))?.hasTwin).toBe(false);
  }
});

test('what instances count, and what they set aside, is found', async () => {
  const letter = { projectId, eventId: randomUUID(), createdAt: now, record: '{}', reason: 'no' };
  const counts = { taken: 3, rejected: 0, waiting: 0, dead: 1 };
  for (let times = 0; times < 2; times++) {
    await sharded.events.insertDeadLetters([letter], false, now);
    await sharded.events.writeCaptureCounts(agentId, new Map([[projectId, counts]]), now + times);
  }
  expect(await sharded.events.listDeadLetters(projectId, 9, null)).toEqual([letter]);
  expect(await sharded.events.sumCaptureCounts(projectId, randomUUID())).toEqual(counts);
});

const whole = (id: string): ErasureTarget => ({ projectId: id, agentId: null, sessionId: null });

/** Asks until nothing is found, and gives what was found first. */
async function erase(target: ErasureTarget): Promise<Map<string, RowCounts>> {
  const first = await sharded.erasures.erase([target]);
  while ((await sharded.erasures.erase([target])).size > 0) await sleep(20);
  return first;
}

test('a project is erased in every shard, and no other', async () => {
  const [erased, kept] = [randomUUID(), randomUUID()];
  for (const project of [erased, kept]) {
    const rows = sessions.map(
      (agentSessionId) =>
        encodeRows([backendEventRow(makeBackendEvent({ projectId: project, agentSessionId }))]).bytes,
    );
    await capture(sharded, 'backend_event', rows);
  }
  expect(await erase(whole(erased))).toEqual(new Map([[erased, { backend_events: 12, event_ids: 12 }]]));
  expect(await sharded.events.countStored(erased)).toBe(0);
  expect(await sharded.events.countStored(kept)).toBe(12);
  const begun = shards.statements.filter((sql) => sql.includes('ALTER TABLE'));
  expect(begun.every((sql) => sql.includes(`_local ON CLUSTER '${clusterName}'`))).toBe(true);
});

test('an agent is erased in every shard and a session in its own, and nothing of their neighbours', async () => {
  const [project, first, second] = [randomUUID(), randomUUID(), randomUUID()];
  for (const agent of [first, second]) {
    const rows = sessions.map((agentSessionId) => {
      const event = makeBackendEvent({ projectId: project, agentId: agent, agentSessionId });
      return encodeRows([backendEventRow(event)]).bytes;
    });
    await capture(sharded, 'backend_event', rows);
    const letters = rows.map((row) => {
      return { projectId: project, eventId: randomUUID(), createdAt: now, record: `B${row}`, reason: 'no' };
    });
    await sharded.events.insertDeadLetters(letters, false, now);
  }
  const [sessionId] = sessions as [string];
  const rows = (count: number) => ({ backend_events: count, event_ids: count, dead_letters: count });
  const of = { projectId: project, agentId: first };
  expect(await erase({ ...of, sessionId })).toEqual(new Map([[sessionId, rows(1)]]));
  expect(await sharded.events.countStored(project)).toBe(23);
  expect(await erase({ ...of, sessionId: null })).toEqual(new Map([[first, rows(11)]]));
  expect(await sharded.events.countStored(project)).toBe(12);
  expect(await sharded.events.listDeadLetters(project, 99, null)).toHaveLength(12);
});

test('what is past its retention is erased in every shard', async () => {
  const project = randomUUID();
  const rows = sessions.flatMap((agentSessionId) =>
    [0, 2 * day].map((age) => {
      const event = makeBackendEvent({ projectId: project, agentSessionId, eventTime: now - age });
      return encodeRows([backendEventRow(event)]).bytes;
    }),
  );
  await capture(sharded, 'backend_event', rows);
  const retention = new Retention(undefined, () => now + day / 2);
  retention.rules = { defaultDays: 0, daysOf: new Map([[project, 1]]) };
  shards.statements.length = 0;
  expect(await sharded.erasures.eraseExpired(retention)).toEqual(['backend_events', 'event_ids']);
  while ((await sharded.events.countStored(project)) > sessions.length) await sleep(20);
  expect(await sharded.events.countStored(project)).toBe(sessions.length);
  const begun = shards.statements.filter((sql) => sql.includes('ALTER TABLE'));
  expect(begun).toHaveLength(2);
  expect(begun.every((sql) => sql.includes(`_local ON CLUSTER '${clusterName}'`))).toBe(true);
});

test('migrations are run once, on all servers, and again without harm', async () => {
  expect(await migrate(sharded.options)).toEqual([]);
  expect(await ask('TRUNCATE TABLE schema_migrations')).toBe('');
  shards.statements.length = 0;
  const applied = await migrate(sharded.options);
  expect(applied.length).toBeGreaterThan(4);
  const changes = shards.statements.filter((sql) => /^\s*(CREATE|ALTER|DROP) /.test(sql));
  expect(changes.length).toBeGreaterThan(15);
  for (const sql of changes) expect(sql).toContain(` ON CLUSTER '${clusterName}'`);
  await sharded.events.check();
});

test('tables of a single server are not used as those of a cluster, nor the other way round', async () => {
  const { cluster: _, ...alone } = sharded.options;
  await expect(migrate(alone)).rejects.toBeInstanceOf(OtherForm);
  await expect(migrate({ ...single.options, cluster })).rejects.toBeInstanceOf(OtherForm);
});
