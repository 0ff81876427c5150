import { type EventStore, EventStoreUnavailable } from '@otas/event-store';
import type { Logger } from '@otas/http-kit';
import type { EventDrain } from './event-drain';
import type { LogWriter } from './log-writer';

const intervalMs = 5000;
/** A start is known to the second. */
const sameStartSeconds = 2;

/**
 * ClickHouse does not wait for its disk: when its machine loses its power, so is what the system had not written yet, which
 * takes about half a minute. So the log keeps what it has delivered until ClickHouse has run on for `keepMs` behind it, and
 * when ClickHouse has restarted instead, it is delivered again. After a restart without a loss that changes nothing.
 */
export class RestartWatch {
  readonly #store: Pick<EventStore, 'askServerStart'>;
  readonly #drain: Pick<EventDrain, 'redeliver' | 'isRedelivering'>;
  readonly #writer: Pick<LogWriter, 'release'>;
  readonly #keepMs: number;
  readonly #logger: Logger;
  /** By the name of the server. */
  readonly #starts = new Map<string, number>();
  #timer: NodeJS.Timeout | null = null;
  #looking: Promise<void> = Promise.resolve();

  constructor(
    store: Pick<EventStore, 'askServerStart'>,
    drain: Pick<EventDrain, 'redeliver' | 'isRedelivering'>,
    writer: Pick<LogWriter, 'release'>,
    keepMs: number,
    logger: Logger,
  ) {
    this.#store = store;
    this.#drain = drain;
    this.#writer = writer;
    this.#keepMs = keepMs;
    this.#logger = logger;
  }

  /** Looks at once, and then every five seconds. */
  start(): void {
    if (this.#keepMs === 0) return;
    this.#looking = this.look();
    this.#timer = setInterval(() => {
      this.#looking = this.#looking.then(() => this.look());
    }, intervalMs);
    this.#timer.unref();
  }

  async stop(): Promise<void> {
    if (this.#timer !== null) clearInterval(this.#timer);
    await this.#looking;
  }

  /** Looks once; never rejects. */
  async look(): Promise<void> {
    const askedMs = performance.now();
    try {
      const [host, started] = await this.#store.askServerStart();
      const known = this.#starts.get(host);
      this.#starts.set(host, started);
      if (known !== undefined && Math.abs(started - known) < sameStartSeconds) {
        if (!this.#drain.isRedelivering) this.#writer.release(askedMs - this.#keepMs);
        return;
      }
      // Of a server that is seen for the first time it is not known whether it has restarted since something was delivered.
      if (known !== undefined)
        this.#logger.warn({ host }, 'ClickHouse has restarted; delivering the last events again');
      this.#drain.redeliver();
    } catch (error) {
      // The drain says it when ClickHouse is away.
      if (!(error instanceof EventStoreUnavailable))
        this.#logger.error({ err: error }, 'it is not known whether ClickHouse has restarted');
    }
  }
}
