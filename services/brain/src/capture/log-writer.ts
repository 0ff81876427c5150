import { setImmediate as nextTurn } from 'node:timers/promises';
import {
  type EventLog,
  EventLogFull,
  type LogBlock,
  type LogPosition,
  type LogRecord,
  laterBy,
} from '@otas/event-log';
import type { InstanceCounts } from '@otas/event-store';
import type { Logger } from '@otas/http-kit';
import { addCounts, type CaptureCounters } from './capture-counts';
import type { CaptureClock } from './clock';

type Changes = Map<string, InstanceCounts>;

/** A transaction of its own would hold up the records that come next, and those mostly come at once. */
const removalMaxWaitMs = 50;

/** The records that were asked for since the transaction before was begun, and what changes with them. */
class Group {
  readonly records: LogRecord[] = [];
  readonly changes: Changes = new Map();
  bytes = 0;
  resolve!: (first: LogPosition) => void;
  reject!: (error: unknown) => void;
  /** The place of the first record, once all are on disk. */
  readonly written = new Promise<LogPosition>((resolve, reject) => {
    this.resolve = resolve;
    this.reject = reject;
  });
}

/** The blocks that are to go, and what changes with that. */
class Removal {
  readonly blocks: Pick<LogBlock, 'position' | 'length'>[] = [];
  readonly changes: Changes = new Map();
}

/**
 * Writes to a log, one transaction at a time: all that is asked for in one turn of the event loop, and while the
 * transaction before is on its way to the disk, goes into one. The counts in the log are always those of its records.
 */
export class LogWriter {
  readonly #log: EventLog;
  readonly #counters: CaptureCounters;
  readonly #clock: CaptureClock;
  readonly #retryMs: number;
  readonly #logger: Logger;
  #group = new Group();
  #removal = new Removal();
  /** What changes with whichever transaction comes next. */
  #noted: Changes = new Map();
  /** Projects whose counts are to go with whichever transaction comes next. */
  #forgotten = new Set<string>();
  #isRemovalPaused = false;
  /** Whether the removal has waited long enough for records to be written with. */
  #isRemovalDue = false;
  #removalTimer: NodeJS.Timeout | null = null;
  #isStopping = false;
  #running: Promise<void> | null = null;

  /** @param retryMs pause in milliseconds before a removal that failed is tried again */
  constructor(
    log: EventLog,
    counters: CaptureCounters,
    clock: CaptureClock,
    retryMs: number,
    logger: Logger,
  ) {
    this.#log = log;
    this.#counters = counters;
    this.#clock = clock;
    this.#retryMs = retryMs;
    this.#logger = logger;
  }

