import type { Logger } from '../logger';
import { type Counters, MemoryCounters } from './counters';
import { InsuredCounters } from './insured-counters';
import { RedisCounters } from './redis-counters';
import { RequestLimits, type RequestRule } from './request-limits';

export interface LimitsOptions {
  /** Stands before every name in a shared store; the same for all processes of a service. */
  readonly service: string;
  /** Empty: this process counts alone. */
  readonly redisUrl: string;
  readonly trustProxy: boolean;
  /** In a minute, on all endpoints but health and `/internal/`; 0 is no limit. */
  readonly requestsPerAddress: number;
  readonly requestsPerCredential: number;
  readonly moreRules?: readonly RequestRule[];
  readonly logger: Logger;
}

/** All that limits who asks a service too often. */
export interface Limits {
  /** For `AppOptions.limits`. */
  readonly requests: RequestLimits;
  /** For what is limited by other rules than requests by minute. */
  readonly counters: Counters;
  stop(): void;
}

/** Limits that are kept in this process, and in Redis where there is one. */
export function createLimits(options: LimitsOptions): Limits {
  const { service, redisUrl: url, logger, trustProxy } = options;
  const shared = url === '' ? null : new RedisCounters({ url, prefix: `otas:${service}`, logger });
  const requests = new RequestLimits({
    rules: [
      { name: 'address', per: 'address', perMinute: options.requestsPerAddress },
      { name: 'credential', per: 'credential', perMinute: options.requestsPerCredential },
      ...(options.moreRules ?? []),
    ],
    trustProxy,
    redis: shared === null ? null : { counters: shared, url },
  });
  return {
    requests,
    counters: shared === null ? new MemoryCounters() : new InsuredCounters(shared),
    stop: () => {
      requests.stop();
      shared?.close();
    },
  };
}
