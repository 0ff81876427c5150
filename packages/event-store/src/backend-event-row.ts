import type { BackendEvent } from '@otas/event-schema';
import { fromDateTime64, toDateTime64 } from './date-time';
import type { Row } from './encode-rows';

/** The columns of `backend_events`, in the order of {@link toRow} and {@link toEvent}. */
export const backendEventColumns: readonly string[] = [
  'event_id',
  'event_time',
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
  'created_at',
];

/** For a SELECT of rows that {@link toEvent} reads; times come as microseconds. */
export const selectColumns = backendEventColumns
  .map((name) => (name === 'event_time' || name === 'created_at' ? `toUnixTimestamp64Micro(${name})` : name))
  .join(', ');

/** A row as ClickHouse gives it in the format JSONCompactEachRow. */
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

/** The row of an event; see {@link backendEventColumns}. */
export function toRow(event: BackendEvent): Row {
  return [
    event.eventId,
    toDateTime64(event.eventTime),
    event.projectId,
    event.agentId,
    event.agentSessionId,
    event.path,
    event.method,
    event.statusCode,
    event.latencyMs,
    event.requestSizeBytes,
    event.responseSizeBytes,
    event.requestHeaders,
    event.requestBody,
    event.queryParams,
    event.postData,
    event.responseHeaders,
    event.responseBody,
    event.requestContentType,
    event.responseContentType,
    event.customProperties,
    event.error,
    event.metadata,
    event.redactedFields,
    toDateTime64(event.createdAt),
  ];
}

/** The event of a row of {@link toRow}, as `encodeRows` wrote it. */
export function fromRowText(text: string): BackendEvent {
  const row = JSON.parse(text);
  row[1] = fromDateTime64(row[1]);
  row[23] = fromDateTime64(row[23]);
  return toEvent(row);
}
