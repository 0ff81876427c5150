import { type BackendEvent, formatDate, formatTime, wire } from '@otas/event-schema';
import { z } from 'zod';

const text = z
  .string()
  .nullable()
  .meta({ examples: ['{"item":7}'] });

/** An event as it is read back. */
export const backendEvent = z
  .object({
    event_id: wire.uuid,
    event_time: wire.time,
    event_date: wire.date,
    project_id: wire.uuid,
    agent_id: wire.uuid,
    agent_session_id: wire.uuid,
    path: z.string().meta({ examples: ['/v1/orders/'] }),
    method: z.string().meta({ examples: ['POST'] }),
    status_code: wire.count.meta({ examples: [201] }),
    latency_ms: z.number().meta({ examples: [84.2] }),
    request_size_bytes: wire.count,
    response_size_bytes: wire.count,
    ...{ request_headers: text, request_body: text, query_params: text, post_data: text },
    ...{ response_headers: text, response_body: text },
    ...{ request_content_type: text, response_content_type: text },
    custom_properties: wire.json,
    error: text,
    metadata: wire.json,
    created_at: wire.time,
  })
  .meta({ id: 'StoredEvent' });

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
