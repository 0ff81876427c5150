import { setTimeout as sleep } from 'node:timers/promises';
import type { Answer } from './http';

/** Some ten of each kind in a second: what is shown is that none is refused, and more would only keep the machine busy. */
const pauseMs = 100;

/** Sends each kind of request over and over, one after the other, and keeps every refusal. */
export class SteadyLoad {
  /** What was refused, as `login: 401 login_failed`. */
  readonly refusals: string[] = [];
  readonly #counts = new Map<string, number>();
  readonly #loops: Promise<void>[];
  #isFinished = false;

  /** @param kinds by name; a request that throws is a refusal too */
  constructor(kinds: Readonly<Record<string, () => Promise<Answer>>>) {
    this.#loops = Object.entries(kinds).map(([name, ask]) => this.#repeat(name, ask));
  }

  /** Resolves when every kind has been answered as many times more. */
  async answered(times: number): Promise<void> {
    const before = new Map(this.#counts);
    const isDue = (name: string): boolean => (this.#counts.get(name) ?? 0) < (before.get(name) ?? 0) + times;
    while ([...this.#counts.keys()].some(isDue)) await sleep(pauseMs);
  }

  /** Sends nothing new, and waits for what is under way. */
  async finish(): Promise<void> {
    this.#isFinished = true;
    await Promise.all(this.#loops);
  }

  async #repeat(name: string, ask: () => Promise<Answer>): Promise<void> {
    this.#counts.set(name, 0);
    while (!this.#isFinished) {
      const seen = await ask().then(
        ({ status, text }) => (status < 300 ? null : `${status} ${text}`),
        (error: Error) => `${error.message}`,
      );
      if (seen !== null) this.refusals.push(`${name}: ${seen}`);
      this.#counts.set(name, (this.#counts.get(name) ?? 0) + 1);
      await sleep(pauseMs);
    }
  }
}
