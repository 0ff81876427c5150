import { UasamClient } from '../../src';

/** A client of one server, with a clock of its own. */
export function clientOf(url: string, nowMs: () => number): UasamClient {
  const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
  const serviceToken = 'a service token of at least thirty-two characters';
  return new UasamClient({
    url,
    internalUrl: url,
    serviceToken,
    timeoutMs: 300,
    revocationPollMs: 100,
    log,
    nowMs,
  });
}
