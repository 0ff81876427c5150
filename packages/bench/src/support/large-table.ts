import type { Bench } from '../bench';
import type { Brain } from './environment';
import { type ClickHouseClient, eventStoreParts } from './event-store-parts';
import { untilMerged } from './stored';
import type { Tenant } from './tenant';

/** A tenth of the events are the tenant's agent's; a session has as many events. */
const agents = 10;
export const sessionEvents = 200;

const idColumns = 'project_id, event_id, agent_id, agent_session_id, event_time, created_at';

const dayMicros = 24 * 60 * 60 * 1_000_000;
/** The days over which the events are spread, up to yesterday. */
export const days = 28;
const mergeTimeoutMs = 60_000;

export interface LargeTable {
  readonly brain: Brain;
  /** Sessions of the tenant's agent, in no order. */
  readonly sessionIds: readonly string[];
  /** The begin of the first day and the end of the last, in microseconds. */
  readonly from: number;
  readonly until: number;
}

let made: Promise<LargeTable> | undefined;

/** The table with many events, each with an id that a client sent, made inside ClickHouse; the same one each time. */
export function largeTable(bench: Bench): Promise<LargeTable> {
  made ??= make(bench);
  return made;
}

async function make(bench: Bench): Promise<LargeTable> {
  const { env } = bench;
  const brain = await env.brain('otas_bench_large');
  const client = await env.client(brain.database);
  const tenant = await env.tenant();
  const until = Math.floor((Date.now() * 1000) / dayMicros) * dayMicros;
  const from = until - days * dayMicros;
  bench.progress(`making ${bench.storedEvents.toLocaleString('en')} events inside ClickHouse`);
  await fill(client, tenant, bench.storedEvents / agents, from);
  await client.command({
    query: `INSERT INTO event_ids (${idColumns}) SELECT ${idColumns} FROM backend_events`,
  });
  await untilMerged(client, mergeTimeoutMs);
  const result = await client.query({
    query: `SELECT DISTINCT agent_session_id FROM backend_events
      WHERE project_id = {projectId:UUID} AND agent_id = {agentId:UUID} ORDER BY cityHash64(agent_session_id) LIMIT 1000`,
    query_params: { projectId: tenant.projectId, agentId: tenant.agentId },
    format: 'JSONCompactEachRow',
  });
  const sessionIds = (await result.json<[string]>()).map(([id]) => id);
  return { brain, sessionIds, from, until };
}

/** One statement an agent; the first agent is the tenant's. */
async function fill(client: ClickHouseClient, tenant: Tenant, perAgent: number, from: number): Promise<void> {
  for (let agent = 0; agent < agents; agent++) {
    const agentId =
      agent === 0 ? `'${tenant.agentId}'` : `reinterpret(sipHash128('agent', ${agent}), 'UUID')`;
    const values: Record<string, string> = {
      event_id: 'generateUUIDv4()',
      event_time: `fromUnixTimestamp64Micro(toInt64(begin + number % ${sessionEvents} * 1300000 + number % 977), 'UTC')`,
      project_id: `'${tenant.projectId}'`,
      agent_id: agentId,
      agent_session_id: `reinterpret(sipHash128(session), 'UUID')`,
      path: `concat('/v1/tools/', toString(number % 20))`,
      method: `'POST'`,
      status_code: 'if(number % 50 = 0, 500, 200)',
      latency_ms: '20 + (cityHash64(number) % 1000000) / 1000',
      request_size_bytes: '412',
      response_size_bytes: '598',
      request_headers: `'{"content-type":"application/json","accept":"application/json","user-agent":"support-agent/2.4.1 (node)"}'`,
      request_body: `concat('{"model":"large-2","temperature":0.2,"messages":[{"role":"user","content":"Where is my order ', toString(cityHash64(number)), '? It should have come on Tuesday."}]}')`,
      query_params: `'stream=false&user=1842'`,
      post_data: 'NULL',
      response_headers: `'{"content-type":"application/json","x-ratelimit-remaining":"4987"}'`,
      response_body: `concat('{"id":"cmpl-', toString(number), '","choices":[{"role":"assistant","content":"It left our warehouse on Monday and arrives tomorrow."}],"usage":{"prompt_tokens":61,"completion_tokens":18}}')`,
      request_content_type: `'application/json'`,
      response_content_type: `'application/json'`,
      custom_properties: `'{"step":7,"tool":"orders.lookup","retry":false}'`,
      error: `if(number % 50 = 0, 'upstream failed', NULL)`,
      metadata: `'{"sdk":"node/1.0.0","region":"eu-central-1"}'`,
      redacted_fields: '[]',
      created_at: `fromUnixTimestamp64Micro(toInt64(begin + number % ${sessionEvents} * 1300000 + 500), 'UTC')`,
    };
    const columns = eventStoreParts.backendEventColumns;
    const expressions = columns.map((name) => {
      const expression = values[name];
      if (expression === undefined) throw new Error(`the large table has no values for the column ${name}`);
      return `${expression} AS value_${name}`;
    });
    await client.command({
      query: `INSERT INTO backend_events (${columns.join(', ')})
        WITH intDiv(number, ${sessionEvents}) AS session,
          ${from} + cityHash64(session) % ${days * 24 - 1} * 3600000000 AS begin
        SELECT ${expressions.join(', ')} FROM numbers(${agent * perAgent}, ${perAgent})
        SETTINGS max_insert_block_size = 262144, max_block_size = 65536`,
    });
  }
}