  /**
   * Appends records of a project, all or none, and gives the places of the first and the last once they are on disk.
   *
   * @param change of the project's counts, in the same transaction
   * @throws EventLogFull; or what the file system said
   */
  async append(
    projectId: string,
    records: readonly LogRecord[],
    change: Partial<InstanceCounts>,
  ): Promise<[first: LogPosition, last: LogPosition]> {
    const group = this.#group;
    const bytes = records.reduce((sum, record) => sum + record.bytes.length, 0);
    if (!this.#log.hasRoomFor(group.bytes + bytes)) throw new EventLogFull();
    const at = group.records.length;
    group.records.push(...records);
    group.bytes += bytes;
    this.#note(group.changes, projectId, change);
    this.#begin();
    try {
      const first = await group.written;
      return [laterBy(first, at), laterBy(first, at + records.length - 1)];
    } catch (error) {
      const undo = Object.fromEntries(Object.entries(change).map(([name, number]) => [name, -number]));
      this.#counters.add(projectId, undo);
      throw error;
    }
  }

  /** Changes counts of a project; the log gets them with the next transaction. */
  count(projectId: string, change: Partial<InstanceCounts>): void {
    this.#note(this.#noted, projectId, change);
  }

  /**
   * Takes the counts of projects out of the log and out of memory. Not those of which events wait, or counts are on their way
   * to the disk; whoever wants them gone asks again.
   */
  forget(projectIds: readonly string[]): void {
    for (const projectId of projectIds) if (this.#counters.has(projectId)) this.#forgotten.add(projectId);
    if (this.#forgotten.size > 0) this.#begin();
  }

  /**
   * Removes blocks, with the records that come next or 50 ms later. Tries for as long as it takes: what stays in the log
   * would be delivered, and counted, again by the next process.
   *
   * @param changes of counts by project, in the same transaction
   */
  remove(blocks: readonly LogBlock[], changes: ReadonlyMap<string, Partial<InstanceCounts>>): void {
    // Without the records, which need not stay in memory for it.
    for (const { position, length } of blocks) this.#removal.blocks.push({ position, length });
    for (const [projectId, change] of changes) this.#note(this.#removal.changes, projectId, change);
    this.#removalTimer ??= setTimeout(() => {
      this.#removalTimer = null;
      this.#isRemovalDue = true;
      this.#begin();
    }, removalMaxWaitMs);
  }

  /** Ends once all that was asked for is written, or could not be written. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    this.#isRemovalPaused = false;
    if (this.#removalTimer !== null) clearTimeout(this.#removalTimer);
    this.#removalTimer = null;
    this.#begin();
    await this.#running;
  }

  #note(changes: Changes, projectId: string, change: Partial<InstanceCounts>): void {
    this.#counters.add(projectId, change);
    addCounts(changes, projectId, change);
  }

  #begin(): void {
    this.#running ??= this.#run();
  }

  async #run(): Promise<void> {
    await nextTurn();
    let isRemovalAlone = false;
    for (;;) {
      const removal = this.#takeRemoval(isRemovalAlone);
      const group: Group | null = isRemovalAlone && removal !== null ? null : this.#takeGroup();
      if (removal === null && group === null && this.#forgotten.size === 0) break;
      try {
        await this.#write(group, removal);
        isRemovalAlone = false;
      } catch (error) {
        // Records for which the disk has no room must not hold up the removal that makes room.
        isRemovalAlone = group !== null;
        group?.reject(error);
        if (removal !== null) this.#putBack(removal);
        if (group === null) this.#pauseRemoval(error);
      }
    }
    this.#running = null;
  }

  async #write(group: Group | null, removal: Removal | null): Promise<void> {
    const noted = this.#noted;
    this.#noted = new Map();
    const changes: Changes = new Map(noted);
    addAll(changes, group?.changes);
    addAll(changes, removal?.changes);
    const texts = new Map<string, string | null>(this.#counters.textsWith(changes)).set(...this.#clock.text);
    const forgotten = [...this.#forgotten].filter((projectId) => !changes.has(projectId));
    this.#forgotten = new Set();
    for (const [name, text] of this.#counters.forget(forgotten)) texts.set(name, text);
    const appended = group?.records ?? [];
    try {
      const first = await this.#log.write({ appended, removed: removal?.blocks ?? [], texts });
      this.#counters.keep(changes);
      group?.resolve(first);
    } catch (error) {
      addAll(this.#noted, noted);
      throw error;
    }
  }

  #takeGroup(): Group | null {
    const group = this.#group;
    if (group.records.length === 0) return null;
    this.#group = new Group();
    return group;
  }

  #takeRemoval(isAlone: boolean): Removal | null {
    const removal = this.#removal;
    const isWanted = isAlone || this.#isRemovalDue || this.#isStopping || this.#group.records.length > 0;
    if (removal.blocks.length === 0 || this.#isRemovalPaused || !isWanted) return null;
    this.#removal = new Removal();
    this.#isRemovalDue = false;
    return removal;
  }

  #putBack({ blocks, changes }: Removal): void {
    this.#removal.blocks.push(...blocks);
    addAll(this.#removal.changes, changes);
  }

  #pauseRemoval(error: unknown): void {
    this.#logger.error({ err: error }, 'delivered events were not removed from the log; trying again');
    this.#isRemovalPaused = true;
    if (this.#isStopping) return;
    setTimeout(() => {
      this.#isRemovalPaused = false;
      this.#isRemovalDue = true;
      this.#begin();
    }, this.#retryMs).unref();
  }
}

function addAll(sum: Changes, changes: Changes | undefined): void {
  for (const [projectId, change] of changes ?? []) addCounts(sum, projectId, change);
}
