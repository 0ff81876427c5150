/** What became of everything that was recorded. `recorded` = `sent` + `pending` + all `dropped` + all `rejected`. */
export interface Stats {
  /** Calls and events that were handed in. */
  readonly recorded: number;
  /** Accepted by Brain. */
  readonly sent: number;
  /** Waiting, or on the way. */
  readonly pending: number;
  readonly pendingBytes: number;
  /** Given up here, by reason: `queue_full`, `event_too_large`, `invalid_event`, `invalid_session_token`, `unrecorded`, … */
  readonly dropped: Readonly<Record<string, number>>;
  /** Refused by Brain for good, by its code. */
  readonly rejected: Readonly<Record<string, number>>;
  /** Requests that failed and are tried again. */
  readonly retries: number;
  /** Events of earlier processes that were delivered from the spool; they count nowhere else. */
  readonly replayed: number;
  /** Events that the spool could not hold; they were sent as well as others, but would not have survived a crash. */
  readonly unspooled: number;
}

/** The counters behind `Stats`. */
export class Counters {
  recorded = 0;
  sent = 0;
  retries = 0;
  unspooled = 0;
  readonly dropped: Record<string, number> = {};
  readonly rejected: Record<string, number> = {};

  drop(reason: string, count = 1): void {
    this.dropped[reason] = (this.dropped[reason] ?? 0) + count;
  }

  reject(reason: string, count = 1): void {
    this.rejected[reason] = (this.rejected[reason] ?? 0) + count;
  }
}
