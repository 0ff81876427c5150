import { ApiError } from '@otas/errors';
import {
  AnswerTooLarge,
  EventStoreUnavailable,
  type ExportPlace,
  type ExportScope,
  type ExportStore,
} from '@otas/event-store';

/** The first was measured as the fastest; the other is for events of megabytes. */
const [rowsPerBlockMax, rowsPerBlockMin] = [1024, 16];
/** What is deleted or past its retention meanwhile is out of the next statement. */
const statementMs = 10_000;
const askEveryMs = 1000;

/** What an export asks at its begin and then every second. Throws when it is to end. */
export type MayGoOn = () => Promise<unknown>;

/**
 * The text of an export, read while it is taken. A statement reads on for ten seconds at most, and the next one goes on behind
 * the last row; so does one with smaller blocks after one that failed or broke off.
 */
export async function* exportParts(
  store: Pick<ExportStore, 'readRows'>,
  scope: ExportScope,
  format: 'ndjson' | 'csv',
  after: ExportPlace | null,
  mayGoOn: MayGoOn,
): AsyncGenerator<Buffer, void> {
  let [place, rowsPerBlock] = [after, rowsPerBlockMax];
  for (let isAtEnd = false; !isAtEnd; ) {
    await mayGoOn();
    const begunMs = performance.now();
    const begin = place;
    let askedMs = begunMs;
    try {
      isAtEnd = true;
      for await (const { pieces, last } of store.readRows(scope, format, place, rowsPerBlock)) {
        yield* pieces;
        place = last;
        const nowMs = performance.now();
        isAtEnd = nowMs - begunMs < statementMs;
        if (!isAtEnd) break;
        if (nowMs - askedMs < askEveryMs) continue;
        askedMs = nowMs;
        await mayGoOn();
      }
      rowsPerBlock = Math.min(rowsPerBlock * 4, rowsPerBlockMax);
    } catch (error) {
      const mayPass =
        error instanceof AnswerTooLarge || (error instanceof EventStoreUnavailable && place !== begin);
      if (!mayPass || rowsPerBlock === rowsPerBlockMin) throw error;
      [isAtEnd, rowsPerBlock] = [false, rowsPerBlock / 4];
    }
  }
}

/** @throws ApiError 503 `not_ready` when the process stops */
export function unlessStopping(isStopping: () => boolean, mayRead: MayGoOn): MayGoOn {
  return async () => {
    if (isStopping()) throw new ApiError('not_ready');
    await mayRead();
  };
}
