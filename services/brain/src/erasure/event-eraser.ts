import { setTimeout as sleep } from 'node:timers/promises';
import { type ErasureStore, type ErasureTarget, idOf, type RowCounts } from '@otas/event-store';
import type { Logger } from '@otas/http-kit';
import type { ErasureList, ErasureRequest } from '@otas/uasam-client';
import type { CaptureLog } from '../capture/capture-log';

export interface EventEraserOptions {
  readonly requests: Pick<ErasureList, 'list' | 'reportErased'>;
  readonly store: Pick<ErasureStore, 'erase'>;
  /** All logs of this process, those included that are only delivered. */
  readonly logs: readonly Pick<CaptureLog, 'end' | 'isDelivered' | 'forget'>[];
  readonly logger: Logger;
  /** How often UASAM is asked, in milliseconds. */
  readonly pollMs: number;
}

/** What was deleted is written to for ten seconds at the most, as long as UASAM can be asked. */
const settleMs = 15_000;
/** When that of which nothing was seen is said to have had nothing. */
const nothingMs = 30_000;
/** While UASAM cannot be asked they write for ten minutes. */
const watchMs = 15 * 60_000;
const lookAgainMs = 500;
const backOffMaxMs = 60_000;

/**
 * Erases from the event store what UASAM wants erased. Every process does so for itself, in the order of the requests, and
 * passes a request only when nothing of it can come any more from its own logs: it was made so long ago that no
 * answer of UASAM's that is remembered can still let an event in, what the logs held then has been delivered, and nothing is
 * in the store. So what an instance delivers late is erased by that instance; and since each begins with the first request
 * ever made, also what was in its log while it was down. It keeps nothing between starts, and several may do the same.
 */
export class EventEraser {
  readonly #options: EventEraserOptions;
  readonly #stopping = new AbortController();
  /** The last request that was passed. */
  #after: string | null = null;
  /** As many rows as were found at once of what is not passed yet, by the id of the project, agent or session. */
  readonly #found = new Map<string, RowCounts>();
  #isFailing = false;
  #running: Promise<void> = Promise.resolve();

  constructor(options: EventEraserOptions) {
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
    const due = erasures.filter((one) => isUnderstood(one) && one.ageMs >= settleMs);
    if (due.length === 0) return this.#pass(erasures, new Map()) && hasMore;
    // Behind this, no event of theirs is on its way that was let in before.
    await this.#untilDelivered();
    const projectIds = due.filter(({ kind }) => kind === 'project').map(({ projectId }) => projectId);
    for (const log of logs) log.forget(projectIds);
    const found = await store.erase(due);
    for (const one of due) {
      const rows = found.get(idOf(one));
      if (rows === undefined) await this.#report(one);
      else this.#note(one, rows);
    }
    return (this.#pass(erasures, found) && hasMore) || found.size > 0;
  }

  async #untilDelivered(): Promise<void> {
    const { signal } = this.#stopping;
    const ends = this.#options.logs.map((log) => ({ log, end: log.end }));
    while (!ends.every(({ log, end }) => log.isDelivered(end)))
      await sleep(lookAgainMs, undefined, { signal });
  }

  #note(request: ErasureRequest, rows: RowCounts): void {
    const { kind, ...target } = toTarget(request);
    const known = this.#found.get(idOf(target));
    if (known === undefined)
      this.#options.logger.info({ ...target, rows }, `erasing what the event store has of a deleted ${kind}`);
    const most = Object.entries(rows).map(([table, count]) => {
      return [table, Math.max(count, known?.[table as keyof RowCounts] ?? 0)];
    });
    this.#found.set(idOf(target), { ...known, ...Object.fromEntries(most) });
  }

  /** Who has seen what there was tells first; who has not cannot know whether there was anything. */
  async #report(request: ErasureRequest): Promise<void> {
    const { id, ageMs, areEventsErased } = request;
    const erased = this.#found.get(idOf(request));
    if (areEventsErased || (erased === undefined && ageMs < nothingMs)) return;
    await this.#options.requests.reportErased(id, erased ?? {});
    const { kind, ...target } = toTarget(request);
    this.#options.logger.info({ ...target, erased: erased ?? {} }, `nothing is left of a deleted ${kind}`);
  }

  /** Goes behind the first requests of a page as far as they need no further look; true when that is all of them. */
  #pass(erasures: readonly ErasureRequest[], found: ReadonlyMap<string, RowCounts>): boolean {
    for (const one of erasures) {
      if (one.ageMs < watchMs || found.has(idOf(one))) return false;
      this.#found.delete(idOf(one));
      this.#after = one.id;
    }
    return true;
  }

  #fail(error: unknown): void {
    const level = this.#isFailing ? 'debug' : 'warn';
    this.#isFailing = true;
    this.#options.logger[level]({ err: error }, 'what was deleted cannot be erased now; trying again');
  }
}

/**
 * Whether a request names what its kind is about. Of another kind, or without the ids, it would be taken for more than was
 * meant.
 */
function isUnderstood({ kind, agentId, sessionId }: ErasureRequest): boolean {
  if (kind === 'project') return agentId === null && sessionId === null;
  if (kind === 'agent') return agentId !== null && sessionId === null;
  return kind === 'session' && agentId !== null && sessionId !== null;
}

const toTarget = ({
  kind,
  projectId,
  agentId,
  sessionId,
}: ErasureRequest): ErasureTarget & { kind: string } => ({
  ...{ kind, projectId, agentId, sessionId },
});
