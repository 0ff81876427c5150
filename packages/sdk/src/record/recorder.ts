import type { CallRecord } from './call-record';

/** Takes calls down for one session. */
export interface Recorder {
  /** Redacts and queues a call. Never throws and never blocks; what doesn't fit is counted in `stats()`. */
  record(call: CallRecord): void;
  /** Whether a URL is one of UASAM's or Brain's: such calls are never recorded. False for what is no URL. */
  isOwnUrl(url: string): boolean;
  /** Whether a URL lies in the project's own domain: such a call gets the session's header and is not recorded here. */
  isInDomain(url: string): boolean;
  /** Value of `X-OTAS-AGENT-SESSION-TOKEN`; empty while there is no session yet. */
  readonly sessionToken: string;
  /** How many bytes of each body are kept. */
  readonly bodyMaxBytes: number;
}
