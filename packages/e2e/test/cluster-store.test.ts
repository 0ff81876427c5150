import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { type ErasureTarget, migrate, OtherForm, Retention, type RowCounts } from '@otas/event-store';
import { backendRow, capture, captureAll, day, now, projectId, sessions } from './support/cluster-events';
import { type ClusterStores, type Stores, startClusterStores } from './support/cluster-stores';
import { makeBackendEvent } from './support/stored-events';
import { clusterName } from './support/two-shards';

let stores: ClusterStores;
let single: Stores;
let sharded: Stores;
beforeAll(async () => {
  stores = await startClusterStores();
  ({ single, sharded } = stores);
  // What is erased has neighbours.
  await captureAll(sharded);
});
afterAll(() => stores.stop());

/** The changes of tables that the cluster was asked for. */
const alterations = (): string[] => stores.shards.statements.filter((sql) => sql.includes('ALTER TABLE'));

test('every table has in a cluster the columns, the key and the settings that it has on a single server', async () => {
  const tablesOf = async (url: string): Promise<Map<string, string>> => {
    const sql = `SELECT name, create_table_query FROM system.tables WHERE database = '${stores.database}' FORMAT JSONCompact`;
    const answer = await fetch(url, { method: 'POST', body: sql });
    const { data } = (await answer.json()) as { data: [string, string][] };
    return new Map(data);
  };
  const columnsOf = (definition = '') =>
    /\((.*?)\) ENGINE/.exec(definition)?.[1]?.replace(/ CODEC\(.*?\)+/g, '');
  const alone = await tablesOf(single.options.url);
  const tables = await tablesOf(stores.shards.engineUrl);
  expect(alone.size).toBeGreaterThan(5);
  for (const [name, definition] of alone) {
    const local = name === 'schema_migrations' ? name : `${name}_local`;
    expect(tables.get(local)?.replaceAll(`${name}_local`, name)).toBe(definition);
    if (name === 'schema_migrations') continue;
    const column = ['capture_counts', 'dead_letters'].includes(name) ? 'project_id' : 'agent_session_id';
    expect(tables.get(name)).toContain(
      `ENGINE = Distributed('${clusterName}', '${stores.database}', '${local}', sipHash64(${column}))`,
    );
    expect(columnsOf(tables.get(name))).toBe(columnsOf(definition));
    expect(definition.includes('agent_session_id')).toBe(column === 'agent_session_id');
  }
  expect(tables.size).toBe(2 * alone.size - 1);
});

test('of an id that two instances took in for sessions in different shards only the first event is left', async () => {
  for (let times = 0; times < 6; times++) {
    const first = makeBackendEvent({ createdAt: now });
    const twin = { ...first, agentSessionId: randomUUID(), eventTime: now + 5, createdAt: now + 5 };
    const events = sharded.events.captured.backend_event;
    for (const event of [twin, first]) {
      const row = backendRow(event);
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
  const instanceId = randomUUID();
  const counts = { taken: 3, rejected: 0, waiting: 0, dead: 1 };
  for (let times = 0; times < 2; times++) {
    await sharded.events.insertDeadLetters([letter], false, now);
    await sharded.events.writeCaptureCounts(instanceId, new Map([[projectId, counts]]), now + times);
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
    const rows = sessions.map((agentSessionId) =>
      backendRow(makeBackendEvent({ projectId: project, agentSessionId })),
    );
    await capture(sharded, 'backend_event', rows);
  }
  expect(await erase(whole(erased))).toEqual(new Map([[erased, { backend_events: 12, event_ids: 12 }]]));
  expect(await sharded.events.countStored(erased)).toBe(0);
  expect(await sharded.events.countStored(kept)).toBe(12);
  const begun = alterations();
  expect(begun.every((sql) => sql.includes(`_local ON CLUSTER '${clusterName}'`))).toBe(true);
});

test('an agent is erased in every shard and a session in its own, and nothing of their neighbours', async () => {
  const [project, first, second] = [randomUUID(), randomUUID(), randomUUID()];
  for (const agent of [first, second]) {
    const rows = sessions.map((agentSessionId) =>
      backendRow(makeBackendEvent({ projectId: project, agentId: agent, agentSessionId })),
    );
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
    [0, 2 * day].map((age) =>
      backendRow(makeBackendEvent({ projectId: project, agentSessionId, eventTime: now - age })),
    ),
  );
  await capture(sharded, 'backend_event', rows);
  const retention = new Retention(undefined, () => now + day / 2);
  retention.rules = { defaultDays: 0, daysOf: new Map([[project, 1]]) };
  stores.shards.statements.length = 0;
  expect(await sharded.erasures.eraseExpired(retention)).toEqual(['backend_events', 'event_ids']);
  while ((await sharded.events.countStored(project)) > sessions.length) await sleep(20);
  expect(await sharded.events.countStored(project)).toBe(sessions.length);
  const begun = alterations();
  expect(begun).toHaveLength(2);
  expect(begun.every((sql) => sql.includes(`_local ON CLUSTER '${clusterName}'`))).toBe(true);
});

test('migrations are run once, on all servers, and again without harm', async () => {
  expect(await migrate(sharded.options)).toEqual([]);
  expect(await stores.ask('TRUNCATE TABLE schema_migrations')).toBe('');
  stores.shards.statements.length = 0;
  const applied = await migrate(sharded.options);
  expect(applied.length).toBeGreaterThan(4);
  const changes = stores.shards.statements.filter((sql) => /^\s*(CREATE|ALTER|DROP) /.test(sql));
  expect(changes.length).toBeGreaterThan(15);
  for (const sql of changes) expect(sql).toContain(` ON CLUSTER '${clusterName}'`);
  await sharded.events.check();
});

test('tables of a single server are not used as those of a cluster, nor the other way round', async () => {
  const { cluster = null, ...alone } = sharded.options;
  await expect(migrate(alone)).rejects.toBeInstanceOf(OtherForm);
  await expect(migrate({ ...single.options, cluster })).rejects.toBeInstanceOf(OtherForm);
});
