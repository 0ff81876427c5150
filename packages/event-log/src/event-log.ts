import { randomUUID } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { type Database, open, type RootDatabase } from 'lmdb';
import type { LogEntry, LogPosition } from './position';

export interface EventLogOptions {
  /** Directory of the log; made with mode 0700 when missing. Not on a network file system. */
  readonly dir: string;
  /** How many bytes on disk the records may take; past it {@link EventLogFull}. */
  readonly maxBytes: number;
}

/** The records that wait have reached `maxBytes`. Nothing of the refused append was written. */
export class EventLogFull extends Error {
  constructor() {
    super('the event log is full');
    this.name = 'EventLogFull';
  }
}

type Key = [epoch: number, count: number];

const pageBytes = 4096;

/**
 * Records on disk until somebody else has them: appended at the end, read and removed from the front, and beside them
 * small texts by name that change in the same transaction. What a method has acknowledged is there after a crash of
 * the process or of the machine; a transaction that was cut is not there at all. Everything that is asked for in one
 * turn of the event loop, and while a commit is on its way to the disk, goes into one transaction with one fsync.
 *
 * Several processes may have the same directory open: their places never meet.
 */
export class EventLog {
  readonly #root: RootDatabase<Buffer, string>;
  readonly #waiting: Database<Buffer, Key>;
  readonly #texts: Database<string, string>;
  /** A UUID that the directory has for as long as it exists. */
  readonly identity: string;
  readonly #maxBytes: number;
  readonly #epoch: number;
  #count = 0;
  #usedBytes: number;

  /** Opens the log. Throws when the directory cannot be used. */
  constructor(options: EventLogOptions) {
    mkdirSync(options.dir, { recursive: true, mode: 0o700 });
    this.#maxBytes = options.maxBytes;
    this.#root = open({
      path: options.dir,
      encoding: 'binary',
      maxDbs: 8,
      // Otherwise a commit is acknowledged before it is on disk.
      overlappingSync: false,
      // Otherwise a commit that fails also rejects a promise that nobody can get at, which ends the process.
      eventTurnBatching: false,
    });
    this.#waiting = this.#root.openDB({ name: 'waiting', encoding: 'binary' });
    this.#texts = this.#root.openDB({ name: 'texts', encoding: 'string' });
    this.#epoch = this.#beginEpoch();
    this.identity = this.#identify();
    this.#usedBytes = usedBytesOf(this.#waiting);
  }

  /** Records that wait. */
  get waitingCount(): number {
    return statsOf(this.#waiting).entryCount ?? 0;
  }

  /**
   * Appends records, all or none, and gives their places once they are on disk.
   *
   * @param texts what to keep beside them, by name, in the same transaction
   * @throws EventLogFull; or what the file system said, when it cannot be written
   */
  async append(
    records: readonly Buffer[],
    texts: ReadonlyMap<string, string> = new Map(),
  ): Promise<LogPosition[]> {
    const bytes = bytesOnDisk(records);
    if (this.#usedBytes + bytes > this.#maxBytes) throw new EventLogFull();
    this.#usedBytes += bytes;
    const entries = records.map((record) => ({ position: [this.#epoch, this.#count++] as Key, record }));
    try {
      await this.#write(() => [
        ...entries.map(({ position, record }) => this.#waiting.put(position, record)),
        ...this.#putTexts(texts),
      ]);
    } catch (error) {
      this.#usedBytes -= bytes;
      throw error;
    }
    return entries.map((entry) => entry.position);
  }

  /**
   * The first records behind a place, at most `limits.records` of them and at least one, and no more once they have
   * `limits.bytes` together.
   *
   * @param after null: from the front
   */
  read(after: LogPosition | null, limits: { records: number; bytes: number }): LogEntry[] {
    return readFrom(this.#waiting, after, limits);
  }

  /**
   * Removes records that somebody else has now.
   *
   * @param texts as for {@link append}
   */
  async settle(entries: readonly LogEntry[], texts: ReadonlyMap<string, string> = new Map()): Promise<void> {
    await this.#write(() => [
      ...entries.map(({ position }) => this.#waiting.remove(toKey(position))),
      ...this.#putTexts(texts),
    ]);
    this.#usedBytes = Math.max(0, this.#usedBytes - bytesOnDisk(entries.map((entry) => entry.record)));
  }

  /** All texts, by name. */
  readTexts(): Map<string, string> {
    return new Map([...this.#texts.getRange()].map(({ key, value }) => [key, value]));
  }

  /** Waits for what is on its way and closes the files. */
  async close(): Promise<void> {
    await this.#root.close();
  }

  /** Asks for changes that go into one transaction, and waits until it is on disk. */
  async #write(ask: () => Promise<boolean>[]): Promise<void> {
    let asked: Promise<boolean>[] = [];
    const batch = this.#root.batch(() => {
      asked = ask();
    });
    try {
      await Promise.all([batch, ...asked]);
    } catch (error) {
      // The reason comes in a promise of its own, behind the error that says only that there is one.
      const reason = error instanceof Error && 'commitError' in error ? error.commitError : undefined;
      await reason;
      throw error;
    }
  }

  #putTexts(texts: ReadonlyMap<string, string>): Promise<boolean>[] {
    return [...texts].map(([name, text]) => this.#texts.put(name, text));
  }

  #identify(): string {
    return this.#root.transactionSync(() => {
      const known = this.#root.get('identity')?.toString();
      if (known !== undefined) return known;
      const identity = randomUUID();
      this.#root.putSync('identity', Buffer.from(identity));
      return identity;
    });
  }

  /** A number that no other opening of this log has, larger than that of each one before. */
  #beginEpoch(): number {
    return this.#root.transactionSync(() => {
      const last = Number(this.#root.get('epoch')?.toString() ?? 0);
      const next = Math.max(Date.now(), last + 1);
      this.#root.putSync('epoch', Buffer.from(String(next)));
      return next;
    });
  }
}

function readFrom(
  database: Database<Buffer, Key>,
  after: LogPosition | null,
  limits: { records: number; bytes: number },
): LogEntry[] {
  const start = after === null ? {} : { start: toKey(after), exclusiveStart: true };
  const entries: LogEntry[] = [];
  let bytes = 0;
  for (const { key, value } of database.getRange({ ...start, limit: limits.records })) {
    entries.push({ position: key, record: value });
    bytes += value.length;
    if (bytes >= limits.bytes) break;
  }
  return entries;
}

function toKey(position: LogPosition): Key {
  return [position[0], position[1]];
}

/**
 * LMDB keeps records together in a page, one less than would fit (measured with 200 to 2,000 bytes), or one in pages of
 * its own when it takes more than about half of one.
 */
function bytesOnDisk(records: readonly Buffer[]): number {
  return records.reduce((sum, { length }) => {
    const fitting = Math.floor((pageBytes - 16) / (length + 32));
    if (fitting > 1) return sum + Math.ceil(pageBytes / (fitting - 1));
    return sum + Math.ceil((length + 16) / pageBytes) * pageBytes;
  }, 0);
}

function usedBytesOf(database: Database<Buffer, Key>): number {
  const stats = statsOf(database);
  const pages = ['treeBranchPageCount', 'treeLeafPageCount', 'overflowPages'].map((name) => stats[name] ?? 0);
  return pages.reduce((sum, count) => sum + count, 0) * pageBytes;
}

function statsOf(database: Database<Buffer, Key>): Record<string, number | undefined> {
  return database.getStats() as Record<string, number | undefined>;
}
