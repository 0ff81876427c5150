import { Redis } from 'ioredis';
import { RateLimiterRedis } from 'rate-limiter-flexible';
import type { Logger } from '../logger';
import type { Count, Counters } from './counters';

/** How long Redis may take for an answer; past it, it counts as away. */
const timeoutMs = 500;
const retryMs = 1000;

export interface RedisCountersOptions {
  /** `redis://` or `rediss://`, with user and password when it needs them. */
  readonly url: string;
  /** Stands before every key, so that several services can share one Redis. */
  readonly prefix: string;
  readonly logger: Logger;
}

/**
 * Numbers that all processes with the same Redis share. While Redis does not answer, every step rejects: at once where
 * that is known, else after half a second. It is tried again each second, and each change is logged once.
 */
export class RedisCounters implements Counters {
  readonly #redis: Redis;
  readonly #limiter: RateLimiterRedis;
  readonly #logger: Logger;
  #state: 'starting' | 'up' | 'away' | 'closed' = 'starting';
  #isRenewing = false;

  constructor({ url, prefix, logger }: RedisCountersOptions) {
    this.#logger = logger;
    this.#redis = new Redis(url, {
      connectTimeout: timeoutMs,
      commandTimeout: timeoutMs,
      // What is not answered when the connection ends has failed: to send it again would count it twice.
      autoResendUnfulfilledCommands: false,
      enableOfflineQueue: false,
      maxRetriesPerRequest: 0,
      retryStrategy: () => retryMs,
      disableClientInfo: true,
    });
    this.#redis.on('error', (error: Error) => this.#becomeAway(error));
    this.#redis.on('close', () => {
      this.#isRenewing = false;
      this.#becomeAway(new Error('the connection was closed'));
    });
    this.#redis.on('ready', () => void this.#probe());
    // Its own bound is never reached: here it only counts.
    const options = { points: Number.MAX_SAFE_INTEGER, duration: 1, rejectIfRedisNotReady: true };
    this.#limiter = new RateLimiterRedis({ storeClient: this.#redis, keyPrefix: prefix, ...options });
  }

  get isUp(): boolean {
    return this.#state === 'up';
  }

  async add(key: string, points: number, seconds: number): Promise<Count> {
    return countOf(await this.#ask(() => this.#limiter.penalty(key, points, { customDuration: seconds })));
  }

  async find(key: string): Promise<Count | null> {
    const found = await this.#ask(() => this.#limiter.get(key));
    return found === null ? null : countOf(found);
  }

  async set(key: string, value: number, seconds: number): Promise<void> {
    await this.#ask(() => this.#limiter.set(key, value, seconds));
  }

  async delete(key: string): Promise<void> {
    await this.#ask(() => this.#limiter.delete(key));
  }

  /** Ends the connection; nothing is counted from then on. */
  close(): void {
    this.#state = 'closed';
    this.#redis.disconnect();
  }

  async #ask<T>(question: () => Promise<T>): Promise<T> {
    if (this.#state !== 'up') throw new Error('Redis is away');
    return this.#bounded(question);
  }

  async #bounded<T>(question: () => Promise<T>): Promise<T> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => reject(new Error(`no answer within ${timeoutMs} ms`)), timeoutMs);
    });
    try {
      return await Promise.race([question(), late]);
    } catch (error) {
      this.#becomeAway(error);
      this.#renew();
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  /** Redis may answer and yet refuse to write: one that is a replica, or full. */
  async #probe(): Promise<void> {
    try {
      await this.#bounded(() => this.#limiter.penalty('probe', 1, { customDuration: 1 }));
    } catch {
      return;
    }
    if (this.#state === 'away') this.#logger.info('Redis can be used again: limits are shared');
    if (this.#state !== 'closed') this.#state = 'up';
  }

  /** A new connection is ready once Redis answers again; this one may be stuck for ever. */
  #renew(): void {
    if (this.#isRenewing || this.#redis.status !== 'ready') return;
    this.#isRenewing = true;
    this.#redis.disconnect(true);
  }

  #becomeAway(error: unknown): void {
    if (this.#state === 'away' || this.#state === 'closed') return;
    this.#state = 'away';
    const { message, code } = error as Error & { code?: string };
    const reason = message || code;
    this.#logger.warn({ reason }, 'Redis cannot be used: limits are those of this process alone');
  }
}

function countOf({ consumedPoints, msBeforeNext }: { consumedPoints: number; msBeforeNext: number }): Count {
  return { value: consumedPoints, msLeft: msBeforeNext };
}
