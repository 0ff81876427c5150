import type { BackendEvent, Micros } from '@otas/event-schema';

/** A row of `backend_events` on the way in. */
export type BackendEventRow = Readonly<Record<string, unknown>>;

/** The columns, in the order of {@link toEvent}. */
export const eventColumns = [
  'event_id',
  'toUnixTimestamp64Micro(event_time)',
  'project_id',
  'agent_id',
  'agent_session_id',
  'path',
  'method',
  'status_code',
  'latency_ms',
  'request_size_bytes',
  'response_size_bytes',
  'request_headers',
  'request_body',
  'query_params',
  'post_data',
  'response_headers',
  'response_body',
  'request_content_type',
  'response_content_type',
  'custom_properties',
  'error',
  'metadata',
  'redacted_fields',
  'toUnixTimestamp64Micro(created_at)',
].join(', ');

/** A row as ClickHouse gives it for {@link eventColumns} in the format JSONCompactEachRow. */
export type EventTuple = [
  eventId: string,
  eventTime: number,
  projectId: string,
  agentId: string,
  agentSessionId: string,
  path: string,
  method: string,
  statusCode: number,
  latencyMs: number,
  requestSizeBytes: number,
  responseSizeBytes: number,
  requestHeaders: string | null,
  requestBody: string | null,
  queryParams: string | null,
  postData: string | null,
  responseHeaders: string | null,
  responseBody: string | null,
  requestContentType: string | null,
  responseContentType: string | null,
  customProperties: string | null,
  error: string | null,
  metadata: string | null,
  redactedFields: string[],
  createdAt: number,
];

export function toEvent(tuple: EventTuple): BackendEvent {
  return {
    eventId: tuple[0],
    eventTime: tuple[1],
    projectId: tuple[2],
    agentId: tuple[3],
    agentSessionId: tuple[4],
    path: tuple[5],
    method: tuple[6],
    statusCode: tuple[7],
    latencyMs: tuple[8],
    requestSizeBytes: tuple[9],
    responseSizeBytes: tuple[10],
    requestHeaders: tuple[11],
    requestBody: tuple[12],
    queryParams: tuple[13],
    postData: tuple[14],
    responseHeaders: tuple[15],
    responseBody: tuple[16],
    requestContentType: tuple[17],
    responseContentType: tuple[18],
    customProperties: tuple[19],
    error: tuple[20],
    metadata: tuple[21],
    redactedFields: tuple[22],
    createdAt: tuple[23],
  };
}

export function toRow(event: BackendEvent): BackendEventRow {
  return {
    event_id: event.eventId,
    event_time: toDateTime64(event.eventTime),
    project_id: event.projectId,
    agent_id: event.agentId,
    agent_session_id: event.agentSessionId,
    path: event.path,
    method: event.method,
    status_code: event.statusCode,
    latency_ms: event.latencyMs,
    request_size_bytes: event.requestSizeBytes,
    response_size_bytes: event.responseSizeBytes,
    request_headers: event.requestHeaders,
    request_body: event.requestBody,
    query_params: event.queryParams,
    post_data: event.postData,
    response_headers: event.responseHeaders,
    response_body: event.responseBody,
    request_content_type: event.requestContentType,
    response_content_type: event.responseContentType,
    custom_properties: event.customProperties,
    error: event.error,
    metadata: event.metadata,
    redacted_fields: event.redactedFields,
    created_at: toDateTime64(event.createdAt),
  };
}

/** Seconds and six fraction digits, as ClickHouse reads a DateTime64(6) in any time zone. */
function toDateTime64(micros: Micros): string {
  const digits = String(micros).padStart(16, '0');
  return `${digits.slice(0, -6)}.${digits.slice(-6)}`;
}
