import { randomUUID } from 'node:crypto';
import type { BackendEvent } from '@otas/event-schema';

const nowMicros = () => Date.now() * 1000;

/** An event of a project of its own, with values that are hard to keep. */
export function makeEvent(more: Partial<BackendEvent> = {}): BackendEvent {
  return {
    eventId: randomUUID(),
    eventTime: nowMicros() + 7,
    projectId: randomUUID(),
    agentId: randomUUID(),
    agentSessionId: randomUUID(),
    path: '/a',
    method: 'GET',
    statusCode: 200,
    latencyMs: 87.4,
    requestSizeBytes: 0,
    responseSizeBytes: 4_294_967_295,
    requestHeaders: '{"Accept":"*/*"}',
    requestBody: null,
    queryParams: '',
    postData: 'a\u0000b',
    responseHeaders: null,
    responseBody: '\u{1F600} \\N \\n \t',
    requestContentType: null,
    responseContentType: null,
    customProperties: '{"n":123456789.1234567901234567890}',
    error: null,
    metadata: '[]',
    createdAt: nowMicros(),
    redactedFields: ['request_headers'],
    ...more,
  };
}
