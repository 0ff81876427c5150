import { randomUUID } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { decodeBlock, encodeBlock, type LogBlock, type LogRecord, toBlocks } from './block';
import {
  bytesOnDisk,
  type Key,
  type LogFiles,
  openLogFiles,
  refuseOlderRecords,
  usedBytesOf,
  writeOnce,
} from './log-files';
import { type LogPosition, laterBy } from './position';
import { RecentBlocks } from './recent-blocks';

export interface EventLogOptions {
  /** Directory of the log; made with mode 0700 when missing. Not on a network file system. */
  readonly dir: string;
  /** How many bytes on disk the records may take; see {@link EventLog.hasRoomFor}. */
  readonly maxBytes: number;
}

/** The records that wait have reached the bound of the log. Nothing of what was refused is written. */
export class EventLogFull extends Error {
  constructor() {
    super('the event log is full');
    this.name = 'EventLogFull';
  }
}

/** What changes at once, all of it or nothing. */
export interface LogTransaction {
  /** They come to lie behind all others, in this order. */
  readonly appended: readonly LogRecord[];
  /** As {@link EventLog.read} gave them. */
  readonly removed: readonly Pick<LogBlock, 'position' | 'length'>[];
  /** By name; null takes a text away. */
  readonly texts: ReadonlyMap<string, string | null>;
}

/** An insert's worth: what was appended while one is in flight. */
const recentMaxBytes = 8 * 1024 * 1024;
/** The system counts each page of the file that was touched as ours, until the file is closed. */
const touchedMaxBytes = 32 * 1024 * 1024;
/** More than most transactions append. */
const scratchBytes = 4 * 1024 * 1024;

/**
 * Records on disk until somebody else has them: appended at the end, read and removed from the front, and beside them
 * small texts by name that change in the same transaction. What was written is there after a crash of the process or of
 * the machine; a transaction that was cut is not there at all. Memory does not grow with what waits.
 *
 * Several processes may have the same directory open: their places never meet.
 */
export class EventLog {
  readonly #options: EventLogOptions;
  /** A UUID that the directory has for as long as it exists. */
  readonly identity: string;
  /** All texts by name, as they were when the log was opened. */
  readonly textsAtOpening: ReadonlyMap<string, string>;
  readonly #epoch: number;
  readonly #recent: RecentBlocks;
  #end: LogPosition;
  #files: LogFiles | null;
  #closing: Promise<void> | null = null;
  #count = 0;
  #usedBytes: number;
  #touchedBytes = 0;
  readonly #scratch = Buffer.allocUnsafeSlow(scratchBytes);

