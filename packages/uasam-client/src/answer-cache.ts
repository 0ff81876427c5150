import { ApiError } from '@otas/errors';
import { LRUCache } from 'lru-cache';
import { AccessRefused } from './access-refused';
import { keptMs, type Revocations } from './revocations';

/** How long answers are used; all ages in milliseconds. */
export interface AnswerAges {
  /** From this age an answer that is used is also asked for again in the background. */
  readonly refreshMs: number;
  /** An answer of this age is asked for again before it is used. */
  readonly trustedMs: number;
  /** While questions fail, an answer up to this age is used all the same. */
  readonly staleMs: number;
}

/** A yes. */
export interface Answer<Value> {
  readonly value: Value;
  /** Of all that it rests on. */
  readonly ids: readonly string[];
  /** When it ends, in milliseconds since 1970. */
  readonly endsAtMs: number;
}

interface Entry<Value> {
  readonly value: Value;
  readonly ids: readonly string[];
  readonly askedAtMs: number;
  /** On the cache's clock. */
  readonly endsAtMs: number;
  /** The version of the revocations that do not concern it; null: that is not known yet. */
  checkedVersion: number | null;
}

/** The least recently used go first. */
const answersMax = 20_000;
/** An answer that is used is asked for again as often, however fresh the revocations are: UASAM notes uses of keys. */
const askAgainMs = 30_000;
/** While questions fail, and old answers serve, the next is asked after as long. */
const retryMs = 1_000;

/**
 * Remembers what UASAM allowed until it is revoked, with one call in flight per question. Refusals are not remembered, so that nobody can
 * push good answers out with bad credentials. A `load` throws a 5xx when it could not ask, and another error, or one whose cause is
 * an AccessRefused, for a no.
 */
export class AnswerCache<Value> {
  /** Questions that were asked of this, and how many of them went on to UASAM before they were answered. */
  questions = 0;
  loads = 0;
  readonly #ages: AnswerAges;
  readonly #nowMs: () => number;
  readonly #revocations: Revocations;
  readonly #entries = new LRUCache<string, Entry<Value>>({ max: answersMax });
  readonly #loading = new Map<string, Promise<Value>>();
  /** Null: the last question was answered. */
  #failedAtMs: number | null = null;

  /** @param nowMs a clock in milliseconds that never goes back; that of the revocations */
  constructor(ages: AnswerAges, nowMs: () => number, revocations: Revocations) {
    this.#ages = ages;
    this.#nowMs = nowMs;
    this.#revocations = revocations;
  }

  /** The answer; not a promise when it is remembered and may be used at once. */
  get(question: string, load: () => Promise<Answer<Value>>): Value | Promise<Value> {
    this.questions++;
    const entry = this.#entries.get(question);
    const nowMs = this.#nowMs();
    if (entry === undefined || !this.#holds(entry, nowMs)) return this.#ask(question, load);
    const ageMs = nowMs - this.#revocations.trueAtMs(entry.askedAtMs);
    if (ageMs < this.#ages.refreshMs && nowMs - entry.askedAtMs < askAgainMs) return entry.value;
    return this.#getOld(question, load, entry, ageMs);
  }

  #holds(entry: Entry<Value>, nowMs: number): boolean {
    if (entry.endsAtMs <= nowMs || nowMs - entry.askedAtMs > keptMs) return false;
    const { version } = this.#revocations;
    if (entry.checkedVersion === version) return true;
    if (this.#revocations.isVoid(entry.ids, entry.askedAtMs)) return false;
    entry.checkedVersion = version;
    return true;
  }

  #getOld(
    question: string,
    load: () => Promise<Answer<Value>>,
    entry: Entry<Value>,
    ageMs: number,
  ): Value | Promise<Value> {
    const failedAtMs = this.#failedAtMs;
    if (ageMs < (failedAtMs === null ? this.#ages.trustedMs : this.#ages.staleMs)) {
      const waits = failedAtMs !== null && this.#nowMs() - failedAtMs < retryMs;
      if (!waits) this.#load(question, load).catch(() => undefined);
      return entry.value;
    }
    return this.#ask(question, load).catch((error: unknown) => {
      const serves = couldNotAsk(error) && ageMs < this.#ages.staleMs;
      if (serves && this.#holds(entry, this.#nowMs())) return entry.value;
      throw error;
    });
  }

  /** For somebody who waits for it. */
  #ask(question: string, load: () => Promise<Answer<Value>>): Promise<Value> {
    this.loads++;
    return this.#load(question, load);
  }

  #load(question: string, load: () => Promise<Answer<Value>>): Promise<Value> {
    const loading = this.#loading.get(question);
    if (loading !== undefined) return loading;
    const started = this.#loadNow(question, load).finally(() => this.#loading.delete(question));
    this.#loading.set(question, started);
    return started;
  }

  async #loadNow(question: string, load: () => Promise<Answer<Value>>): Promise<Value> {
    // An answer is as old as its question: what changes while it travels must not be trusted for longer.
    const askedAtMs = this.#nowMs();
    try {
      const { value, ids, endsAtMs: endsAtUnixMs } = await load();
      this.#failedAtMs = null;
      const endsAtMs = this.#nowMs() + endsAtUnixMs - Date.now();
      this.#entries.set(question, { value, ids, askedAtMs, endsAtMs, checkedVersion: null });
      return value;
    } catch (error) {
      this.#failedAtMs = couldNotAsk(error) ? this.#nowMs() : null;
      if (!couldNotAsk(error)) this.#entries.delete(question);
      throw error;
    }
  }
}

function couldNotAsk(error: unknown): boolean {
  // UASAM's no is a no also where the client is told that something is wrong here.
  return error instanceof ApiError && error.status >= 500 && !(error.cause instanceof AccessRefused);
}
