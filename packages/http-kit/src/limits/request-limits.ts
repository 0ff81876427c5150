import { createHash, createHmac, randomBytes } from 'node:crypto';
import { ApiError } from '@otas/errors';
import type { MountedEndpoint } from '../endpoint';
import type { Metric } from '../metrics/metric';
import type { RequestContext } from '../request-context';
import { clientAddress, limitedAddress } from './client-address';
import type { RedisCounters } from './redis-counters';
import { bucketCount, RequestLimit } from './request-limit';

const windowSeconds = 60;
const isUnlimited = /^\/(?:healthz|readyz|internal\/.*)$/;
/** All that can say who asks; a session's token only ever comes with one of them. */
const credentialHeaders = [
  'x-otas-agent-key',
  'x-otas-sdk-key',
  'x-otas-user-token',
  'x-api-key',
  'authorization',
];

export interface RequestRule {
  /** Its name in the shared store. */
  readonly name: string;
  /** What is counted: the requests of a client's address, or of a credential, whether it is valid or not. */
  readonly per: 'address' | 'credential';
  /** Requests in a minute; 0 is no limit. */
  readonly perMinute: number;
  /** The endpoints that it is for; left out: all but health and `/internal/`. */
  appliesTo?(endpoint: Pick<MountedEndpoint, 'path' | 'methods'>): boolean;
}

export interface RequestLimitsOptions {
  readonly rules: readonly RequestRule[];
  /** Whether the last address in `X-Forwarded-For` is the client. */
  readonly trustProxy: boolean;
  /** Where other processes count the same; null: this process counts alone. */
  readonly redis: { readonly counters: RedisCounters; readonly url: string } | null;
  /** A clock in milliseconds that never goes back. */
  nowMs?(): number;
}

/** Counts a request that is about to be answered. @throws ApiError 429 `rate_limit_exceeded` when it is one too many. */
export type CountRequest = (context: RequestContext) => void;

interface Rule extends RequestRule {
  readonly limit: RequestLimit;
}

/** The limits of a service's requests. What each answer says of them is left in `RequestContext.limitHeaders`. */
export class RequestLimits {
  readonly #rules: readonly Rule[];
  readonly #trustProxy: boolean;
  readonly #nowMs: () => number;
  readonly #addresses: Buckets;
  readonly #credentials: Buckets;

  constructor({ rules, trustProxy, redis, nowMs = () => performance.now() }: RequestLimitsOptions) {
    this.#trustProxy = trustProxy;
    this.#nowMs = nowMs;
    this.#rules = rules
      .filter(({ perMinute }) => perMinute > 0)
      .map((rule) => {
        const shared = redis === null ? null : { counters: redis.counters, name: rule.name };
        return { ...rule, limit: new RequestLimit({ max: rule.perMinute, windowSeconds, nowMs, shared }) };
      });
    // Processes that share their counts need the same buckets; nobody outside may foresee who shares one.
    const salt = redis === null ? randomBytes(32) : createHash('sha256').update(redis.url).digest();
    this.#addresses = new Buckets(salt, limitedAddress);
    this.#credentials = new Buckets(salt, (text) => text.replace(/^Bearer +/i, ''));
  }

  /** What counts the requests of an endpoint; null when nothing limits them. */
  for(endpoint: Pick<MountedEndpoint, 'path' | 'methods'>): CountRequest | null {
    if (isUnlimited.test(endpoint.path)) return null;
    const rules = this.#rules.filter((rule) => rule.appliesTo?.(endpoint) ?? true);
    if (rules.length === 0) return null;
    const ofAddress = rules.filter(({ per }) => per === 'address').map(({ limit }) => limit);
    const ofCredential = rules.filter(({ per }) => per === 'credential').map(({ limit }) => limit);
    return (context) => this.#count(context, ofAddress, ofCredential);
  }

  metrics(): Metric[] {
    return [
      {
        name: 'otas_rate_limited_requests_total',
        help: 'Requests that were refused with 429, by the limit that they were past.',
        type: 'counter',
        read: () => this.#rules.map(({ name, limit }) => ({ value: limit.refused, labels: { limit: name } })),
      },
    ];
  }

  /** Tells other processes nothing any more. */
  stop(): void {
    for (const { limit } of this.#rules) limit.stop();
  }

  #count(
    context: RequestContext,
    ofAddress: readonly RequestLimit[],
    ofCredential: readonly RequestLimit[],
  ): void {
    const tightest = new Tightest(this.#nowMs());
    if (ofAddress.length > 0) {
      tightest.count(ofAddress, this.#addresses.of(clientAddress(context, this.#trustProxy)));
    }
    // Each one that was sent: of those that a route does not look at, every request could send another.
    for (const name of ofCredential.length > 0 ? credentialHeaders : []) {
      const text = context.req.headers[name];
      if (typeof text === 'string') tightest.count(ofCredential, this.#credentials.of(text));
    }
    context.limitHeaders = tightest.headers();
    if (tightest.isExceeded) {
      tightest.countRefusal();
      throw new ApiError('rate_limit_exceeded', { retryAfterSeconds: tightest.secondsLeft() });
    }
  }
}

/** The limit that leaves the fewest requests, of those that a request is counted in. */
class Tightest {
  readonly #nowMs: number;
  #limit: RequestLimit | null = null;
  #bucket = 0;
  #remaining = Number.POSITIVE_INFINITY;

  constructor(nowMs: number) {
    this.#nowMs = nowMs;
  }

  get isExceeded(): boolean {
    return this.#remaining < 0;
  }

  count(limits: readonly RequestLimit[], bucket: number): void {
    for (const limit of limits) {
      const remaining = limit.max - limit.count(bucket, this.#nowMs);
      if (remaining >= this.#remaining) continue;
      this.#remaining = remaining;
      this.#limit = limit;
      this.#bucket = bucket;
    }
  }

  countRefusal(): void {
    if (this.#limit !== null) this.#limit.refused++;
  }

  secondsLeft(): number {
    return this.#limit?.secondsLeft(this.#bucket, this.#nowMs) ?? 1;
  }

  /** Names and values by turns. */
  headers(): readonly string[] {
    if (this.#limit === null) return [];
    return [
      'RateLimit-Limit',
      this.#limit.maxText,
      'RateLimit-Remaining',
      String(Math.max(0, this.#remaining)),
      'RateLimit-Reset',
      String(this.secondsLeft()),
    ];
  }
}

const rememberedMax = 4096;
const rememberedLengthMax = 1024;

/** Which bucket a text falls into, chosen by a hash; those that came lately are remembered, as the hash is dear. */
class Buckets {
  readonly #salt: Buffer;
  readonly #normalise: (text: string) => string;
  readonly #remembered = new Map<string, number>();

  constructor(salt: Buffer, normalise: (text: string) => string) {
    this.#salt = salt;
    this.#normalise = normalise;
  }

  of(text: string): number {
    const known = this.#remembered.get(text);
    if (known !== undefined) return known;
    const digest = createHmac('sha256', this.#salt).update(this.#normalise(text)).digest();
    const bucket = digest.readUInt32BE(0) % bucketCount;
    if (text.length <= rememberedLengthMax) {
      if (this.#remembered.size >= rememberedMax) this.#remembered.clear();
      this.#remembered.set(text, bucket);
    }
    return bucket;
  }
}
