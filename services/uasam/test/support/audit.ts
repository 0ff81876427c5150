import type { TestService } from './service';

/** A row of the audit log, as the route shows it. */
export interface AuditRow {
  readonly sequence: number;
  readonly action: string;
  readonly principal: { readonly kind: string; readonly id: string | null };
  readonly address: string;
  readonly request_id: string;
  readonly target: { readonly kind: string; readonly id: string };
  readonly before: object | null;
  readonly after: object | null;
  readonly created_at: string;
  readonly previous_hash: string;
  readonly hash: string;
}

export const auditPath = '/api/project/v1/audit/';

/** The rows of the project for which the headers are, newest first; the 100 newest. */
export async function readAudit(
  { http }: TestService,
  headers: Record<string, string>,
  query: object = {},
): Promise<AuditRow[]> {
  const answer = await http
    .get(auditPath)
    .set(headers)
    .query({ limit: 100, ...query })
    .expect(200);
  return answer.body.response_body.records;
}

/** How many rows a request has left, whose `X-Request-Id` it is; other tests write at the same time. */
export async function countAudit({ deps }: TestService, requestId: string): Promise<number> {
  return deps.database.prisma.auditRecord.count({ where: { requestId } });
}

/** Changes rows behind the trigger's back, as only a superuser can. */
export async function tamper({ deps }: TestService, sql: string): Promise<void> {
  const { prisma } = deps.database;
  await prisma.$transaction([
    prisma.$executeRawUnsafe('ALTER TABLE audit_log DISABLE TRIGGER audit_log_is_append_only'),
    prisma.$executeRawUnsafe(sql),
    prisma.$executeRawUnsafe('ALTER TABLE audit_log ENABLE ALWAYS TRIGGER audit_log_is_append_only'),
  ]);
}
