import { wireTime } from '../wire/answers';
import type { NewErasure } from './erasures.store';

/** An erasure as the answer to its request shows it. */
export function erasureAnswer({ id, requestedAt }: NewErasure): object {
  return { id, requested_at: wireTime(requestedAt), done_at: null };
}
