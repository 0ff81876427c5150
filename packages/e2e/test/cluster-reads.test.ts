import path from 'node:path';
import {
  backUpEvents,
  EventStore,
  ExportStore,
  placeOfCursor,
  Retention,
  restoreEvents,
  TimelineStore,
} from '@otas/event-store';
import {
  agentEvents,
  agentId,
  backendEvents,
  backendRow,
  captureAll,
  day,
  now,
  projectId,
  sessions,
} from './support/cluster-events';
import { type ClusterStores, type Stores, startClusterStores } from './support/cluster-stores';
import { makeBackendEvent } from './support/stored-events';

let stores: ClusterStores;
let single: Stores;
let sharded: Stores;
beforeAll(async () => {
  stores = await startClusterStores();
  ({ single, sharded } = stores);
});
afterAll(() => stores.stop());

describe('what was captured', () => {
  beforeAll(async () => {
    for (const each of [single, sharded]) await captureAll(each);
  });

  test('lies in both shards', async () => {
    for (const table of ['backend_events', 'agent_events', 'event_ids']) {
      const rows = await stores.ask(
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
      stores.shards.force({ force_optimize_skip_unused_shards: '2' });
      expect(await read(sharded, sessionId)).toEqual(expected);
      stores.shards.force({});
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
    const [alone, all] = [path.join(stores.dir, 'single'), path.join(stores.dir, 'sharded')];
    const expected = await backUpEvents(single.options, alone, 0, 50);
    const made = await backUpEvents(sharded.options, all, 0, 50);
    const rows = ({ tables }: typeof made) => tables.map(({ name, rows: count }) => [name, count]);
    expect(rows(made)).toEqual(rows(expected));
    expect(rows(made)).toContainEqual(['backend_events', backendEvents.length]);
    const options = { ...single.options, database: `${stores.database}_restored` };
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
    for (const { events } of [single, sharded]) {
      const page = { ...scope, limit: 10, after: null };
      await events.agentEvents.change(scope, one as never, 'hide', now + 1);
      await events.agentEvents.change(scope, other as never, 'delete', now + 1);
      expect((await events.agentEvents.readPage({ ...page, includeHidden: true })).totalCount).toBe(5);
      expect((await events.agentEvents.readPage({ ...page, includeHidden: false })).totalCount).toBe(4);
      expect(await events.agentEvents.countDeleted(projectId)).toBe(1);
    }
  });
});

test('a read of one session asks one shard, and a read of an agent all of them', async () => {
  const shardsOf = async (condition: string): Promise<number> => {
    const plan =
      await stores.ask(`EXPLAIN SELECT event_id FROM backend_events FINAL WHERE project_id = '${projectId}' ${condition}
      SETTINGS prefer_localhost_replica = 1, optimize_skip_unused_shards = 1`);
    return plan.match(/ReadFromMergeTree/g)?.length ?? 0;
  };
  await sharded.events.captured.backend_event.insertRows(backendEvents.slice(0, 20).map(backendRow));
  for (const sessionId of sessions) expect(await shardsOf(`AND agent_session_id = '${sessionId}'`)).toBe(1);
  expect(await shardsOf(`AND agent_id = '${agentId}'`)).toBe(2);
});
