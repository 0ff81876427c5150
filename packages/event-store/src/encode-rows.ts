/** A row of a table, in the order of its INSERT. The first column is an id, the last one a text, and one at most a list of texts. */
export type Row = readonly unknown[];

/** Rows in the format JSONCompactEachRow, one behind the other, each with its line end. */
export interface EncodedRows {
  /** Behind as many bytes as were asked for, which are the caller's to write. */
  readonly bytes: Buffer;
  /** Of each row, in bytes. */
  readonly lengths: readonly number[];
}

const between = Buffer.from('],[');
const [quote, comma, closeBracket, lineEnd] = [34, 44, 93, 10];

/**
 * Writes rows as they are inserted, behind `offset` free bytes. All in one call of JSON.stringify, which takes half as long
 * as one for each.
 */
export function encodeRows(rows: readonly Row[], offset = 0): EncodedRows {
  // Of the brackets around all rows, the first goes and the last becomes a line end.
  const text = JSON.stringify(rows).slice(1);
  const bytes = Buffer.allocUnsafe(offset + Buffer.byteLength(text));
  bytes.write(text, offset);
  const lengths: number[] = [];
  for (let start = offset; start < bytes.length; ) {
    const end = endOfRow(bytes, start);
    bytes[end] = lineEnd;
    lengths.push(end + 1 - start);
    start = end + 1;
  }
  return { bytes, lengths };
}

/**
 * Where the comma behind a row stands: in `"],["`, when the second quote begins an id. In a text that looks so, `],[` or
 * `x"],[`, that quote is the text's end, since one within it has a backslash before it.
 */
function endOfRow(bytes: Buffer, start: number): number {
  for (let at = start; ; at++) {
    at = bytes.indexOf(between, at);
    if (at === -1) return bytes.length - 1;
    const follower = bytes[at + 4];
    const isQuoted = bytes[at - 1] === quote && bytes[at + 3] === quote;
    if (isQuoted && follower !== comma && follower !== closeBracket) return at + 1;
  }
}
