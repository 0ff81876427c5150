import { randomBytes } from 'node:crypto';
import { threadId } from 'node:worker_threads';
import { shared } from './shared';

/** Whose a file of a spool is, and which of his. */
export interface SpoolFileName {
  readonly pid: number;
  readonly threadId: number;
  /** Of one spool in one process. */
  readonly run: string;
  readonly number: number;
}

const pattern = /^(\d+)-(\d+)-([0-9a-f]{16})-(\d+)\.otas-spool$/;
const liveRuns = (): Set<string> => shared('spool-runs.1', () => new Set<string>());

/** Names for the files of a new spool of this process. */
export function newRun(): { name(): string; end(): void } {
  const run = randomBytes(8).toString('hex');
  liveRuns().add(run);
  let number = 0;
  return {
    name: () => `${process.pid}-${threadId}-${run}-${number++}.otas-spool`,
    end: () => void liveRuns().delete(run),
  };
}

/** Null for a file that is none of a spool's. */
export function parseName(name: string): SpoolFileName | null {
  const match = pattern.exec(name);
  if (match === null) return null;
  const [, pid, thread, run = '', number] = match;
  return { pid: Number(pid), threadId: Number(thread), run, number: Number(number) };
}

/** Whether nobody writes to a file any more, as far as this process can tell. */
export function isAbandoned(file: SpoolFileName): boolean {
  // In a container every process may have the same number as the one before it.
  if (file.pid === process.pid) return file.threadId === threadId && !liveRuns().has(file.run);
  try {
    process.kill(file.pid, 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
}
