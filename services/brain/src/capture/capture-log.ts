import { EventLog, type LogPosition } from '@otas/event-log';
import type { EventStore } from '@otas/event-store';
import type { Logger } from '@otas/http-kit';
import { CaptureCounters } from './capture-counts';
import type { CaptureClock } from './clock';
import { CountsPublisher } from './counts-publisher';
import { EventDrain, type EventDrainOptions } from './event-drain';
import { KeptBlocks } from './kept-blocks';
import { decodeRecord } from './log-record';
import { deliveredIn, LogWriter } from './log-writer';
import { RestartWatch } from './restart-watch';

/** The rest is for what waits. */
const keptMaxShare = 1 / 4;

export interface CaptureLogOptions extends EventDrainOptions {
  /** See EventLogOptions. */
  readonly maxBytes: number;
  /** How long ClickHouse must have run on before what it has taken is removed from the log, in ms; 0: it is removed at once. */
  readonly keepMs: number;
  /** How much of it is kept at the most; never more than a quarter of `maxBytes`. */
  readonly keepMaxBytes: number;
}

/** A log with all that belongs to it: what its events came to, and who carries them into ClickHouse. */
export class CaptureLog {
  readonly log: EventLog;
  readonly counters: CaptureCounters;
  readonly writer: LogWriter;
  readonly drain: EventDrain;
  readonly #publisher: CountsPublisher;
  readonly #watch: RestartWatch;

  /** Opens the log in `dir`; nothing leaves it before `start`. */
  constructor(
    dir: string,
    store: EventStore,
    clock: CaptureClock,
    options: CaptureLogOptions,
    logger: Logger,
  ) {
    this.log = new EventLog({ dir, maxBytes: options.maxBytes });
    const texts = this.log.textsAtOpening;
    clock.goOnFrom(texts);
    this.counters = new CaptureCounters(texts);
    const keptMaxBytes = Math.min(options.keepMaxBytes, options.maxBytes * keptMaxShare);
    const kept = new KeptBlocks(options.keepMs > 0 ? keptMaxBytes : 0);
    this.writer = new LogWriter(this.log, this.counters, clock, kept, options.retryMaxMs, logger);
    this.drain = new EventDrain(this.log, this.writer, store, this.counters, clock, options, logger);
    this.#watch = new RestartWatch(store, this.drain, this.writer, options.keepMs, logger);
    this.#publisher = new CountsPublisher(store, this.counters, clock, this.log.identity, logger);
  }

  /** A place that everything which was in the log before lies at or before. */
  get end(): LogPosition {
    return this.log.end;
  }

  /** Whether everything up to a place is in ClickHouse, or was set aside there. */
  isDelivered(position: LogPosition): boolean {
    return this.drain.isDelivered(position);
  }

  /** How often everything that was delivered and is kept was delivered again. */
  get redeliveries(): number {
    return this.drain.redeliveries;
  }

  /** How long ago the first of the events was taken in that are not in ClickHouse; 0: all are. */
  async oldestAgeSeconds(): Promise<number> {
    const [block] = await this.log.read(this.drain.delivered, { count: 1, bytes: 1 });
    const [record] = block?.records ?? [];
    if (record === undefined) return 0;
    const [event] = decodeRecord(record.bytes).events();
    return event === undefined ? 0 : Math.max(0, Date.now() - event.createdAt / 1000) / 1000;
  }

  /** Takes away what is counted of projects, but for those of which something waits. */
  forget(projectIds: readonly string[]): void {
    this.writer.forget(projectIds);
  }

  start(): void {
    const delivered = deliveredIn(this.log.textsAtOpening);
    if (delivered !== null) this.writer.keep(this.log.blocksThrough(delivered));
    this.drain.start();
    this.#publisher.start();
    this.#watch.start();
  }

  /** Delivers what it can and closes the log. */
  async stop(): Promise<void> {
    await Promise.all([this.#watch.stop(), this.drain.stop()]);
    await this.#publisher.stop();
    await this.log.close();
  }
}
