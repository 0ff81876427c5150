/** One call, in the words of the wire; who made it, and in which project, comes from the session. */
export interface CallRecord {
  /** A UUID of version 7, made when the call began: `newStamp()`. The same id sent again is the same event. */
  readonly event_id: string;
  /** When the call began; ISO 8601 with up to six fraction digits. */
  readonly event_time: string;
  readonly path: string;
  readonly method: string;
  /** 0 when no answer came. */
  readonly status_code: number;
  readonly latency_ms: number;
  readonly request_size_bytes: number;
  readonly response_size_bytes: number;
  readonly request_headers: Record<string, string>;
  readonly response_headers: Record<string, string>;
  readonly request_body: string | null;
  readonly response_body: string | null;
  /** Without the question mark. */
  readonly query_params: string | null;
  readonly request_content_type: string | null;
  readonly response_content_type: string | null;
  /** Null when nothing went wrong. */
  readonly error: string | null;
  readonly custom_properties?: object;
  readonly metadata?: object;
}
