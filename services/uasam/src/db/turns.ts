import { ApiError } from '@otas/errors';

const waitMaxMs = 30_000;

/**
 * Lets what concerns the same thing happen one after the other, in the order in which it was asked for, and without holding
 * anything while it waits: what would wait in the database holds a connection there, of which all others then have fewer.
 */
export class Turns {
  readonly #last = new Map<string, Promise<unknown>>();

  /**
   * Runs `work` when all that was asked for before under the same key has ended, and gives its result.
   *
   * @throws ApiError 503 `database_unavailable` when that takes longer than 30 s; `work` is then never run.
   */
  async run<Result>(key: string, work: () => Promise<Result>): Promise<Result> {
    const before = this.#last.get(key) ?? Promise.resolve();
    const deadlineMs = performance.now() + waitMaxMs;
    const turn = before.then(() => {
      if (performance.now() > deadlineMs) throw new ApiError('database_unavailable');
      return work();
    });
    const ended = turn.catch(() => undefined);
    this.#last.set(key, ended);
    try {
      return await turn;
    } finally {
      if (this.#last.get(key) === ended) this.#last.delete(key);
    }
  }
}
