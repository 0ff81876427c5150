import { EventStoreUnavailable } from './errors';
import { type ExportPlace, placeOfCursor } from './queries/export-events';

/** Bytes of text of some rows, as ClickHouse wrote them. */
export interface ExportPart {
  /** In pieces as they came. */
  readonly pieces: readonly Buffer[];
  /** Behind the last of them. */
  readonly last: ExportPlace;
}

const lineEnd = 10;
/** Of the text of a cursor, and what stands around it. */
const cursorMaxBytes = 100;

/**
 * The text of an export in parts of whole rows. A row ends with its cursor and a line end, which stand nowhere else: in JSON no
 * text has a line end, and in CSV none has a quotation mark that is not doubled. So what an answer that fails on its way ends with,
 * part of a row or the words of an error, never gets through.
 *
 * @throws EventStoreUnavailable when the text breaks off, or ends otherwise than with a row
 */
export async function* wholeRows(text: AsyncIterable<Buffer>): AsyncGenerator<ExportPart, void> {
  let begun: Buffer[] = [];
  try {
    for await (const piece of text) {
      const found = findLastEnd(begun, piece);
      if (found === null) {
        begun.push(piece);
        continue;
      }
      yield { pieces: [...begun, piece.subarray(0, found.end)], last: found.place };
      begun = found.end < piece.length ? [piece.subarray(found.end)] : [];
    }
  } catch (error) {
    throw new EventStoreUnavailable(error);
  }
  if (begun.length > 0) throw new EventStoreUnavailable(new Error('an export ends within a row'));
}

/** Where the last row ends that ends in a piece, and its place; null when none does. */
function findLastEnd(
  before: readonly Buffer[],
  piece: Buffer,
): { readonly end: number; readonly place: ExportPlace } | null {
  for (
    let end = piece.lastIndexOf(lineEnd) + 1;
    end > 0;
    end = piece.subarray(0, end - 1).lastIndexOf(lineEnd) + 1
  ) {
    const cursor = /[,:]"([^"]*)"\}?\n$/.exec(lastText([...before, piece.subarray(0, end)]))?.[1];
    const place = placeOfCursor(cursor ?? '');
    if (place !== null) return { end, place };
  }
  return null;
}

function lastText(pieces: readonly Buffer[]): string {
  let text = '';
  for (let at = pieces.length - 1; at >= 0 && text.length < cursorMaxBytes; at--)
    text = (pieces[at] as Buffer).subarray(-cursorMaxBytes).toString('latin1') + text;
  return text;
}
