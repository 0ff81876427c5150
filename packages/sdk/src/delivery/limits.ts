/** Bounds of the delivery. Sizes are bytes, times milliseconds. */
export interface Limits {
  /** Events in a request; Brain takes 500 agent events at once. */
  readonly batchMaxEvents: number;
  /** Bytes in a request before compression; a single event may be larger. */
  readonly batchMaxBytes: number;
  /** How long an event waits for others. */
  readonly flushIntervalMs: number;
  /** Events that wait in memory, those that are being sent included; further ones are dropped. */
  readonly queueMaxEvents: number;
  readonly queueMaxBytes: number;
  /** An event that is larger is dropped. */
  readonly eventMaxBytes: number;
  readonly requestTimeoutMs: number;
  /** The wait before the second try, which doubles from try to try. */
  readonly retryMinMs: number;
  /** The longest wait between two tries. */
  readonly retryMaxMs: number;
  /** The longest wait that a `Retry-After` is believed. */
  readonly retryAfterMaxMs: number;
  /** Requests at once; those of one session never overlap. */
  readonly requestsMax: number;
  /** How long `flush()` and `end()` wait. */
  readonly flushTimeoutMs: number;
  /** How long the end of the process is held up. */
  readonly exitTimeoutMs: number;
}

const mib = 1024 * 1024;

export const defaultLimits: Limits = {
  batchMaxEvents: 200,
  batchMaxBytes: mib,
  flushIntervalMs: 1000,
  queueMaxEvents: 10_000,
  queueMaxBytes: 32 * mib,
  eventMaxBytes: 4 * mib,
  requestTimeoutMs: 10_000,
  retryMinMs: 500,
  retryMaxMs: 30_000,
  retryAfterMaxMs: 300_000,
  requestsMax: 4,
  flushTimeoutMs: 10_000,
  exitTimeoutMs: 2000,
};

/** Inclusive bounds of those that a host may not set as it likes. */
const highest: Partial<Record<keyof Limits, number>> = { batchMaxEvents: 500, eventMaxBytes: 4 * mib };

/** The defaults with what was given instead; undefined counts as not given. @throws RangeError naming the option */
export function readLimits(given: Partial<Record<keyof Limits, number | undefined>>): Limits {
  const limits = { ...defaultLimits };
  for (const name of Object.keys(defaultLimits) as (keyof Limits)[]) {
    const value = given[name];
    if (value === undefined) continue;
    const most = highest[name] ?? Number.MAX_SAFE_INTEGER;
    if (!(Number.isFinite(value) && value >= 1 && value <= most)) {
      throw new RangeError(`${name} must be a number from 1 to ${most}`);
    }
    Object.assign(limits, { [name]: value });
  }
  return limits;
}
