import { serviceHeaders } from './internal';
import type { TestService } from './service';

export const erasurePaths = {
  list: '/internal/v1/erasures/',
  done: '/internal/v1/erasures/done/',
} as const;

/** An erasure, as other services see it. */
export interface ErasureAnswer {
  readonly id: string;
  readonly kind: string;
  readonly project_id: string;
  readonly agent_id: string | null;
  readonly session_id: string | null;
  readonly requested_at: string;
  readonly events_erased_at: string | null;
  readonly done_at: string | null;
}

/** The erasures after one, or from the first; all pages. */
export async function listErasures({ http }: TestService, after?: string): Promise<ErasureAnswer[]> {
  const request = http.get(erasurePaths.list).set(serviceHeaders);
  const answer = await request.query(after === undefined ? {} : { after }).expect(200);
  const { erasures, has_more: hasMore } = answer.body.response;
  return hasMore
    ? [...erasures, ...(await listErasures({ http } as TestService, erasures.at(-1).id))]
    : erasures;
}

/** Brain's word that an erasure's events are gone. */
export const reportErased = ({ http }: TestService, id: string, erased: object) =>
  http.post(erasurePaths.done).set(serviceHeaders).send({ id, erased });

/** Deletes the records of projects that were deleted until now, as the service does by itself after a quarter of a minute. */
export async function eraseRecords(service: TestService): Promise<void> {
  service.clock.now = new Date(Date.now() + 15_000);
  await service.deps.recordEraser.run();
  service.clock.now = null;
}
