import { countEnds, findLastEnd, type RecordFormat } from './record-ends';

/** Cuts an export that comes in pieces into whole records, so that it can go on behind the last of them. */
export class WholeRecords {
  /** Of the last whole record; what to go on behind. */
  cursor: string | null;
  readonly #format: RecordFormat;
  #pieces: Buffer[] = [];

  /** `cursor`: behind which the export begins; null: from its first event. */
  constructor(format: RecordFormat, cursor: string | null) {
    this.#format = format;
    this.cursor = cursor;
  }

  /** Whether the end is none of a record: Brain's last line when it cannot go on is none either. CSV does not tell. */
  get isCut(): boolean {
    return this.#format === 'ndjson' && this.#pieces.length > 0;
  }

  /** What is whole now, and was not before; empty while a record is not. */
  take(piece: Buffer): { readonly bytes: Buffer; readonly count: number } {
    this.#pieces.push(piece);
    const nothing = { bytes: Buffer.alloc(0), count: 0 };
    if (!piece.includes(10)) return nothing;
    const all = Buffer.concat(this.#pieces);
    const last = findLastEnd(all, this.#format);
    if (last === null) {
      this.#pieces = [all];
      return nothing;
    }
    this.cursor = last.cursor;
    this.#pieces = last.end === all.length ? [] : [all.subarray(last.end)];
    const bytes = all.subarray(0, last.end);
    return { bytes, count: countEnds(bytes, this.#format) };
  }

  /** What is left at a regular end: the names of the columns of an empty CSV. */
  rest(): Buffer {
    return Buffer.concat(this.#pieces);
  }
}