  /** Opens the log. Throws when the directory cannot be used, or has records of an earlier version. */
  constructor(options: EventLogOptions) {
    mkdirSync(options.dir, { recursive: true, mode: 0o700 });
    this.#options = options;
    this.#files = openLogFiles(options.dir);
    refuseOlderRecords(this.#files);
    this.#epoch = beginEpoch(this.#files);
    this.identity = identify(this.#files);
    this.textsAtOpening = new Map([...this.#files.texts.getRange()].map(({ key, value }) => [key, value]));
    this.#usedBytes = usedBytesOf(this.#files);
    this.#end = [this.#epoch, -1];
    this.#recent = new RecentBlocks(recentMaxBytes, this.#end);
  }

  /** The place of the last record on disk, or one that is behind all records that were there at the opening. */
  get end(): LogPosition {
    return this.#end;
  }

  get dir(): string {
    return this.#options.dir;
  }

  get maxBytes(): number {
    return this.#options.maxBytes;
  }

  /** What the records take on disk, those included that are being written. */
  get usedBytes(): number {
    return this.#usedBytes;
  }

  /** Whether records of as many bytes may be appended. */
  hasRoomFor(bytes: number): boolean {
    return this.#usedBytes + bytes <= this.#options.maxBytes;
  }

  /**
   * Writes a transaction, and gives the place of its first record once it is on disk; each further one is one later.
   * To be called again only after that.
   *
   * @throws what the file system said, when it cannot be written
   */
  async write({ appended, removed, texts }: LogTransaction): Promise<LogPosition> {
    const first: LogPosition = [this.#epoch, this.#count];
    this.#count += appended.length;
    const blocks = toBlocks(appended, first);
    const bytes = sizeOf(blocks);
    this.#usedBytes += bytes;
    try {
      while (this.#closing !== null) await this.#closing;
      const files = this.#open();
      await writeOnce(files.root, () => [
        ...this.#encode(blocks).map(([key, value]) => files.waiting.put(key, value)),
        ...removed.map(({ position }) => files.waiting.remove(toKey(position))),
        ...[...texts].map(([name, text]) =>
          text === null ? files.texts.remove(name) : files.texts.put(name, text),
        ),
      ]);
    } catch (error) {
      this.#usedBytes -= bytes;
      throw error;
    }
    this.#usedBytes = Math.max(0, this.#usedBytes - sizeOf(removed));
    this.#touchedBytes += bytes;
    if (appended.length > 0) this.#end = laterBy(first, appended.length - 1);
    const last = removed.at(-1);
    if (last !== undefined) this.#recent.forget(last.position);
    this.#recent.add(blocks);
    if (this.#touchedBytes > touchedMaxBytes) this.#close();
    return first;
  }

  /**
   * The first blocks behind a place: at least one if there is one, and no further one that would take them past
   * `limits.count`, or that comes when they have `limits.bytes` together.
   *
   * @param after the place of the last record of a block; null: from the front
   */
  async read(after: LogPosition | null, limits: { count: number; bytes: number }): Promise<LogBlock[]> {
    const recent = this.#recent.behind(after);
    if (recent.length > 0) return takeWithin(recent, limits);
    while (this.#closing !== null) await this.#closing;
    const { waiting } = this.#open();
    const start = after === null ? {} : { start: toKey(after), exclusiveStart: true };
    const blocks = takeWithin(decodeAll(waiting.getRange(start)), limits);
    for (const { length } of blocks) this.#touchedBytes += length;
    return blocks;
  }

  /** Closes the files, once nothing is being written. */
  async close(): Promise<void> {
    this.#close();
    await this.#closing;
  }

  /** In memory that is used again with the next transaction, so that there is no garbage to collect. */
  #encode(blocks: readonly LogBlock[]): [Key, Buffer][] {
    const length = blocks.reduce((sum, block) => sum + block.length, 0);
    let rest = length <= scratchBytes ? this.#scratch : Buffer.allocUnsafe(length);
    return blocks.map((block) => {
      const value = encodeBlock(block, rest);
      rest = rest.subarray(block.length);
      return [toKey(block.position), value];
    });
  }

  #open(): LogFiles {
    this.#files ??= openLogFiles(this.#options.dir);
    return this.#files;
  }

  /** Gives the touched pages back; the files are opened again by whoever needs them next. */
  #close(): void {
    const files = this.#files;
    if (files === null) return;
    this.#files = null;
    this.#touchedBytes = 0;
    this.#closing = files.root.close().finally(() => {
      this.#closing = null;
    });
  }
}

function* decodeAll(values: Iterable<{ key: Key; value: Buffer }>): Generator<LogBlock> {
  for (const { key, value } of values) yield decodeBlock(key, value);
}

function takeWithin(blocks: Iterable<LogBlock>, limits: { count: number; bytes: number }): LogBlock[] {
  const taken: LogBlock[] = [];
  let [count, bytes] = [0, 0];
  for (const block of blocks) {
    count += block.records.reduce((sum, record) => sum + record.count, 0);
    if (taken.length > 0 && (count > limits.count || bytes >= limits.bytes)) break;
    bytes += block.length;
    taken.push(block);
  }
  return taken;
}

function toKey(position: LogPosition): Key {
  return [position[0], position[1]];
}

function sizeOf(blocks: readonly Pick<LogBlock, 'length'>[]): number {
  return blocks.reduce((sum, { length }) => sum + bytesOnDisk(length), 0);
}

function identify({ root }: LogFiles): string {
  return root.transactionSync(() => {
    const known = root.get('identity')?.toString();
    if (known !== undefined) return known;
    const identity = randomUUID();
    root.putSync('identity', Buffer.from(identity));
    return identity;
  });
}

/** A number that no other opening of this log has, larger than that of each one before. */
function beginEpoch({ root }: LogFiles): number {
  return root.transactionSync(() => {
    const last = Number(root.get('epoch')?.toString() ?? 0);
    const next = Math.max(Date.now(), last + 1);
    root.putSync('epoch', Buffer.from(String(next)));
    return next;
  });
}
