import type { TestService } from './service';
import { testEnvironment } from './service';

export const serviceHeaders = { 'X-OTAS-SERVICE-TOKEN': testEnvironment.SERVICE_TOKENS };

export const internalPaths = {
  authorize: '/internal/v1/authorize/',
  revocations: '/internal/v1/revocations/',
} as const;

/** A page of what stopped being valid. */
export interface RevocationFeed {
  readonly cursor: string;
  readonly is_reset: boolean;
  readonly has_more: boolean;
  readonly revocations: readonly { readonly kind: string; readonly id: string; readonly at: string }[];
}

/** What stopped being valid after a cursor; without one only the present cursor. */
export async function readRevocations({ http }: TestService, after?: string): Promise<RevocationFeed> {
  const request = http.get(internalPaths.revocations).set(serviceHeaders);
  return (await request.query(after === undefined ? {} : { after }).expect(200)).body.response;
}
