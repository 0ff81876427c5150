import { ApiError } from '@otas/errors';
import { LRUCache } from 'lru-cache';
import { AccessRefused } from './access-refused';

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
}

interface Loading<Value> {
  readonly promise: Promise<Value>;
  /** What was revoked since the question was asked. */
  readonly revoked: Set<string>;
}

/** The least recently used go first. */
const answersMax = 20_000;
/** An answer that is used is asked for again as often, however fresh the revocations are: UASAM notes uses of keys. */
const askAgainMs = 30_000;
/** While questions fail, and old answers serve, the next is asked after as long. */
const retryMs = 1_000;

/**
 * Remembers what UASAM allowed, with one call in flight per question. Refusals are not remembered, so that nobody can
 * push good answers out with bad credentials. A `load` throws a 5xx when it could not ask, and another error, or one whose cause is
 * an AccessRefused, for a no.
 */
export class AnswerCache<Value> {
  readonly #ages: AnswerAges;
  readonly #nowMs: () => number;
  readonly #trueAtMs: (askedAtMs: number) => number;
  readonly #entries = new LRUCache<string, Entry<Value>>({ max: answersMax });
  readonly #loading = new Map<string, Loading<Value>>();
  /** Null: the last question was answered. */
  #failedAtMs: number | null = null;

  /**
   * @param nowMs a clock in milliseconds that never goes back
   * @param trueAtMs the last time at which an answer was still true that was asked for at the given time, and whose ids were
   *   not given to {@link forget} since; at least the given time
   */
  constructor(ages: AnswerAges, nowMs: () => number, trueAtMs: (askedAtMs: number) => number) {
    this.#ages = ages;
    this.#nowMs = nowMs;
    this.#trueAtMs = trueAtMs;
  }

  /** The answer; not a promise when it is remembered and may be used at once. */
  get(question: string, load: () => Promise<Answer<Value>>): Value | Promise<Value> {
    const entry = this.#entries.get(question);
    const nowMs = this.#nowMs();
    if (entry === undefined || entry.endsAtMs <= nowMs) return this.#load(question, load);
    const ageMs = nowMs - this.#trueAtMs(entry.askedAtMs);
    if (ageMs < this.#ages.refreshMs && nowMs - entry.askedAtMs < askAgainMs) return entry.value;
    return this.#getOld(question, load, entry, ageMs);
  }

  /** Forgets every answer that rests on one of these ids. */
  forget(ids: ReadonlySet<string>): void {
    const isVoid = ({ ids: own }: Entry<Value>): boolean => own.some((id) => ids.has(id));
    for (const [question, entry] of [...this.#entries.entries()]) {
      if (isVoid(entry)) this.#entries.delete(question);
    }
    for (const { revoked } of this.#loading.values()) for (const id of ids) revoked.add(id);
  }

  forgetAll(): void {
    this.#entries.clear();
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
    return this.#load(question, load).catch((error: unknown) => {
      const isStill = this.#entries.peek(question) === entry && entry.endsAtMs > this.#nowMs();
      if (isStill && couldNotAsk(error) && ageMs < this.#ages.staleMs) return entry.value;
      throw error;
    });
  }

  #load(question: string, load: () => Promise<Answer<Value>>): Promise<Value> {
    const loading = this.#loading.get(question);
    if (loading !== undefined) return loading.promise;
    const revoked = new Set<string>();
    const promise = this.#loadNow(question, load, revoked).finally(() => this.#loading.delete(question));
    this.#loading.set(question, { promise, revoked });
    return promise;
  }

  async #loadNow(
    question: string,
    load: () => Promise<Answer<Value>>,
    revoked: ReadonlySet<string>,
  ): Promise<Value> {
    // An answer is as old as its question: what changes while it travels must not be trusted for longer.
    const askedAtMs = this.#nowMs();
    try {
      const { value, ids, endsAtMs } = await load();
      this.#failedAtMs = null;
      const isVoid = ids.some((id) => revoked.has(id));
      const endsInMs = endsAtMs - Date.now();
      if (!isVoid) this.#entries.set(question, { value, ids, askedAtMs, endsAtMs: this.#nowMs() + endsInMs });
      return value;
    } catch (error) {
      if (couldNotAsk(error)) this.#failedAtMs = this.#nowMs();
      else this.#forgetRefused(question);
      throw error;
    }
  }

  #forgetRefused(question: string): void {
    this.#failedAtMs = null;
    this.#entries.delete(question);
  }
}

function couldNotAsk(error: unknown): boolean {
  // UASAM's no is a no also where the client is told that something is wrong here.
  return error instanceof ApiError && error.status >= 500 && !(error.cause instanceof AccessRefused);
}
