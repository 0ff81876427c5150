import { Delivery } from '../delivery/delivery';
import { replay } from '../delivery/replay';
import type { EventKind } from '../delivery/request';
import type { Spool } from '../delivery/spool';
import { Counters, type Stats } from '../delivery/stats';
import type { Platform } from '../platform/platform';
import type { Settings } from './options';
import { OtasError } from './otas-error';
import type { SessionIdentity } from './session-token';

/** Where all events of a session, or of a back end, go: queue, spool, and what becomes of them. */
export class EventSink {
  readonly #delivery: Delivery;
  readonly #replay: Delivery | null = null;
  readonly #counters = new Counters();
  readonly #replayed = new Counters();
  readonly #removeExitHooks: () => void;
  readonly #closeSpool: () => void;

  /** @throws OtasError `spool_failed` when the directory of the spool can't be made */
  constructor(settings: Settings, platform: Platform) {
    const spool = openSpool(settings);
    const common = { platform, sender: settings.sender, onProblem: settings.onProblem };
    this.#delivery = new Delivery({ ...common, limits: settings.limits, counters: this.#counters, spool });
    this.#closeSpool = () => spool?.close();
    this.#removeExitHooks = platform.onExit(this.#delivery);
    if (spool === null) return;
    // A file at a time, and nothing of it may be dropped.
    const unbounded = { queueMaxEvents: Number.POSITIVE_INFINITY, queueMaxBytes: Number.POSITIVE_INFINITY };
    const limits = { ...settings.limits, ...unbounded, requestsMax: 1 };
    this.#replay = new Delivery({ ...common, limits, counters: this.#replayed, spool: null });
    void replay(spool, this.#replay);
  }

  /**
   * Takes an event whose JSON `make` gives; what it throws makes the event invalid. Never throws.
   *
   * @param key names the lane of the event among those of its kind
   */
  add(kind: EventKind, key: string, identity: SessionIdentity | null, make: () => string): void {
    this.#counters.recorded++;
    try {
      this.#delivery.push(kind, key, identity, make());
    } catch {
      this.#counters.drop('invalid_event');
    }
  }

  /** Counts an event that is not recorded. */
  refuse(reason: string): void {
    this.#counters.recorded++;
    this.#counters.drop(reason);
  }

  identify(identity: SessionIdentity): void {
    this.#delivery.identify(identity);
  }

  discard(reason: string): void {
    this.#delivery.discard(reason);
  }

  /** What earlier processes left is waited for too. @returns false when the time was over first; never rejects */
  async flush(timeoutMs: number): Promise<boolean> {
    const [isSettled] = await Promise.all([this.#delivery.flush(timeoutMs), this.#replay?.flush(timeoutMs)]);
    return isSettled;
  }

  /** Resolves once all that waits now is settled, however long that takes; keeps no process alive. */
  settled(): Promise<void> {
    return this.#delivery.settled();
  }

  stats(): Stats {
    const { recorded, sent, retries, unspooled, dropped, rejected } = this.#counters;
    const { count: pending, bytes: pendingBytes } = this.#delivery.pending;
    return {
      ...{
        recorded,
        sent,
        pending,
        pendingBytes,
        dropped: { ...dropped },
        rejected: { ...rejected },
        retries,
      },
      ...{ replayed: this.#replayed.sent, unspooled },
    };
  }

  /** Nothing more comes: the process is listened to no longer. What still waits goes on being sent. */
  close(): void {
    this.#removeExitHooks();
    this.#closeSpool();
  }
}

function openSpool({ spool, sender, onProblem }: Settings): Spool | null {
  const onFailure = (cause: unknown): void =>
    onProblem(
      new OtasError('spool_failed', 'An event could not be spooled; it is sent all the same.', { cause }),
    );
  return spool?.({ key: sender.key, onFailure }) ?? null;
}
