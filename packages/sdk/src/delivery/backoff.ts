/**
 * The wait before the next try: it doubles from failure to failure, and half of it is left to chance so that many
 * clients don't come back at once.
 *
 * @param failures how often it failed in a row, at least 1
 */
export function backoffMs(failures: number, minMs: number, maxMs: number): number {
  const wholeMs = Math.min(maxMs, minMs * 2 ** Math.min(failures - 1, 30));
  return wholeMs / 2 + (Math.random() * wholeMs) / 2;
}
