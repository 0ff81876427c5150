import type { Micros } from '@otas/event-schema';

/** `2026-04-16T14:30:00.000Z`, as every time under /v2; what is below a millisecond is left out. */
export function formatV2Time(micros: Micros): string {
  return new Date(Math.floor(micros / 1000)).toISOString();
}
