import { setTimeout as sleep } from 'node:timers/promises';
import type { Bench, Figure, Line } from '../bench';
import { batchRequest, eventRequest } from '../support/capture-requests';
import { runLoad } from '../support/load-side';
import { type MemorySample, MemoryWatch } from '../support/memory';
import { median, spreadOf } from '../support/statistics';
import { countStored } from '../support/stored';

const mostMib = 250;
const mostGrowth = 1.1;
const batchEvents = 500;
const inFlight = 4;
const drainTimeoutMs = 120_000;

/** Resident memory of a Brain at full load, while events wait for a ClickHouse that is down, and while they drain. */
export const memory: Line = {
  name: 'memory',
  run: async (bench) => {
    const { env } = bench;
    const [tenant, load] = [await env.tenant(), await env.worker('load')];
    // A Brain of its own, so that no other line counts; a million events take 2 GiB of the log.
    const brain = await env.brain('otas_bench_memory', { EVENT_LOG_MAX_BYTES: String(8 * 2 ** 30) });
    const singles = { port: brain.port, requests: [eventRequest(tenant, false)], connections: 64 };
    const batch = batchRequest(tenant, batchEvents, false);
    const batches = { port: brain.port, requests: [batch], connections: inFlight };
    const hour = 3_600_000;

    bench.progress('one event per request at full load');
    await runLoad(load, { ...singles, durationMs: 5000 }, 201);
    const full = await watched(brain.pid, () =>
      runLoad(load, { ...singles, durationMs: bench.fullLoadMs }, 201),
    );

    const before = await countStored(await env.client(brain.database));
    bench.progress(`${bench.waitingEvents.toLocaleString('en')} events while ClickHouse is down`);
    await env.killClickhouse();
    const requestsMax = Math.ceil(bench.waitingEvents / batchEvents);
    const waiting = await watched(brain.pid, () =>
      runLoad(load, { ...batches, durationMs: hour, requestsMax }, 201),
    );

    bench.progress('ClickHouse is back: until all have drained');
    await env.reviveClickhouse();
    const drained = await watched(brain.pid, () =>
      untilStored(bench, brain.database, before + bench.waitingEvents),
    );
    const events = bench.waitingEvents.toLocaleString('en');
    return [
      ...figures(`Brain's memory, ${bench.fullLoadMs / 1000} s at full load`, full),
      ...figures(`Brain's memory, while ${events} events come in and ClickHouse is down`, waiting),
      ...figures(`Brain's memory, while ${events} events drain`, drained),
    ];
  },
};

async function watched(pid: number, work: () => Promise<unknown>): Promise<readonly MemorySample[]> {
  const watch = new MemoryWatch(pid);
  try {
    await work();
    return watch.samples();
  } finally {
    watch.stop();
  }
}

async function untilStored(bench: Bench, database: string, count: number): Promise<void> {
  const startedMs = performance.now();
  const client = await bench.env.client(database);
  while ((await countStored(client).catch(() => 0)) < count) {
    if (performance.now() - startedMs > drainTimeoutMs) throw new Error('the events did not drain in time');
    await sleep(500);
  }
}

/** The most of it, how the last third of the time stands to the first, and the part that is not pages of files. */
function figures(what: string, samples: readonly MemorySample[]): Figure[] {
  const resident = samples.map((sample) => sample.resident);
  const own = samples.map((sample) => sample.own);
  const third = Math.ceil(samples.length / 3);
  const growth = median(resident.slice(-third)) / median(resident.slice(0, third));
  const figure = (detail: string, unit: string, values: readonly number[], most: number | null): Figure => ({
    line: 'memory',
    what: `${what}${detail}`,
    reference: null,
    unit,
    theirs: null,
    ours: spreadOf(values),
    ratio: { ...spreadOf(values), median: Math.max(...values) },
    target: most !== null ? { is: 'at most', value: most } : null,
  });
  return [
    figure('', 'MiB', resident, mostMib),
    figure(', without pages of files', 'MiB', own, null),
    figure(': last third by first third', '', [growth], mostGrowth),
  ];
}
