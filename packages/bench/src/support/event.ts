import type { Tenant } from './tenant';

/** An event as an agent's SDK sends it: 1 KB of JSON, of which the headers and bodies are the larger part. */
export function eventOf(tenant: Tenant): Record<string, unknown> {
  return {
    project_id: tenant.projectId,
    path: '/v1/chat/completions',
    method: 'POST',
    status_code: 200,
    latency_ms: 842.317,
    request_size_bytes: 412,
    response_size_bytes: 598,
    request_headers: {
      'content-type': 'application/json',
      accept: 'application/json',
      'user-agent': 'support-agent/2.4.1 (node)',
      'x-request-id': '6f1c2f6e-5f0f-4c2c-9a57-0d6f2f6f8f10',
    },
    request_body: JSON.stringify({
      model: 'large-2',
      temperature: 0.2,
      messages: [{ role: 'user', content: 'Where is my order 20417? It should have come on Tuesday.' }],
    }),
    query_params: 'stream=false&user=1842',
    response_headers: { 'content-type': 'application/json', 'x-ratelimit-remaining': '4987' },
    response_body: JSON.stringify({
      id: 'cmpl-88213',
      choices: [{ role: 'assistant', content: 'It left our warehouse on Monday and arrives tomorrow.' }],
      usage: { prompt_tokens: 61, completion_tokens: 18 },
    }),
    request_content_type: 'application/json',
    response_content_type: 'application/json',
    custom_properties: { step: 7, tool: 'orders.lookup', retry: false },
    metadata: { sdk: 'node/1.0.0', region: 'eu-central-1' },
  };
}

/** The row that {@link eventOf} becomes, in the order of event-store's columns; id and times are left empty. */
export function rowOf(tenant: Tenant): unknown[] {
  const event = eventOf(tenant);
  const json = (name: string): string => JSON.stringify(event[name]);
  return [
    '',
    '',
    ...[tenant.projectId, tenant.agentId, tenant.sessionId],
    ...[event.path, event.method, event.status_code, event.latency_ms],
    ...[event.request_size_bytes, event.response_size_bytes],
    ...[json('request_headers'), event.request_body, event.query_params, null],
    ...[json('response_headers'), event.response_body],
    ...[event.request_content_type, event.response_content_type],
    ...[json('custom_properties'), null, json('metadata'), []],
    '',
  ];
}
