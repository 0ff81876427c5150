import { type ClickHouseClient, connectDirectly, eventStoreParts } from '../support/event-store-parts';
import { serveCalls } from '../support/worker';

/** A row in the order of event-store's columns: `[event_id, event_time, …, created_at]`. */
export type Row = readonly unknown[];

export interface InsertPlan {
  readonly url: string;
  readonly database: string;
  /** The rows of one insert; their ids and times are new in every insert. */
  readonly rows: readonly Row[];
  readonly inFlight: number;
  readonly durationMs: number;
}

export interface QueryPlan {
  readonly url: string;
  readonly database: string;
  readonly query: 'sessionEvents' | 'latencyPercentiles' | 'agentEventPage';
  /** Used by turns. */
  readonly parameters: readonly Record<string, unknown>[];
  readonly durationMs: number;
}

export interface DirectResult {
  readonly count: number;
  readonly elapsedMs: number;
  readonly latenciesMs: Float64Array;
}

const columns = eventStoreParts.backendEventColumns;
const clients = new Map<string, ClickHouseClient>();
let lastId = Math.floor(Math.random() * 2 ** 40);

function clientOf({ url, database }: { url: string; database: string }): ClickHouseClient {
  const key = `${url} ${database}`;
  const client = clients.get(key) ?? connectDirectly(url, database);
  clients.set(key, client);
  return client;
}

/** Inserts with the official client, and nothing else. */
function insert(plan: InsertPlan): Promise<DirectResult> {
  const client = clientOf(plan);
  return repeat(plan.durationMs, plan.inFlight, async () => {
    const values = plan.rows.map(renewed);
    await client.insert({ table: 'backend_events', columns, values, format: 'JSONCompactEachRow' });
  });
}

function renewed(row: Row): Row {
  const nowMs = Date.now();
  const time = nowMs.toString(16).padStart(12, '0');
  const id = (++lastId).toString(16).padStart(12, '0');
  const seconds = `${Math.floor(nowMs / 1000)}.${String((nowMs % 1000) * 1000).padStart(6, '0')}`;
  return [`${time.slice(0, 8)}-${time.slice(8)}-7000-8000-${id}`, seconds, ...row.slice(2, -1), seconds];
}

/** Runs a query of event-store with the official client and reads its rows, and nothing else. */
function query(plan: QueryPlan): Promise<DirectResult> {
  const client = clientOf(plan);
  let next = 0;
  return repeat(plan.durationMs, 1, async () => {
    const parameters = plan.parameters[next++ % plan.parameters.length] as Record<string, unknown>;
    const { sql, settings = {} } = eventStoreParts[plan.query];
    const result = await client.query({
      query: sql(parameters),
      query_params: parameters,
      clickhouse_settings: settings,
      format: 'JSONCompactEachRow',
    });
    await result.json();
  });
}

async function repeat(
  durationMs: number,
  inFlight: number,
  work: () => Promise<void>,
): Promise<DirectResult> {
  const startedMs = performance.now();
  let lastMs = startedMs;
  const latenciesMs: number[] = [];
  const loop = async (): Promise<void> => {
    while (performance.now() - startedMs < durationMs) {
      const beganMs = performance.now();
      await work();
      lastMs = performance.now();
      latenciesMs.push(lastMs - beganMs);
    }
  };
  await Promise.all(Array.from({ length: inFlight }, loop));
  return {
    count: latenciesMs.length,
    elapsedMs: lastMs - startedMs,
    latenciesMs: Float64Array.from(latenciesMs),
  };
}

serveCalls({ insert, query });
