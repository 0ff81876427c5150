import { ApiError } from '@otas/errors';
import type { MemberPrincipal } from '../auth/principals';
import type { Deps } from '../deps';
import type { AuditQuery } from './audit.schemas';
import type { AuditRecord } from './audit-record';

export interface AuditPage {
  readonly records: readonly AuditRecord[];
  /** Null at the end of the log. */
  readonly nextCursor: string | null;
}

const exportPageRows = 500;

type AuditDeps = Pick<Deps, 'audit' | 'auditCursors'>;

/**
 * The newest rows of the caller's project, or those after a cursor.
 *
 * @throws ApiError 400 `invalid_cursor`.
 */
export async function listAudit(
  deps: AuditDeps,
  { project }: MemberPrincipal,
  query: AuditQuery,
): Promise<AuditPage> {
  const before = placeOf(deps, project.id, query);
  const found = await deps.audit.list(project.id, query.filter, before, query.limit + 1);
  const records = found.slice(0, query.limit);
  const last = found.length > query.limit ? records.at(-1) : undefined;
  if (last === undefined) return { records, nextCursor: null };
  // The place in this list is a row's number; the project alone has it.
  const place = { createdAt: last.sequence, id: project.id };
  return { records, nextCursor: deps.auditCursors.write(project.id, place) };
}

/**
 * All rows of the caller's project, newest first, or those after a cursor: 500 at a time, so that memory stays bounded.
 * Never an empty list.
 *
 * @throws ApiError 400 `invalid_cursor`.
 */
export async function* exportAudit(
  deps: AuditDeps,
  { project }: MemberPrincipal,
  query: AuditQuery,
): AsyncGenerator<readonly AuditRecord[], undefined> {
  let before = placeOf(deps, project.id, query);
  for (;;) {
    const records = await deps.audit.list(project.id, query.filter, before, exportPageRows);
    if (records.length > 0) yield records;
    if (records.length < exportPageRows) return undefined;
    before = records.at(-1)?.sequence ?? null;
  }
}

function placeOf({ auditCursors }: AuditDeps, projectId: string, { cursor }: AuditQuery): number | null {
  if (cursor === null) return null;
  const place = auditCursors.read(projectId, cursor);
  if (place === null) throw new ApiError('invalid_cursor');
  return place.createdAt;
}
