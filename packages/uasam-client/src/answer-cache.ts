import { LRUCache } from 'lru-cache';

export interface AnswerCachePolicy {
  /** An answer older than this, in milliseconds, is asked for again before it is used. */
  readonly trustedMs: number;
  /** From this age, in milliseconds, an answer that is used is also asked for again in the background. */
  readonly refreshMs: number;
  /** While questions fail, an answer up to this age, in milliseconds, is used all the same. */
  readonly staleMs: number;
  /** While questions fail, and as long as old answers serve, the next is asked after this many milliseconds. */
  readonly retryMs: number;
  /** How many answers are remembered; the least recently used goes first. */
  readonly answersMax: number;
}

interface Entry<Answer> {
  readonly answer: Answer;
  readonly answeredAtMs: number;
}

/**
 * Remembers what questions were answered, with one call in flight per question. A `load` gives the answer and throws
 * when it could not ask.
 */
export class AnswerCache<Answer> {
  readonly #policy: AnswerCachePolicy;
  readonly #nowMs: () => number;
  readonly #isKept: (answer: Answer) => boolean;
  readonly #entries: LRUCache<string, Entry<Answer>>;
  readonly #loading = new Map<string, Promise<Answer>>();
  #isFailing = false;
  #failedAtMs = 0;

  /**
   * @param isKept whether an answer is remembered; one that is not is asked for each time, so that strangers with bad
   *   credentials cannot push good ones out
   * @param nowMs a clock in milliseconds that never goes back
   */
  constructor(policy: AnswerCachePolicy, isKept: (answer: Answer) => boolean, nowMs: () => number) {
    this.#policy = policy;
    this.#isKept = isKept;
    this.#nowMs = nowMs;
    this.#entries = new LRUCache({ max: policy.answersMax });
  }

  /** The answer; not a promise when it is remembered and may be used at once. */
  get(question: string, load: () => Promise<Answer>): Answer | Promise<Answer> {
    const entry = this.#entries.get(question);
    if (entry === undefined) return this.#load(question, load);
    const nowMs = this.#nowMs();
    const ageMs = nowMs - entry.answeredAtMs;
    if (ageMs < this.#policy.refreshMs) return entry.answer;
    const maxAgeMs = this.#isFailing ? this.#policy.staleMs : this.#policy.trustedMs;
    if (ageMs < maxAgeMs) {
      const waits = this.#isFailing && nowMs - this.#failedAtMs < this.#policy.retryMs;
      if (!waits) this.#load(question, load).catch(() => undefined);
      return entry.answer;
    }
    return this.#load(question, load).catch((error: unknown) => {
      if (ageMs < this.#policy.staleMs) return entry.answer;
      throw error;
    });
  }

  #load(question: string, load: () => Promise<Answer>): Promise<Answer> {
    const loading = this.#loading.get(question);
    if (loading !== undefined) return loading;
    const started = this.#loadNow(question, load).finally(() => this.#loading.delete(question));
    this.#loading.set(question, started);
    return started;
  }

  async #loadNow(question: string, load: () => Promise<Answer>): Promise<Answer> {
    // An answer is as old as its question: what changes while it travels must not be trusted for longer.
    const askedAtMs = this.#nowMs();
    try {
      const answer = await load();
      this.#isFailing = false;
      if (this.#isKept(answer)) this.#entries.set(question, { answer, answeredAtMs: askedAtMs });
      else this.#entries.delete(question);
      return answer;
    } catch (error) {
      this.#isFailing = true;
      this.#failedAtMs = this.#nowMs();
      throw error;
    }
  }
}
