import { endpoint, type MountedEndpoint, type RequestContext } from '@otas/http-kit';
import type { Deps } from '../deps';
import { type AuditQuery, parseAuditQuery, parseKeptHead } from './audit.schemas';
import { exportAnswer, recordAnswer, reportAnswer } from './audit-answers';
import { exportAudit, listAudit } from './list-audit';
import { verifyChain } from './verify-chain';

export function auditEndpoints(deps: Deps): MountedEndpoint[] {
  const { credentials } = deps;

  return [
    endpoint({
      methods: ['GET'],
      path: '/api/project/v1/audit/',
      authenticate: credentials.adminOfAny,
      query: parseAuditQuery,
      status: 200,
      description: 'audit_listed',
      handle: async ({ principal, query, context }) => {
        if (isExport(query, context)) return exportAnswer(exportAudit(deps, principal, query));
        const { records, nextCursor } = await listAudit(deps, principal, query);
        const next = nextCursor === null ? {} : { next_cursor: nextCursor };
        const shown = records.map(recordAnswer);
        return { response_body: { project_id: principal.project.id, records: shown, ...next } };
      },
    }),
    endpoint({
      methods: ['GET'],
      path: '/api/project/v1/audit/verify/',
      authenticate: credentials.adminOfAny,
      query: parseKeptHead,
      status: 200,
      description: 'audit_verified',
      handle: async ({ principal, query }) => {
        const { id } = principal.project;
        const report = await verifyChain(deps.audit, id, query);
        return { response_body: { project_id: id, ...reportAnswer(report) } };
      },
    }),
  ];
}

function isExport({ format }: AuditQuery, context: RequestContext): boolean {
  if (format !== null) return format === 'ndjson';
  return /\bapplication\/x-ndjson\b/i.test(context.header('accept') ?? '');
}
