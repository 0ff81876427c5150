import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '@otas/http-kit';
import type { Erasure, ErasuresStore } from './erasures.store';
import {
  eraseAgentRow,
  eraseProjectRow,
  fromFirst,
  type ProjectRecordsStore,
  type Records,
} from './project-records.store';

export interface RecordEraserOptions {
  readonly erasures: ErasuresStore;
  readonly records: ProjectRecordsStore;
  readonly logger: Logger;
  now(): Date;
}

const intervalMs = 5000;
/** Longer than a request can last: none that was let in before the deletion still adds to what is deleted. */
const graceMs = 15_000;
/** A tenth of a second's work for an embedded database. */
const rowsPerStep = 1000;
const erasuresPerRun = 100;
const noId = '00000000-0000-0000-0000-000000000000';

/**
 * Deletes what deleted projects and agents have in this database, in small steps, so that a large project holds up nobody. What was cut
 * goes on with the next start. Several instances at once do no harm.
 */
export class RecordEraser {
  readonly #options: RecordEraserOptions;
  readonly #timer: NodeJS.Timeout;
  #running: Promise<void> = Promise.resolve();
  #isBusy = false;
  #isStopping = false;

  constructor(options: RecordEraserOptions) {
    this.#options = options;
    this.#timer = setInterval(() => {
      if (!this.#isBusy) void this.run();
    }, intervalMs);
    this.#timer.unref();
  }

  /** Deletes all that is to be deleted by now, after what is under way; never rejects. */
  run(): Promise<void> {
    this.#isBusy = true;
    this.#running = this.#running
      .then(() => this.#eraseAll())
      .finally(() => {
        this.#isBusy = false;
      });
    return this.#running;
  }

  /** Waits for the step under way; there is none from then on. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    clearInterval(this.#timer);
    await this.#running;
  }

  async #eraseAll(): Promise<void> {
    const { erasures, now } = this.#options;
    const until = new Date(now().getTime() - graceMs);
    const pending = await this.#orLater(() => erasures.listWithRecords(until, erasuresPerRun));
    // One that fails does not hold up the others.
    for (const erasure of pending ?? []) await this.#orLater(() => this.#erase(erasure));
  }

  /** Null when it failed. */
  async #orLater<Result>(work: () => Promise<Result>): Promise<Result | null> {
    try {
      return await work();
    } catch (error) {
      this.#options.logger.warn({ err: error }, 'records of what was deleted were not erased; trying again');
      return null;
    }
  }

  async #erase(erasure: Erasure): Promise<void> {
    const { id, kind, projectId, agentId } = erasure;
    const { erasures, now, logger } = this.#options;
    if (agentId === null) await this.#eraseProject(erasure);
    else await this.#eraseAgent(erasure, agentId);
    if (this.#isStopping) return;
    const by = { kind: 'service', id: null, address: '', requestId: '' } as const;
    await erasures.finish({ projectId, by, at: now() }, id, 'records', {}, (transaction) =>
      agentId === null
        ? eraseProjectRow(transaction, projectId)
        : eraseAgentRow(transaction, projectId, agentId),
    );
    logger.info({ projectId, agentId }, `the records of a deleted ${kind} are erased`);
  }

  async #eraseAgent({ id }: Erasure, agentId: string): Promise<void> {
    await this.#eraseOf('sessions', agentId, id);
    await this.#eraseOf('agent_keys', agentId, id);
  }

  async #eraseProject(erasure: Erasure): Promise<void> {
    const { id, projectId } = erasure;
    const { records } = this.#options;
    for (let after = noId; !this.#isStopping; ) {
      const agentIds = await records.listAgentIds(projectId, after, rowsPerStep);
      for (const agentId of agentIds) await this.#eraseAgent(erasure, agentId);
      if (agentIds.length < rowsPerStep) break;
      after = agentIds.at(-1) as string;
    }
    await this.#eraseOf('agents', projectId, id);
    await this.#eraseOf('sdk_keys', projectId, id);
  }

  async #eraseOf(records: Records, ownerId: string, erasureId: string): Promise<void> {
    for (let from = fromFirst; !this.#isStopping; ) {
      const startedMs = performance.now();
      const store = this.#options.records;
      const { last } = await store.eraseSome(records, ownerId, erasureId, from, rowsPerStep);
      // As long as it took, others have the database to themselves.
      await sleep(performance.now() - startedMs);
      if (last === null) return;
      from = last;
    }
  }
}
