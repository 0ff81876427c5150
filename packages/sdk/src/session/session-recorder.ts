import type { CallRecord } from '../record/call-record';
import type { Recorder } from '../record/recorder';
import { callToJson } from '../record/to-event';
import type { EventSink } from './event-sink';
import type { Settings } from './options';
import type { SessionIdentity } from './session-token';

/** Whose calls they are; each may change while the session lives. */
export interface RecorderState {
  /** Null while there is no session yet. */
  readonly identity: SessionIdentity | null;
  /** Why nothing is recorded; null while it is. */
  readonly refusal: string | null;
}

/** Takes calls down for one session. */
export class SessionRecorder implements Recorder {
  readonly #sink: EventSink;
  readonly #settings: Settings;
  readonly #state: RecorderState;
  readonly #key: string;

  /** @param key names the session's lane in the queue */
  constructor(sink: EventSink, settings: Settings, state: RecorderState, key: string) {
    this.#sink = sink;
    this.#settings = settings;
    this.#state = state;
    this.#key = key;
  }

  record(call: CallRecord): void {
    const { identity, refusal } = this.#state;
    const { redactor, bodyMaxBytes } = this.#settings;
    if (refusal !== null) this.#sink.refuse(refusal);
    else this.#sink.add('call', this.#key, identity, () => callToJson(call, redactor, bodyMaxBytes));
  }

  isOwnUrl(url: string): boolean {
    return this.#settings.addresses.isOwnUrl(url);
  }

  isInDomain(url: string): boolean {
    return this.#settings.addresses.isInDomain(url);
  }

  get sessionToken(): string {
    return this.#state.identity?.token ?? '';
  }

  get bodyMaxBytes(): number {
    return this.#settings.bodyMaxBytes;
  }
}
