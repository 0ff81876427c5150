import { alternate, compare, type Line, type Side } from '../bench';
import type { DirectResult, InsertPlan } from '../processes/direct';
import { batchRequest } from '../support/capture-requests';
import type { Brain } from '../support/environment';
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
    const unwaited = { CAPTURE_VISIBLE_WAIT_MS: '0' };
    const onDisk = await env.brain('otas_bench_on_disk', unwaited);
    const twoWorkers = await env.brain('otas_bench_workers', { ...unwaited, WEB_CONCURRENCY: '2' });
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
    const visible = (isNamed: boolean) => rateSide(load, planOf(brain.port, isNamed), 201, batchEvents);
    const stored = async ({ port, database }: Brain) =>
      storedRateSide(load, planOf(port, false), await env.client(database), batchEvents);
    const sides = [theirs, visible(false), visible(true), await stored(onDisk), await stored(twoWorkers)];
    const [reference = [], ...ours] = (await alternate(bench, sides)).map(([numbers]) => numbers ?? []);
    const words = {
      line: 'batches',
      unit: 'events/s',
      reference: 'official client, same rows, same table, 4 inserts in flight',
    };
    const target = { is: 'at least', value: 0.85 } as const;
    const what = 'batches of 500, 4 in flight, 201s';
    const lines = [
      { what: `${what} in ClickHouse`, target },
      { what: `${what} in ClickHouse, each event with an id of its own`, target: null },
      { what: `${what} on disk`, target },
      { what: `${what} on disk, two workers`, target },
    ];
    return lines.map((line, at) => compare(reference, ours[at] ?? [], { ...words, ...line }));
  },
};
