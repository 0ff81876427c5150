import { setTimeout as sleep } from 'node:timers/promises';
import { ApiError } from '@otas/errors';
import { flagIn, listIn, objectIn, textIn } from './read-json';
import { Revocations } from './revocations';
import type { UasamHttp } from './uasam-http';

export interface ClientLog {
  info(text: string): void;
  warn(fields: object, text: string): void;
  error(fields: object, text: string): void;
}

export interface RevocationFeedOptions {
  readonly http: UasamHttp;
  /** How often UASAM is asked. */
  readonly pollMs: number;
  readonly log: ClientLog;
  /** A clock in milliseconds that never goes back. */
  nowMs(): number;
}

/** UASAM keeps revocations for an hour; long before, nothing that was remembered is of use. */
const gapMaxMs = 10 * 60_000;
const backOffMaxMs = 5_000;

/** Asks UASAM again and again what was revoked. */
export class RevocationFeed {
  /** What it told. */
  readonly revocations = new Revocations();
  readonly #options: RevocationFeedOptions;
  readonly #stopping = new AbortController();
  /** Null: it is not known from where on to ask. */
  #cursor: string | null = null;
  /** When the last poll was begun that told all. */
  #toldAllAtMs = -Infinity;
  readonly #createdAtMs: number;
  /** When the first of the pages was asked for that are being read. */
  #pagesSinceMs: number | null = null;
  /** Of the last poll; null: it succeeded. */
  #fault: string | null = null;

  constructor(options: RevocationFeedOptions) {
    this.#options = options;
    this.#createdAtMs = options.nowMs();
  }

  /** How long ago the last poll was begun that told all, or this was made, in milliseconds. */
  ageMs(): number {
    return this.#options.nowMs() - Math.max(this.#toldAllAtMs, this.#createdAtMs);
  }

  /** Polls until {@link stop}. */
  async run(): Promise<void> {
    const { signal } = this.#stopping;
    let waitMs = this.#options.pollMs;
    while (!signal.aborted) {
      const outcome = await this.poll();
      if (outcome === 'more') continue;
      waitMs =
        outcome === 'all'
          ? this.#options.pollMs
          : Math.max(this.#options.pollMs, Math.min(waitMs * 2, backOffMaxMs));
      // Workers that were started together need not ask together.
      const jitteredMs = waitMs * (0.75 + Math.random() / 4);
      await sleep(jitteredMs, undefined, { signal, ref: false }).catch(() => undefined);
    }
  }

  stop(): void {
    this.#stopping.abort();
  }

  /** Asks once. Gives `more` when UASAM has more to tell at once, and `none` when it could not be asked, which is logged. */
  async poll(): Promise<'all' | 'more' | 'none'> {
    const begunAtMs = this.#options.nowMs();
    try {
      const hasMore = await this.#take(begunAtMs);
      this.#noteFault(null);
      return hasMore ? 'more' : 'all';
    } catch (error) {
      if (!this.#stopping.signal.aborted) this.#noteFault(error);
      return 'none';
    }
  }

  async #take(begunAtMs: number): Promise<boolean> {
    const after = this.#cursor === null ? '' : `?after=${encodeURIComponent(this.#cursor)}`;
    const { status, body } = await this.#options.http.get(`/internal/v1/revocations/${after}`);
    // A cursor of a UASAM that writes it otherwise: begin anew.
    if (status === 400) this.#cursor = null;
    if (status !== 200) throw new ApiError('auth_service_error', { cause: body.status_description });
    const response = objectIn(body, 'response');
    const cursor = textIn(response, 'cursor');
    const hasMore = flagIn(response, 'has_more');
    if (hasMore && cursor === this.#cursor) throw new Error('UASAM gave the same page again');
    const isBegun = this.#cursor !== null && begunAtMs - this.#toldAllAtMs <= gapMaxMs;
    const ids = listIn(response, 'revocations').map((one) => textIn(one, 'id'));
    this.#cursor = cursor;
    if (flagIn(response, 'is_reset') || !isBegun) this.revocations.voidAll(this.#options.nowMs());
    else this.revocations.add(ids, this.#options.nowMs());
    // What was done while the pages were read may come only with the next poll.
    const sinceMs = this.#pagesSinceMs ?? begunAtMs;
    this.#pagesSinceMs = hasMore ? sinceMs : null;
    if (!hasMore) this.#confirm(sinceMs);
    return hasMore;
  }

  #confirm(atMs: number): void {
    this.#toldAllAtMs = atMs;
    this.revocations.confirm(atMs);
  }

  /** Tells of each kind of fault once, and when it is over. */
  #noteFault(error: unknown): void {
    const { log } = this.#options;
    const cause = error instanceof ApiError ? error.cause : error;
    const fault = error === null ? null : cause === 'invalid_service_token' ? 'token' : 'other';
    if (fault === this.#fault) return;
    this.#fault = fault;
    if (fault === null) log.info('UASAM tells of revocations');
    else if (fault === 'token') log.error({}, 'UASAM does not accept UASAM_SERVICE_TOKEN; nobody is let in');
    else log.warn({ cause: String(cause) }, 'UASAM cannot be asked for revocations; trying again');
  }
}
