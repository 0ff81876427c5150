import { alternate, type Bench, compare, type Figure, type Line, type Side } from '../bench';
import type { DirectResult, QueryPlan } from '../processes/direct';
import type { Brain } from '../support/environment';
import { latencySide, p50AndP99 } from '../support/load-side';
import { requestBytes } from '../support/request';
import type { Tenant } from '../support/tenant';

const [eventCount, batchSize, pageSize] = [100_000, 500, 100];
/** How far Brain looks ahead, in events of an average session. */
const eventsAhead = 2000 + pageSize + 1;

/** Pages of one long session of agent events: the first, the middle and the last one. */
export const agentPages: Line = {
  name: 'agent-pages',
  run: async (bench) => {
    const tenant = await bench.env.tenant();
    const brain = await bench.env.brain('otas_bench_agent_events');
    bench.progress(`recording ${eventCount.toLocaleString('en')} agent events, and reading them all`);
    await record(brain, tenant);
    const pages = await findPages(bench, brain, tenant);
    const [load, direct] = [await bench.env.worker('load'), await bench.env.worker('direct')];
    const { url } = await bench.env.clickhouse();
    const sides = pages.flatMap(({ path, parameters }): Side[] => {
      const requests = [requestBytes('GET', path, credentialOf(tenant), null)];
      const plan = {
        url,
        database: brain.database,
        query: 'agentEventPage' as const,
        parameters: [parameters],
      };
      const theirs: Side = {
        run: async (durationMs) => {
          const call: QueryPlan = { ...plan, durationMs };
          return p50AndP99((await direct.call<DirectResult>('query', call)).latenciesMs);
        },
      };
      return [theirs, latencySide(load, { port: brain.port, requests, connections: 1 }, 200)];
    });
    return toFigures(pages, await alternate(bench, sides));
  },
};

interface Page {
  readonly name: string;
  readonly path: string;
  /** Of the same page for event-store's query. */
  readonly parameters: Record<string, unknown>;
}

function toFigures(pages: readonly Page[], measured: readonly number[][][]): Figure[] {
  const p50s = (side: number): number[] => measured[side]?.[0] ?? [];
  const ours = pages.map((_, at) => p50s(2 * at + 1));
  const byRound = (ours[0] ?? []).map((_, round) => ours.map((rounds) => rounds[round] ?? Number.NaN));
  const words = { line: 'agent-pages', unit: 'ms' };
  return [
    ...pages.map(({ name }, at) =>
      compare(p50s(2 * at), ours[at] ?? [], {
        ...words,
        what: `${name} page of ${pageSize} out of ${eventCount.toLocaleString('en')} agent events, over HTTP, p50`,
        reference: 'the same query by the official client alone',
        target: { is: 'at most', value: 1.4 },
      }),
    ),
    compare(
      byRound.map((round) => Math.min(...round)),
      byRound.map((round) => Math.max(...round)),
      {
        ...words,
        what: 'the slowest of these pages',
        reference: 'the fastest of them',
        target: { is: 'at most', value: 1.5 },
      },
    ),
  ];
}

const credentialOf = ({ userToken }: Tenant) => ({ Authorization: `Bearer ${userToken}` });

function pathOf({ agentId, sessionId }: Tenant): string {
  return `/v2/agents/agt_${agentId}/sessions/ase_${sessionId}/events`;
}

async function record(brain: Brain, tenant: Tenant): Promise<void> {
  const content = 'It should have come on Tuesday, so I look up where the parcel was last seen. '.repeat(5);
  for (let at = 0; at < eventCount; at += batchSize) {
    const events = Array.from({ length: batchSize }, (_, index) => ({
      type: 'thinking',
      content: `${at + index} ${content}`,
    }));
    const response = await fetch(`http://127.0.0.1:${brain.port}${pathOf(tenant)}`, {
      method: 'POST',
      headers: tenant.agent,
      body: JSON.stringify({ events }),
    });
    if (response.status !== 201)
      throw new Error(`agent events got ${response.status}: ${await response.text()}`);
    await response.arrayBuffer();
  }
}

/** A page key is only known to who has read the page before. */
async function findPages(bench: Bench, brain: Brain, tenant: Tenant): Promise<Page[]> {
  const paths: string[] = [];
  for (let key: string | undefined = ''; key !== undefined; ) {
    const path: string = `${pathOf(tenant)}?limit=${pageSize}${key === '' ? '' : `&page_key=${key}`}`;
    const response = await fetch(`http://127.0.0.1:${brain.port}${path}`, { headers: credentialOf(tenant) });
    paths.push(path);
    key = ((await response.json()) as { metadata: { page_key?: string } }).metadata.page_key;
  }
  const client = await bench.env.client(brain.database);
  const result = await client.query({
    query: `SELECT toUnixTimestamp64Milli(event_time) * 1000, sequence, event_id FROM agent_events FINAL
      ORDER BY event_time, sequence`,
    format: 'JSONCompactEachRow',
  });
  const places = await result.json<[time: number, sequence: number, id: string]>();
  const [first, last] = [places[0]?.[0] ?? 0, places.at(-1)?.[0] ?? 0];
  const { projectId, agentId, sessionId } = tenant;
  return [
    { name: 'first', page: 0 },
    { name: 'middle', page: Math.floor(paths.length / 2) },
    { name: 'last', page: paths.length - 1 },
  ].map(({ name, page }) => {
    const place = places[page * pageSize - 1];
    const [afterTime, afterSequence, afterId] = place ?? [0, 0, ''];
    const end =
      (place === undefined ? first : afterTime) + Math.ceil((eventsAhead * (last - first)) / eventCount);
    return {
      name,
      path: paths[page] ?? '',
      parameters: {
        ...{ projectId, agentId, sessionId, limit: pageSize + 1, includeHidden: false },
        ...{ afterTime, afterSequence, afterId, hasPlace: place !== undefined },
        untilTime: end < last ? end : null,
      },
    };
  });
}
