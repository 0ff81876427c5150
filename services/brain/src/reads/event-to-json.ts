import { type BackendEvent, formatDate, formatTime } from '@otas/event-schema';

/**
 * An event as it is read back: always all keys, in this order. `custom_properties` and `metadata` are put in as the
 * JSON text that is stored, so that no digit of a number is lost.
 */
export function eventToJson(event: BackendEvent): string {
  const text = JSON.stringify;
  return (
    `{"event_id":"${event.eventId}"` +
    `,"event_time":"${formatTime(event.eventTime)}"` +
    `,"event_date":"${formatDate(event.eventTime)}"` +
    `,"project_id":"${event.projectId}"` +
    `,"agent_id":"${event.agentId}"` +
    `,"agent_session_id":"${event.agentSessionId}"` +
    `,"path":${text(event.path)}` +
    `,"method":${text(event.method)}` +
    `,"status_code":${event.statusCode}` +
    `,"latency_ms":${event.latencyMs}` +
    `,"request_size_bytes":${event.requestSizeBytes}` +
    `,"response_size_bytes":${event.responseSizeBytes}` +
    `,"request_headers":${text(event.requestHeaders)}` +
    `,"request_body":${text(event.requestBody)}` +
    `,"query_params":${text(event.queryParams)}` +
    `,"post_data":${text(event.postData)}` +
    `,"response_headers":${text(event.responseHeaders)}` +
    `,"response_body":${text(event.responseBody)}` +
    `,"request_content_type":${text(event.requestContentType)}` +
    `,"response_content_type":${text(event.responseContentType)}` +
    `,"custom_properties":${event.customProperties}` +
    `,"error":${text(event.error)}` +
    `,"metadata":${event.metadata}` +
    `,"created_at":"${formatTime(event.createdAt)}"}`
  );
}
