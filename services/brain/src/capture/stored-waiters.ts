import { comparePositions, type LogPosition } from '@otas/event-log';

interface Waiter {
  readonly first: LogPosition;
  readonly last: LogPosition;
  readonly deadlineMs: number;
  resolve(isStored: boolean): void;
}

/** Those who wait for their records to be in ClickHouse, in the order of their records; one timer for all. */
export class StoredWaiters {
  readonly #onLate: () => void;
  #waiters: Waiter[] = [];
  #timer: NodeJS.Timeout | null = null;

  /** @param onLate called when somebody has waited in vain */
  constructor(onLate: () => void) {
    this.#onLate = onLate;
  }

  /** Resolves to whether all records from `first` to `last` are stored; to false after `waitMs`, the same for all. */
  wait(first: LogPosition, last: LogPosition, waitMs: number): Promise<boolean> {
    return new Promise((resolve) => {
      this.#waiters.push({ first, last, deadlineMs: performance.now() + waitMs, resolve });
      this.#timer ??= setTimeout(() => this.#endLate(), waitMs);
    });
  }

  /** All records up to a place are stored, but for some of `deadPositions`. */
  resolveThrough(place: LogPosition, deadPositions: readonly LogPosition[]): void {
    const end = this.#waiters.findIndex(({ last }) => comparePositions(last, place) > 0);
    const ready = this.#waiters.splice(0, end === -1 ? this.#waiters.length : end);
    for (const { first, last, resolve } of ready) {
      const isDead = deadPositions.some(
        (dead) => comparePositions(dead, first) >= 0 && comparePositions(dead, last) <= 0,
      );
      resolve(!isDead);
    }
  }

  /** Nobody waits any longer. */
  giveUp(): void {
    for (const { resolve } of this.#waiters.splice(0)) resolve(false);
  }

  #endLate(): void {
    this.#timer = null;
    const nowMs = performance.now();
    const end = this.#waiters.findIndex(({ deadlineMs }) => deadlineMs > nowMs);
    const late = this.#waiters.splice(0, end === -1 ? this.#waiters.length : end);
    if (late.length > 0) this.#onLate();
    for (const { resolve } of late) resolve(false);
    const next = this.#waiters[0];
    if (next !== undefined)
      this.#timer = setTimeout(() => this.#endLate(), Math.ceil(next.deadlineMs - nowMs));
  }
}
