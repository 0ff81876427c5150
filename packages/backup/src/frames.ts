import { DamagedBackup } from './manifest';

/** A part of a table: some of its rows, in whichever form the store gives and takes them. */
export interface Frame {
  readonly rows: number;
  readonly data: Buffer;
}

// Before the data of each frame: their length, and the number of rows.
const headBytes = 8;

/** Longer than any frame that is written: what says so is damaged. */
const frameMaxBytes = 1024 * 1024 * 1024;

export function encodeFrame({ rows, data }: Frame): Buffer {
  const head = Buffer.alloc(headBytes);
  head.writeUInt32BE(data.length, 0);
  head.writeUInt32BE(rows, 4);
  return Buffer.concat([head, data]);
}

/** The frames of a file's bytes, one at a time. @throws DamagedBackup when they end within one */
export async function* decodeFrames(chunks: AsyncIterable<Buffer>): AsyncGenerator<Frame, void> {
  let waiting: Buffer[] = [];
  let length = 0;
  let needed = headBytes;
  for await (const chunk of chunks) {
    waiting.push(chunk);
    length += chunk.length;
    while (length >= needed) {
      const bytes = Buffer.concat(waiting);
      const dataBytes = bytes.readUInt32BE(0);
      if (dataBytes > frameMaxBytes) throw new DamagedBackup('a part of a table is too large');
      const end = headBytes + dataBytes;
      waiting = [bytes];
      needed = end;
      if (length < end) break;
      yield { rows: bytes.readUInt32BE(4), data: bytes.subarray(headBytes, end) };
      waiting = [bytes.subarray(end)];
      length -= end;
      needed = headBytes;
    }
  }
  if (length > 0) throw new DamagedBackup('a table ends within a row');
}
