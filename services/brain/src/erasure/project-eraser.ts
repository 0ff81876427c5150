import { setTimeout as sleep } from 'node:timers/promises';
import type { ErasureStore, RowCounts } from '@otas/event-store';
import type { Logger } from '@otas/http-kit';
import type { ErasureList, ErasureRequest } from '@otas/uasam-client';
import type { CaptureLog } from '../capture/capture-log';

export interface ProjectEraserOptions {
  readonly requests: Pick<ErasureList, 'list' | 'reportErased'>;
  readonly store: Pick<ErasureStore, 'eraseProjects'>;
  /** All logs of this process, those included that are only delivered. */
  readonly logs: readonly Pick<CaptureLog, 'end' | 'isDelivered' | 'forget'>[];
  readonly logger: Logger;
  /** How often UASAM is asked, in milliseconds. */
  readonly pollMs: number;
}

/** A project's keys write for ten seconds at the most after it was deleted, as long as UASAM can be asked. */
const settleMs = 15_000;
/** When a project of which nothing was seen is said to have nothing. */
const nothingMs = 30_000;
/** While UASAM cannot be asked they write for ten minutes. */
const watchMs = 15 * 60_000;
const lookAgainMs = 500;
const backOffMaxMs = 60_000;

/**
 * Erases from the event store what UASAM wants erased. Every process does so for itself, in the order of the requests, and
 * passes a request only when nothing of the project can come any more from its own logs: it was made so long ago that no
 * answer of UASAM's that is remembered can still let an event in, what the logs held then has been delivered, and nothing is
 * in the store. So what an instance delivers late is erased by that instance; and since each begins with the first request
 * ever made, also what was in its log while it was down. It keeps nothing between starts, and several may do the same.
 */
export class ProjectEraser {
  readonly #options: ProjectEraserOptions;
  readonly #stopping = new AbortController();
  /** The last request that was passed. */
  #after: string | null = null;
  /** As many rows as were found at once of each project whose request is not passed yet. */
  readonly #found = new Map<string, RowCounts>();
  #isFailing = false;
  #running: Promise<void> = Promise.resolve();

  constructor(options: ProjectEraserOptions) {
    this.#options = options;
  }

  /** Begins; once the logs are being delivered. */
  start(): void {
    this.#running = this.#run();
  }

  /** Ends after the step under way; the rest is for the next start. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    const { pollMs } = this.#options;
    let waitMs = pollMs;
    while (!signal.aborted) {
      try {
        waitMs = (await this.step()) ? lookAgainMs : pollMs;
        this.#isFailing = false;
      } catch (error) {
        if (signal.aborted) return;
        this.#fail(error);
        waitMs = Math.min(Math.max(waitMs, pollMs) * 2, backOffMaxMs);
      }
      // Instances that were started together need not do the same at the same time.
      const jitteredMs = waitMs * (0.75 + Math.random() / 2);
      await sleep(jitteredMs, undefined, { signal }).catch(() => undefined);
    }
  }

  /** Looks once, and erases what there is. Gives whether there is more to do at once. */
  async step(): Promise<boolean> {
    const { requests, store, logs } = this.#options;
    const { erasures, hasMore } = await requests.list(this.#after);
    const due = erasures.filter(({ kind, ageMs }) => kind === 'project' && ageMs >= settleMs);
    if (due.length === 0) return this.#pass(erasures, new Map()) && hasMore;
    // Behind this, no event of theirs is on its way that was let in before.
    await this.#untilDelivered();
    const projectIds = due.map(({ projectId }) => projectId);
    for (const log of logs) log.forget(projectIds);
    const found = await store.eraseProjects(projectIds);
    for (const [projectId, rows] of found) this.#note(projectId, rows);
    for (const one of due) if (!found.has(one.projectId)) await this.#report(one);
    return (this.#pass(erasures, found) && hasMore) || found.size > 0;
  }

  async #untilDelivered(): Promise<void> {
    const { signal } = this.#stopping;
    const ends = this.#options.logs.map((log) => ({ log, end: log.end }));
    while (!ends.every(({ log, end }) => log.isDelivered(end)))
      await sleep(lookAgainMs, undefined, { signal });
  }

  #note(projectId: string, rows: RowCounts): void {
    const known = this.#found.get(projectId);
    if (known === undefined)
      this.#options.logger.info({ projectId, rows }, 'erasing what the event store has of a deleted project');
    const most = Object.entries(rows).map(([table, count]) => {
      return [table, Math.max(count, known?.[table as keyof RowCounts] ?? 0)];
    });
    this.#found.set(projectId, { ...known, ...Object.fromEntries(most) });
  }

  /** Who has seen what there was tells first; who has not cannot know whether there was anything. */
  async #report({ id, projectId, ageMs, areEventsErased }: ErasureRequest): Promise<void> {
    const erased = this.#found.get(projectId);
    if (areEventsErased || (erased === undefined && ageMs < nothingMs)) return;
    await this.#options.requests.reportErased(id, erased ?? {});
    this.#options.logger.info({ projectId, erased: erased ?? {} }, 'nothing is left of a deleted project');
  }

  /** Goes behind the first requests of a page as far as they need no further look; true when that is all of them. */
  #pass(erasures: readonly ErasureRequest[], found: ReadonlyMap<string, RowCounts>): boolean {
    for (const { id, projectId, ageMs } of erasures) {
      if (ageMs < watchMs || found.has(projectId)) return false;
      this.#found.delete(projectId);
      this.#after = id;
    }
    return true;
  }

  #fail(error: unknown): void {
    const level = this.#isFailing ? 'debug' : 'warn';
    this.#isFailing = true;
    this.#options.logger[level]({ err: error }, 'deleted projects cannot be erased now; trying again');
  }
}
