/** For as long, in milliseconds, a revocation is kept in mind; what was asked before is not used any more. */
export const keptMs = 15 * 60_000;

/** Past it everything is void instead: more is told only when something is wrong. */
const idsMax = 200_000;

/** What UASAM told of revocations, for who remembers its answers. All times are in milliseconds of one clock. */
export class Revocations {
  readonly #revokedAtMs = new Map<string, number>();
  #voidBeforeMs = -Infinity;
  #confirmedAtMs = -Infinity;
  #version = 0;

  /** Another one after everything that may make an answer void. */
  get version(): number {
    return this.#version;
  }

  /** Whether an answer that was asked for at a time, in the last {@link keptMs}, and rests on these ids holds no more. */
  isVoid(ids: readonly string[], askedAtMs: number): boolean {
    if (askedAtMs < this.#voidBeforeMs) return true;
    return ids.some((id) => (this.#revokedAtMs.get(id) ?? -Infinity) >= askedAtMs);
  }

  /** When an answer that is not void was last known to be true. */
  trueAtMs(askedAtMs: number): number {
    return Math.max(askedAtMs, this.#confirmedAtMs);
  }

  /** Every answer that was asked for until now and rests on one of these ids is void. */
  add(ids: readonly string[], nowMs: number): void {
    if (ids.length === 0) return;
    for (const id of ids) {
      // Behind all others, which keeps them in the order of time.
      this.#revokedAtMs.delete(id);
      this.#revokedAtMs.set(id, nowMs);
    }
    for (const [id, atMs] of this.#revokedAtMs) {
      if (nowMs - atMs <= keptMs) break;
      this.#revokedAtMs.delete(id);
    }
    if (this.#revokedAtMs.size > idsMax) this.voidAll(nowMs);
    this.#version++;
  }

  /** Every answer that was asked for before now is void. */
  voidAll(nowMs: number): void {
    this.#voidBeforeMs = nowMs;
    this.#revokedAtMs.clear();
    this.#version++;
  }

  /** All that was revoked before this time has been told. */
  confirm(atMs: number): void {
    this.#confirmedAtMs = atMs;
  }
}
