import { formatTime } from '@otas/event-schema';
import { EventStream } from '@otas/http-kit';
import type { AuditRecord } from './audit-record';
import type { ChainReport } from './verify-chain';

const interrupted = { status: 0, status_description: 'export_interrupted' };
const stalledMs = 30_000;

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
