import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { listTasks } from './tasks.mjs';

/** Does every task, one call after the other, and gives each call as an event as soon as it has ended. */
export async function* performTasks(urls, identity) {
  const services = { ...urls, stock: `http://127.0.0.1:${await findSilentPort()}` };
  for (const [intent, calls] of Object.entries(listTasks(identity))) {
    for (const [service, method, target, options] of calls) {
      const call = await callAndMeasure(services[service] + target, { method, ...options });
      // What an agent knows beside the call itself goes into these two, as any JSON.
      const context = { custom_properties: { service }, metadata: { intent } };
      yield { ...call, ...context, project_id: identity.projectId };
    }
  }
}

/**
 * Makes one call and gives it in the form in which Brain takes an event. The time is the call's beginning, the latency
 * lasts until the answer's last byte. A call that got no answer has status 0 and says why in `error`.
 */
async function callAndMeasure(url, { method, headers = {}, json, text = json && JSON.stringify(json) }) {
  const { pathname, search } = new URL(url);
  const sent = { Accept: 'application/json', 'User-Agent': 'otas-demo', ...headers };
  if (text !== undefined) sent['Content-Type'] = 'application/json';
  const eventTime = formatNow();
  const startedAt = performance.now();
  const answer = await fetch(url, { method, headers: sent, body: text }).then(readAnswer).catch(readFailure);
  return {
    event_id: randomUUID(),
    event_time: eventTime,
    latency_ms: Number((performance.now() - startedAt).toFixed(3)),
    method,
    path: pathname,
    query_params: search.slice(1),
    request_size_bytes: Buffer.byteLength(text ?? ''),
    request_headers: JSON.stringify(sent),
    request_content_type: sent['Content-Type'] ?? null,
    ...answer,
  };
}

async function readAnswer(response) {
  const body = await response.text();
  const [, code] = /"status_description":"([^"]*)"/.exec(body) ?? [];
  return {
    status_code: response.status,
    response_size_bytes: Buffer.byteLength(body),
    response_headers: JSON.stringify(Object.fromEntries(response.headers)),
    response_content_type: response.headers.get('content-type'),
    error: response.ok ? null : (code ?? response.statusText),
  };
}

/** `fetch` says why there was no answer in its error's cause. */
function readFailure(error) {
  return { status_code: 0, error: error.cause?.message || error.message };
}

/** The time with six fraction digits, as everywhere on the wire: `2026-04-16T14:30:00.000000+00:00`. */
function formatNow() {
  const micros = Math.round((performance.timeOrigin + performance.now()) * 1000);
  const [seconds] = new Date(micros / 1000).toISOString().split('.');
  return `${seconds}.${String(micros % 1_000_000).padStart(6, '0')}+00:00`;
}

/** A port of this machine on which nobody listens. */
async function findSilentPort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

/** The event as Brain keeps it: the value of a header that is a credential is replaced before anything is stored. */
export function asStored(event) {
  const headers = Object.entries(JSON.parse(event.request_headers)).map(([name, value]) => {
    return [name, /^X-OTAS-.*(KEY|TOKEN)$/.test(name) ? '[REDACTED]' : value];
  });
  return { ...event, request_headers: JSON.stringify(Object.fromEntries(headers)) };
}
