/** One request and its answer, as a client saw them. */
export interface Exchange {
  readonly method: string;
  /** Path and query, as they were sent. */
  readonly target: string;
  /** By name in lower case. */
  readonly requestHeaders: Readonly<Record<string, string>>;
  /** Null: none, or one that is no text. */
  readonly requestBody: string | null;
  readonly status: number;
  /** By name in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** The body's text; null: it is a stream or a file. */
  readonly body: string | null;
}

export type OnExchange = (exchange: Exchange) => void;
