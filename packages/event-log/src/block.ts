import type { LogPosition } from './position';

/** What was appended as one. */
export interface LogRecord {
  readonly bytes: Buffer;
  /** How much it counts for in the limit of a read; at least 1. */
  readonly count: number;
}

/** Records that lie together on disk: they are read together and removed together. */
export interface LogBlock {
  /** That of the first record; each further one is one later. */
  readonly position: LogPosition;
  readonly records: readonly LogRecord[];
  /** On disk, without what LMDB adds. */
  readonly length: number;
}

/** A block takes no further record when that would make it longer. */
const blockMaxLength = 256 * 1024;
/** Before each record: its length and its count. */
const headLength = 8;

/** Puts records together into blocks; the first has the given place. */
export function toBlocks(records: readonly LogRecord[], first: LogPosition): LogBlock[] {
  const blocks: LogBlock[] = [];
  let [from, length] = [0, 0];
  const end = (to: number): void => {
    const position: LogPosition = [first[0], first[1] + from];
    if (to > from) blocks.push({ position, records: records.slice(from, to), length });
    [from, length] = [to, 0];
  };
  for (const [at, { bytes }] of records.entries()) {
    if (length + headLength + bytes.length > blockMaxLength) end(at);
    length += headLength + bytes.length;
  }
  end(records.length);
  return blocks;
}

/** Writes a block to the front of `target`, and gives the part that it takes. */
export function encodeBlock({ records, length }: LogBlock, target: Buffer): Buffer {
  let at = 0;
  for (const { bytes, count } of records) {
    target.writeUInt32BE(bytes.length, at);
    target.writeUInt32BE(count, at + 4);
    bytes.copy(target, at + headLength);
    at += headLength + bytes.length;
  }
  return target.subarray(0, length);
}

export function decodeBlock(position: LogPosition, encoded: Buffer): LogBlock {
  const records: LogRecord[] = [];
  for (let at = 0; at < encoded.length; ) {
    const from = at + headLength;
    const to = from + encoded.readUInt32BE(at);
    records.push({ bytes: encoded.subarray(from, to), count: encoded.readUInt32BE(at + 4) });
    at = to;
  }
  return { position, records, length: encoded.length };
}
