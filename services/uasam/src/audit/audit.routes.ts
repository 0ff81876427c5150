import { wire } from '@otas/event-schema';
import { endpoint, type MountedEndpoint, type RequestContext } from '@otas/http-kit';
import { z } from 'zod';
import type { Deps } from '../deps';
import { type AuditQuery, parseAuditQuery, parseKeptHead } from './audit.schemas';
import { auditRecord, chainReport, exportAnswer, recordAnswer, reportAnswer } from './audit-answers';
import { exportAudit, listAudit } from './list-audit';
import { verifyChain } from './verify-chain';

const tag = 'Audit';
const page = z.object({
  project_id: wire.uuid,
  records: z.array(auditRecord),
  next_cursor: wire.cursor.optional(),
});
const lines = z.string().meta({ description: 'A record on each line.', examples: ['{"sequence":1}'] });

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
      about: {
        name: 'listAudit',
        tag,
        summary: 'Lists what was changed in a project, newest first',
        details:
          'With `format=ndjson`, or `Accept: application/x-ndjson`, all of it in one answer; `limit` is then not looked at. A last line with `export_interrupted` says that it is not whole.',
        answer: [
          { payload: z.object({ response_body: page }) },
          { types: { 'application/x-ndjson': lines } },
        ],
        headers: { Accept: z.string().meta({ examples: ['application/x-ndjson'] }) },
        errors: ['invalid_request', 'invalid_cursor'],
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
      about: {
        name: 'verifyAudit',
        tag,
        summary: 'Tells whether the audit log of a project is as it was written',
        details:
          'Each record holds the hash of the one before. A head that was kept, `sequence` and `hash`, also shows what was cut off its end.',
        answer: z.object({ response_body: chainReport }),
        errors: ['invalid_request'],
      },
    }),
  ];
}

function isExport({ format }: AuditQuery, context: RequestContext): boolean {
  if (format !== null) return format === 'ndjson';
  return /\bapplication\/x-ndjson\b/i.test(context.header('accept') ?? '');
}
