import type { Side } from '../bench';
import type { LoadPlan, LoadResult } from '../processes/load';
import { percentile } from './statistics';
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

/** The same; gives the p50 and the p99 of the time to an answer, in milliseconds. */
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
