import { clearTimeout, setTimeout } from 'node:timers';
import type { Timer } from '../platform';

// As they were at import: a host's test may stop the clock.
const [set, clear] = [setTimeout, clearTimeout];

/** @param isRef whether the process stays alive for it */
export function setTimer(run: () => void, delayMs: number, isRef: boolean): Timer {
  const timer = set(run, delayMs);
  if (!isRef) timer.unref();
  return { clear: () => clear(timer) };
}
