import { AnswerTooLarge } from '@otas/event-store';

export interface Page<Row> {
  readonly rows: readonly Row[];
  readonly hasMore: boolean;
}

/**
 * A page of at most `limit` rows. Where the rows are too large for one answer of the store the page is shorter, down to
 * one row.
 *
 * @param read gives the first rows, as many as it is asked for and there are
 * @throws AnswerTooLarge when two rows are too large already
 */
export async function readPage<Row>(
  limit: number,
  read: (limit: number) => Promise<readonly Row[]>,
): Promise<Page<Row>> {
  try {
    const found = await read(limit + 1);
    return { rows: found.slice(0, limit), hasMore: found.length > limit };
  } catch (error) {
    if (limit === 1 || !(error instanceof AnswerTooLarge)) throw error;
    return readPage(Math.floor(limit / 2), read);
  }
}
