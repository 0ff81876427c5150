import { ApiError } from '@otas/errors';
import {
  AnswerTooLarge,
  type ExportPage,
  type ExportPlace,
  type ExportScope,
  type ExportStore,
} from '@otas/event-store';

const rowsPerPageMax = 16_384;

/** What an export asks before each of its pages. Throws when it is to end. */
export type MayGoOn = () => Promise<unknown>;

/**
 * The text of an export in pages of at most 16,384 events and 32 MiB. The next page is read while who takes them is busy with
 * the one before, and no further.
 */
export async function* exportPages(
  store: Pick<ExportStore, 'readPage'>,
  scope: ExportScope,
  format: 'ndjson' | 'csv',
  after: ExportPlace | null,
  mayGoOn: MayGoOn,
): AsyncGenerator<readonly Buffer[], void> {
  let limit = rowsPerPageMax;
  const read = async (behind: ExportPlace | null): Promise<ExportPage> => {
    await mayGoOn();
    for (;;) {
      try {
        const page = await store.readPage(scope, format, behind, limit);
        limit = Math.min(limit * 2, rowsPerPageMax);
        return page;
      } catch (error) {
        if (!(error instanceof AnswerTooLarge) || limit === 1) throw error;
        limit = Math.ceil(limit / 4);
      }
    }
  };
  let page = await read(after);
  while (page.last !== null) {
    const next = read(page.last);
    // Whoever stops taking pages leaves it behind.
    next.catch(() => undefined);
    yield page.pieces;
    page = await next;
  }
}

/** @throws ApiError 503 `not_ready` when the process stops */
export function unlessStopping(isStopping: () => boolean, mayRead: MayGoOn): MayGoOn {
  return async () => {
    if (isStopping()) throw new ApiError('not_ready');
    await mayRead();
  };
}
