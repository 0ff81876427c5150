import { wire } from '@otas/event-schema';
import { z } from 'zod';
import { wireTime } from '../wire/answers';
import type { NewErasure } from './erasures.store';

/** A deletion whose records and events are not gone yet. */
export const newErasure = z
  .object({ id: wire.uuid, requested_at: wire.time, done_at: z.null() })
  .meta({ id: 'NewErasure' });

/** An erasure as the answer to its request shows it. */
export function erasureAnswer({ id, requestedAt }: NewErasure): object {
  return { id, requested_at: wireTime(requestedAt), done_at: null };
}
