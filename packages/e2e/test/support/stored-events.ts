import { randomUUID } from 'node:crypto';
import type { agentEventRow, backendEventRow } from '@otas/event-store';

type BackendEvent = Parameters<typeof backendEventRow>[0];
type AgentEvent = Parameters<typeof agentEventRow>[0];

const ids = () => ({
  eventId: randomUUID(),
  projectId: randomUUID(),
  agentId: randomUUID(),
  agentSessionId: randomUUID(),
});

/** A call, as it is stored; of a project of its own where none is given. */
export function makeBackendEvent(more: Partial<BackendEvent> = {}): BackendEvent {
  return {
    ...ids(),
    eventTime: Date.now() * 1000,
    path: '/a',
    method: 'GET',
    statusCode: 200,
    latencyMs: 87.4,
    requestSizeBytes: 0,
    responseSizeBytes: 0,
    requestHeaders: null,
    requestBody: null,
    queryParams: null,
    postData: null,
    responseHeaders: null,
    responseBody: null,
    requestContentType: null,
    responseContentType: null,
    customProperties: null,
    error: null,
    metadata: null,
    createdAt: Date.now() * 1000,
    redactedFields: [],
    ...more,
  };
}

/** An event of an agent, as it is stored. */
export function makeAgentEvent(more: Partial<AgentEvent> = {}): AgentEvent {
  return {
    ...ids(),
    eventTime: Date.now() * 1000,
    type: 'tool_output',
    sequence: 1,
    toolCallId: null,
    toolName: null,
    isError: false,
    fields: '{}',
    redactedFields: [],
    createdAt: Date.now() * 1000,
    isHidden: false,
    ...more,
  };
}
