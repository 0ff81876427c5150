import { setTimeout as sleep } from 'node:timers/promises';
import { CliError, exitCodes } from '../exit-codes';
import type { ApiClient } from '../http/api-client';
import { Refusal, Unreachable } from '../http/refusal';
import { RetryDelays } from '../http/retry-delays';
import type { RecordFormat } from './record-ends';
import { WholeRecords } from './whole-records';

/** What is exported; docs/api.md says what each means. Null: not said. */
export interface ExportQuery {
  readonly kind: 'backend_event' | 'agent_event';
  readonly sessionId: string | null;
  readonly from: string | null;
  readonly until: string | null;
  /** Behind which it begins; null: from the first event. */
  readonly cursor: string | null;
}

/** Some whole records. */
export interface ExportPart {
  readonly bytes: Buffer;
  readonly count: number;
  /** Of the last of them; null as long as none has come. */
  readonly cursor: string | null;
}

/** Told of each time that the export is taken up again. */
export type OnRetry = (reason: string) => Promise<void>;

/** Tries in a row of which none brings a record. */
const triesMax = 6;

/** An export that could not be brought to its end; what came before is whole. */
export class ExportCut extends CliError {
  readonly cursor: string | null;

  constructor(reason: string, cursor: string | null) {
    super(exitCodes.unavailable, `the export was interrupted: ${reason}`);
    this.name = 'ExportCut';
    this.cursor = cursor;
  }
}

/**
 * An export in whole records. Where it is cut it is taken up behind the last of them, as long as that brings it further.
 *
 * @throws Refusal when Brain refuses for good; ExportCut after six tries in vain
 */
export async function* readExport(
  brain: ApiClient,
  query: ExportQuery,
  format: RecordFormat,
  onRetry: OnRetry,
): AsyncGenerator<ExportPart> {
  const delays = new RetryDelays();
  let { cursor } = query;
  for (;;) {
    const records = new WholeRecords(format, cursor);
    const gone = new AbortController();
    let cut: Error | null = null;
    try {
      const pieces = await openExport(brain, { ...query, cursor }, format, gone.signal);
      for await (const piece of pieces) {
        const { bytes, count } = records.take(piece);
        if (count === 0) continue;
        delays.reset();
        cursor = records.cursor;
        yield { bytes, count, cursor };
      }
      if (!records.isCut) {
        const rest = records.rest();
        if (rest.length > 0) yield { bytes: rest, count: 0, cursor };
        return;
      }
    } catch (error) {
      if (isFinal(error)) throw error;
      cut = error as Error;
    } finally {
      gone.abort();
    }
    const reason = cut === null ? 'Brain could not go on' : cut.message;
    if (delays.count >= triesMax) throw new ExportCut(reason, cursor);
    await onRetry(reason);
    await sleep(delays.next(cut instanceof Refusal ? cut.retryAfterMs : null));
  }
}

/** An export as it comes. @throws Refusal, Unreachable, also on the way */
export function openExport(
  brain: ApiClient,
  { kind, sessionId, from, until, cursor }: ExportQuery,
  format: RecordFormat | 'parquet',
  signal: AbortSignal,
): Promise<AsyncIterable<Buffer>> {
  const query = { format, kind, session_id: sessionId, from, until, cursor };
  return brain.open('/api/v1/export/', query, { signal });
}

/** Whether the same request would fail again: what is no fault of the connection, nor a temporary one of Brain. */
function isFinal(error: unknown): boolean {
  return error instanceof Refusal ? !error.isTemporary : !(error instanceof Unreachable);
}
