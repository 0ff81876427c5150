import type { Micros } from '@otas/event-schema';
import { z } from 'zod';

/** A time under /v2. */
export const v2Time = z
  .string()
  .regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
  .meta({ format: 'date-time', examples: ['2026-04-16T14:30:00.000Z'] });

/** `2026-04-16T14:30:00.000Z`, as every time under /v2; what is below a millisecond is left out. */
export function formatV2Time(micros: Micros): string {
  return new Date(Math.floor(micros / 1000)).toISOString();
}
