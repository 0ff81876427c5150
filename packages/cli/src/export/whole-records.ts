import { countEnds, findLastEnd, type RecordFormat } from './record-ends';

const interrupted = Buffer.from('{"status":0,"status_description":"export_interrupted"}\n');

/** Cuts an export that comes in pieces into whole records, so that it can go on behind the last of them. */
export class WholeRecords {
  /** Of the last whole record; what to go on behind. */
  cursor: string | null;
  readonly #format: RecordFormat;
  #pieces: Buffer[] = [];
  #isInterrupted = false;

  /** `cursor`: behind which the export begins; null: from its first event. */
  constructor(format: RecordFormat, cursor: string | null) {
    this.#format = format;
    this.cursor = cursor;
  }

  /** Whether Brain said that it could not go on, or the end is none of a record. */
  get isCut(): boolean {
    return this.#isInterrupted || (this.#format === 'ndjson' && this.#pieces.length > 0);
  }

  /** What is whole now, and was not before; empty while a record is not. */
  take(piece: Buffer): { readonly bytes: Buffer; readonly count: number } {
    this.#pieces.push(piece);
    const nothing = { bytes: Buffer.alloc(0), count: 0 };
    if (!piece.includes(10)) return nothing;
    const all = Buffer.concat(this.#pieces);
    this.#isInterrupted = this.#format === 'ndjson' && endsWith(all, interrupted);
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

function endsWith(bytes: Buffer, end: Buffer): boolean {
  return bytes.length >= end.length && bytes.subarray(-end.length).equals(end);
}
