import type { Counters } from '@otas/http-kit';
import { type BegunTry, failuresWindowSeconds, type TooEarly } from './growing-delay';

const perMinute = 3;
const minuteSeconds = 60;

/**
 * Tries at one account from addresses that it is not known from: past a number of failures within 15 minutes, one a
 * minute for each address, and three a minute for all of them together.
 */
export class StrangerLimit {
  readonly #counters: Counters;
  readonly #failuresMax: number;

  constructor(counters: Counters, failuresMax: number) {
    this.#counters = counters;
    this.#failuresMax = failuresMax;
  }

  /** How long the next try has to wait, in milliseconds; 0: it need not. `pair` stands for account and address. */
  async msToWait(account: string, pair: string): Promise<number> {
    const keys = keysOf(account, pair);
    const failures = await this.#counters.find(keys.failures);
    if (failures === null || failures.value < this.#failuresMax) return 0;
    const [own, all] = await Promise.all([this.#counters.find(keys.own), this.#counters.find(keys.all)]);
    return Math.max(own?.msLeft ?? 0, all !== null && all.value >= perMinute ? all.msLeft : 0);
  }

  /** Begins a try. */
  async begin(account: string, pair: string): Promise<BegunTry | TooEarly> {
    const counters = this.#counters;
    const keys = keysOf(account, pair);
    const failures = await counters.add(keys.failures, 1, failuresWindowSeconds);
    const uncount = () => counters.add(keys.failures, -1, failuresWindowSeconds);
    if (failures.value <= this.#failuresMax) return { succeeded: uncount, cancel: uncount };
    const own = await counters.add(keys.own, 1, minuteSeconds);
    if (own.value > 1) {
      await uncount();
      return { msToWait: Math.max(1, own.msLeft) };
    }
    const all = await counters.add(keys.all, 1, minuteSeconds);
    const cancel = () =>
      Promise.all([uncount(), counters.delete(keys.own), counters.add(keys.all, -1, minuteSeconds)]);
    if (all.value <= perMinute) return { succeeded: uncount, cancel };
    await cancel();
    return { msToWait: Math.max(1, all.msLeft) };
  }
}

function keysOf(account: string, pair: string) {
  return {
    failures: `stranger:failures:${account}`,
    own: `stranger:own:${pair}`,
    all: `stranger:all:${account}`,
  };
}
