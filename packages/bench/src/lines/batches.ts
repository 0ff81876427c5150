import { alternate, compare, type Line, type Side } from '../bench';
import type { DirectResult, InsertPlan } from '../processes/direct';
import { batchRequest } from '../support/capture-requests';
import { rowOf } from '../support/event';
import { rateSide } from '../support/load-side';
import { idPlacesIn } from '../support/request';

const batchEvents = 500;
const inFlight = 4;

/** Batches, as SDKs send them; beside the official client that inserts the same rows. */
export const batches: Line = {
  name: 'batches',
  run: async (bench) => {
    const { env } = bench;
    const [tenant, load, direct] = [await env.tenant(), await env.worker('load'), await env.worker('direct')];
    const brain = await env.brain('otas_bench');
    const url = (await env.clickhouse()).url;
    const rows = Array.from({ length: batchEvents }, () => rowOf(tenant));
    const theirs: Side = {
      run: async (durationMs) => {
        const plan: InsertPlan = { url, database: brain.database, rows, inFlight, durationMs };
        const { count, elapsedMs } = await direct.call<DirectResult>('insert', plan);
        return [(count * batchEvents) / (elapsedMs / 1000)];
      },
    };
    const sideOf = (isNamed: boolean): Side => {
      const request = batchRequest(tenant, batchEvents, isNamed);
      const plan = {
        port: brain.port,
        requests: [request],
        connections: inFlight,
        idPlaces: idPlacesIn(request),
      };
      return rateSide(load, plan, 201, batchEvents);
    };
    const [reference, plain, named] = await alternate(bench, [theirs, sideOf(false), sideOf(true)]);
    const words = {
      line: 'batches',
      unit: 'events/s',
      reference: 'official client, same rows, same table, 4 inserts in flight',
    };
    return [
      compare(reference?.[0] ?? [], plain?.[0] ?? [], {
        ...words,
        what: 'batches of 500, 4 in flight, durable events per second',
        target: { is: 'at least', value: 0.85 },
      }),
      compare(reference?.[0] ?? [], named?.[0] ?? [], {
        ...words,
        what: 'the same, each event with an id of its own',
        target: null,
      }),
    ];
  },
};
