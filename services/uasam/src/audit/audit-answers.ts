import { formatTime, wire } from '@otas/event-schema';
import { EventStream } from '@otas/http-kit';
import { z } from 'zod';
import type { AuditRecord } from './audit-record';
import type { ChainReport } from './verify-chain';

const interrupted = { status: 0, status_description: 'export_interrupted' };
const stalledMs = 30_000;

const hash = z
  .string()
  .regex(/^[0-9a-f]{64}$/)
  .meta({ examples: ['b5bb9d8014a0f9b1d61e21e796d78dccdf1352f23cd32812f4850b878ae4944c'] });
const changed = z
  .record(z.string(), z.unknown())
  .nullable()
  .meta({ examples: [{ name: 'Shop' }] });

export const auditRecord = z
  .object({
    sequence: wire.count,
    created_at: wire.time,
    action: z.string().meta({ examples: ['project.updated'] }),
    principal: z.object({
      kind: z.string().meta({ examples: ['user'] }),
      id: wire.uuid.nullable(),
    }),
    address: z.string().meta({ examples: ['203.0.113.7'] }),
    request_id: z.string().meta({ examples: ['4bf92f3577b34da6a3ce929d0e0e4736'] }),
    target: z.object({
      kind: z.string().meta({ examples: ['project'] }),
      id: wire.uuid,
    }),
    before: changed,
    after: changed,
    previous_hash: hash,
    hash,
  })
  .meta({ id: 'AuditRecord' });

export const chainReport = z.object({
  project_id: wire.uuid,
  is_intact: z.boolean(),
  count: wire.count,
  head: z.object({ sequence: wire.count, hash }).nullable(),
  fault_count: wire.count,
  faults: z.array(
    z.object({
      sequence: wire.count,
      fault: z.enum(['changed', 'missing', 'not_linked', 'not_as_kept']),
    }),
  ),
});

/** A row as the answers show it. */
export function recordAnswer(record: AuditRecord): object {
  return {
    sequence: record.sequence,
    created_at: formatTime(record.createdAt),
    action: record.action,
    principal: { kind: record.principalKind, id: record.principalId },
    address: record.address,
    request_id: record.requestId,
    target: { kind: record.targetKind, id: record.targetId },
    before: record.before === null ? null : JSON.parse(record.before),
    after: record.after === null ? null : JSON.parse(record.after),
    previous_hash: record.previousHash,
    hash: record.hash,
  };
}

export function reportAnswer(report: ChainReport): object {
  return {
    is_intact: report.faultCount === 0,
    count: report.rowCount,
    head: report.head,
    fault_count: report.faultCount,
    faults: report.faults,
  };
}

/**
 * Pages of rows as NDJSON, one line a row. The first page is read before there is an answer, so that an error still is one;
 * an error later is a last line, since some clients take a connection that is cut for the end.
 */
export async function exportAnswer(
  pages: AsyncGenerator<readonly AuditRecord[], undefined>,
): Promise<EventStream> {
  let page = await pages.next();
  return new EventStream({
    contentType: 'application/x-ndjson',
    stalledMs,
    run: async (writer) => {
      try {
        for (; page.value !== undefined; page = await pages.next()) {
          await writer.write(
            page.value.map((record) => `${JSON.stringify(recordAnswer(record))}\n`).join(''),
          );
        }
      } catch (error) {
        if (!writer.closed.aborted) await writer.write(`${JSON.stringify(interrupted)}\n`);
        throw error;
      }
    },
  });
}
