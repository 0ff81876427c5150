import { EventLog, type LogPosition } from '@otas/event-log';
import type { EventStore } from '@otas/event-store';
import type { Logger } from '@otas/http-kit';
import { CaptureCounters } from './capture-counts';
import type { CaptureClock } from './clock';
import { CountsPublisher } from './counts-publisher';
import { EventDrain, type EventDrainOptions } from './event-drain';
import { decodeRecord } from './log-record';
import { LogWriter } from './log-writer';

export interface CaptureLogOptions extends EventDrainOptions {
  /** See EventLogOptions. */
  readonly maxBytes: number;
}

/** A log with all that belongs to it: what its events came to, and who carries them into ClickHouse. */
export class CaptureLog {
  readonly log: EventLog;
  readonly counters: CaptureCounters;
  readonly writer: LogWriter;
  readonly drain: EventDrain;
  readonly #publisher: CountsPublisher;

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
    this.writer = new LogWriter(this.log, this.counters, clock, options.retryMaxMs, logger);
    this.drain = new EventDrain(this.log, this.writer, store, this.counters, clock, options, logger);
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
    this.drain.start();
    this.#publisher.start();
  }

  /** Delivers what it can and closes the log. */
  async stop(): Promise<void> {
    await this.drain.stop();
    await this.#publisher.stop();
    await this.log.close();
  }
}
