import { alternate, type Bench, compare, type Figure, type Line, type Side } from '../bench';
import type { DirectResult, QueryPlan } from '../processes/direct';
import { type LargeTable, largeTable, sessionEvents } from '../support/large-table';
import { latencySide, p50AndP99 } from '../support/load-side';
import { requestBytes } from '../support/request';
import type { Tenant } from '../support/tenant';

/** One page of a session out of a large table. */
export const sessionRead: Line = {
  name: 'session-read',
  run: async (bench) => {
    const { table, tenant } = await tableAndTenant(bench);
    const scope = { projectId: tenant.projectId, agentId: tenant.agentId };
    const requests = table.sessionIds.map((id) => {
      const query = `session_id=${id}&limit=${sessionEvents}`;
      return requestBytes('GET', `/api/v1/agent/session/events/?${query}`, tenant.reader, null);
    });
    const parameters = table.sessionIds.map((sessionId) => {
      // One more than is answered, to know whether there is a next page; as Brain does.
      return { ...scope, sessionId, limit: sessionEvents + 1, afterTime: 0, afterId: '', hasPlace: false };
    });
    const what = `200 events of a session out of ${million(bench.storedEvents)}, over HTTP, p50`;
    return measure(bench, {
      line: 'session-read',
      query: 'sessionEvents',
      requests,
      parameters,
      what,
      most: 1.3,
    });
  },
};

/** Exact percentiles of a tenth of a large table. */
export const percentiles: Line = {
  name: 'percentiles',
  run: async (bench) => {
    const { table, tenant } = await tableAndTenant(bench);
    const { from, until } = table;
    const date = (micros: number): string => new Date(micros / 1000).toISOString().slice(0, 10);
    const path = `/api/v1/agent/latency-percentiles/?start_date=${date(from)}&end_date=${date(until - 1)}`;
    const requests = [requestBytes('GET', path, tenant.reader, null)];
    const parameters = [{ projectId: tenant.projectId, agentId: tenant.agentId, from, until }];
    const what = `exact percentiles by day of an agent with ${million(bench.storedEvents / 10)} events, p50`;
    return measure(bench, {
      line: 'percentiles',
      query: 'latencyPercentiles',
      requests,
      parameters,
      what,
      most: 1.15,
    });
  },
};

interface Read {
  readonly line: string;
  readonly what: string;
  readonly query: QueryPlan['query'];
  readonly requests: readonly Buffer[];
  readonly parameters: QueryPlan['parameters'];
  /** The target. */
  readonly most: number;
}

async function measure(bench: Bench, read: Read): Promise<Figure[]> {
  const { env } = bench;
  const { brain } = await largeTable(bench);
  const [load, direct] = [await env.worker('load'), await env.worker('direct')];
  const { query, parameters } = read;
  const url = (await env.clickhouse()).url;
  const theirs: Side = {
    run: async (durationMs) => {
      const plan: QueryPlan = { url, database: brain.database, query, parameters, durationMs };
      return p50AndP99((await direct.call<DirectResult>('query', plan)).latenciesMs);
    },
  };
  const ours = latencySide(load, { port: brain.port, requests: read.requests, connections: 1 }, 200);
  const [reference, measured] = await alternate(bench, [theirs, ours]);
  const figure = compare(reference?.[0] ?? [], measured?.[0] ?? [], {
    line: read.line,
    what: read.what,
    unit: 'ms',
    reference: 'the same query by the official client alone',
    target: { is: 'at most', value: read.most },
  });
  return [figure];
}

async function tableAndTenant(bench: Bench): Promise<{ table: LargeTable; tenant: Tenant }> {
  return { table: await largeTable(bench), tenant: await bench.env.tenant() };
}

function million(count: number): string {
  return count.toLocaleString('en');
}
