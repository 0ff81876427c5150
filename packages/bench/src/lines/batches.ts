import { alternate, compare, type Line, type Side } from '../bench';
import type { DirectResult, InsertPlan } from '../processes/direct';
import { batchRequest } from '../support/capture-requests';
import { rowOf } from '../support/event';
import { rateSide, storedRateSide } from '../support/load-side';
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
    const onDisk = await env.brain('otas_bench_on_disk', { CAPTURE_VISIBLE_WAIT_MS: '0' });
    const url = (await env.clickhouse()).url;
    const rows = Array.from({ length: batchEvents }, () => rowOf(tenant));
    const theirs: Side = {
      run: async (durationMs) => {
        const plan: InsertPlan = { url, database: brain.database, rows, inFlight, durationMs };
        const { count, elapsedMs } = await direct.call<DirectResult>('insert', plan);
        return [(count * batchEvents) / (elapsedMs / 1000)];
      },
    };
    const planOf = (port: number, isNamed: boolean) => {
      const request = batchRequest(tenant, batchEvents, isNamed);
      return { port, requests: [request], connections: inFlight, idPlaces: idPlacesIn(request) };
    };
    const sideOf = (isNamed: boolean) => rateSide(load, planOf(brain.port, isNamed), 201, batchEvents);
    const client = await env.client(onDisk.database);
    const stored = storedRateSide(load, planOf(onDisk.port, false), client, batchEvents);
    const sides = [theirs, sideOf(false), stored, sideOf(true)];
    const [reference, plain, unwaited, named] = await alternate(bench, sides);
    const words = {
      line: 'batches',
      unit: 'events/s',
      reference: 'official client, same rows, same table, 4 inserts in flight',
    };
    return [
      compare(reference?.[0] ?? [], plain?.[0] ?? [], {
        ...words,
        what: 'batches of 500, 4 in flight, 201s in ClickHouse',
        target: { is: 'at least', value: 0.85 },
      }),
      compare(reference?.[0] ?? [], unwaited?.[0] ?? [], {
        ...words,
        what: 'batches of 500, 4 in flight, 201s on disk',
        target: { is: 'at least', value: 0.85 },
      }),
      compare(reference?.[0] ?? [], named?.[0] ?? [], {
        ...words,
        what: 'batches of 500, 4 in flight, 201s in ClickHouse, each event with an id of its own',
        target: null,
      }),
    ];
  },
};
