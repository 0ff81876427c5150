import type { Micros } from './time';

/** One call that an agent made, as it is stored. Ids are canonical UUIDs. */
export interface BackendEvent {
  /** Unique in its project. */
  readonly eventId: string;
  readonly eventTime: Micros;
  readonly projectId: string;
  readonly agentId: string;
  readonly agentSessionId: string;
  readonly path: string;
  readonly method: string;
  /** 0 when no answer came. */
  readonly statusCode: number;
  readonly latencyMs: number;
  readonly requestSizeBytes: number;
  readonly responseSizeBytes: number;
  readonly requestHeaders: string | null;
  readonly requestBody: string | null;
  readonly queryParams: string | null;
  readonly postData: string | null;
  readonly responseHeaders: string | null;
  readonly responseBody: string | null;
  readonly requestContentType: string | null;
  readonly responseContentType: string | null;
  /** JSON text. */
  readonly customProperties: string | null;
  readonly error: string | null;
  /** JSON text. */
  readonly metadata: string | null;
  /** When Brain took it in. */
  readonly createdAt: Micros;
  /** Names, as on the wire, of the fields in which a credential was replaced. */
  readonly redactedFields: readonly string[];
}
