import type { Side } from '../bench';
import type { LoadPlan, LoadResult } from '../processes/load';
import type { ClickHouseClient } from './event-store-parts';
import { percentile } from './statistics';
import { countRows, untilRows } from './stored';
import type { Worker } from './worker';

/** Load that must be answered with success throughout; gives how many answers came per second, times `factor`. */
export function rateSide(load: Worker, plan: Omit<LoadPlan, 'durationMs'>, status: number, factor = 1): Side {
  return {
    run: async (durationMs) => {
      const result = await runLoad(load, { ...plan, durationMs }, status);
      return [(result.latenciesMs.length * factor) / (result.elapsedMs / 1000)];
    },
  };
}

/**
 * The same for events that are answered before they are in ClickHouse, in the database of `client`: the time until it has
 * all of them counts.
 */
export function storedRateSide(
  load: Worker,
  plan: Omit<LoadPlan, 'durationMs'>,
  client: ClickHouseClient,
  eventsPerRequest: number,
): Side {
  return {
    run: async (durationMs) => {
      const before = await countRows(client);
      const result = await runLoad(load, { ...plan, durationMs }, 201);
      const events = result.latenciesMs.length * eventsPerRequest;
      const answeredMs = performance.now();
      await untilRows(client, before + events);
      return [events / ((result.elapsedMs + performance.now() - answeredMs) / 1000)];
    },
  };
}

/** Load that must be answered with success throughout; gives the p50 and the p99 of the time to an answer, in milliseconds. */
export function latencySide(load: Worker, plan: Omit<LoadPlan, 'durationMs'>, status: number): Side {
  return {
    run: async (durationMs) => p50AndP99((await runLoad(load, { ...plan, durationMs }, status)).latenciesMs),
  };
}

export function p50AndP99(latenciesMs: ArrayLike<number>): number[] {
  return [percentile(latenciesMs, 0.5), percentile(latenciesMs, 0.99)];
}

/** @throws Error when an answer had another status */
export async function runLoad(load: Worker, plan: LoadPlan, status: number): Promise<LoadResult> {
  const result = await load.call<LoadResult>('run', plan);
  const others = Object.keys(result.statuses).filter((one) => Number(one) !== status);
  if (others.length > 0) {
    throw new Error(`answers of other statuses than ${status}: ${JSON.stringify(result.statuses)}
${result.firstFailure}`);
  }
  return result;
}
