import { type Database, open, type RootDatabase } from 'lmdb';

export type Key = [epoch: number, count: number];

/** The LMDB environment of a log. */
export interface LogFiles {
  readonly root: RootDatabase<Buffer, string>;
  /** The blocks that wait, by the place of their first record. */
  readonly waiting: Database<Buffer, Key>;
  readonly texts: Database<string, string>;
}

const pageBytes = 4096;

export function openLogFiles(dir: string): LogFiles {
  const root = open<Buffer, string>({
    path: dir,
    encoding: 'binary',
    maxDbs: 8,
    // Otherwise a commit is acknowledged before it is on disk.
    overlappingSync: false,
    // Otherwise a commit that fails also rejects a promise that nobody can get at, which ends the process.
    eventTurnBatching: false,
  });
  return {
    root,
    waiting: root.openDB({ name: 'blocks', encoding: 'binary' }),
    texts: root.openDB({ name: 'texts', encoding: 'string' }),
  };
}

/** @throws Error when records wait in the form that they had before there were blocks */
export function refuseOlderRecords({ root }: LogFiles): void {
  const older = root.openDB({ name: 'waiting', encoding: 'binary' });
  if ([...older.getKeys({ limit: 1 })].length === 0) return;
  throw new Error('the event log holds events of an earlier version: let that version deliver them first');
}

/** Asks for changes that go into one transaction, and waits until it is on disk. @throws what the file system said */
export async function writeOnce(root: LogFiles['root'], ask: () => Promise<boolean>[]): Promise<void> {
  let asked: Promise<boolean>[] = [];
  const batch = root.batch(() => {
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

/**
 * What a value of `length` bytes takes. LMDB keeps values together in a page, one less than would fit (measured with 200
 * to 2,000 bytes), or one in pages of its own when it takes more than about half of one.
 */
export function bytesOnDisk(length: number): number {
  const fitting = Math.floor((pageBytes - 16) / (length + 32));
  if (fitting > 1) return Math.ceil(pageBytes / (fitting - 1));
  return Math.ceil((length + 16) / pageBytes) * pageBytes;
}

/** What all blocks that wait take. */
export function usedBytesOf({ waiting }: LogFiles): number {
  const stats = waiting.getStats() as Record<string, number | undefined>;
  const pages = ['treeBranchPageCount', 'treeLeafPageCount', 'overflowPages'].map((name) => stats[name] ?? 0);
  return pages.reduce((sum, count) => sum + count, 0) * pageBytes;
}
