import { alternate, compare, type Line, type Side } from '../bench';
import type { DirectResult, InsertPlan } from '../processes/direct';
import { eventRequest } from '../support/capture-requests';
import { rowOf } from '../support/event';
import { latencySide, p50AndP99 } from '../support/load-side';

/** One event at a time on a service with nothing else to do; beside the insert of its row. */
export const idleLatency: Line = {
  name: 'idle-latency',
  run: async (bench) => {
    const { env } = bench;
    const [tenant, load, direct] = [await env.tenant(), await env.worker('load'), await env.worker('direct')];
    const brain = await env.brain('otas_bench');
    const url = (await env.clickhouse()).url;
    const theirs: Side = {
      run: async (durationMs) => {
        const rows = [rowOf(tenant)];
        const plan: InsertPlan = { url, database: brain.database, rows, inFlight: 1, durationMs };
        return p50AndP99((await direct.call<DirectResult>('insert', plan)).latenciesMs);
      },
    };
    const plan = { port: brain.port, requests: [eventRequest(tenant, false)], connections: 1 };
    const [reference, measured] = await alternate(bench, [theirs, latencySide(load, plan, 201)]);
    const words = { line: 'idle-latency', unit: 'ms', reference: 'the same insert by the official client' };
    return [
      compare(reference?.[0] ?? [], measured?.[0] ?? [], {
        ...words,
        what: 'latency of one event on an idle service, p50',
        target: { is: 'at most', value: 1.3 },
      }),
      compare(reference?.[1] ?? [], measured?.[1] ?? [], {
        ...words,
        what: 'the same, p99',
        target: { is: 'at most', value: 2 },
      }),
    ];
  },
};
