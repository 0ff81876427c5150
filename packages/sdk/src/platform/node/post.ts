import http from 'node:http';
import https from 'node:https';
import type { PostAnswer, PostRequest } from '../platform';
import { ownAgents } from './own-agents';
import { setTimer } from './timers';

const options = { keepAlive: true, maxSockets: 8 };
const agents = { 'http:': new http.Agent(options), 'https:': new https.Agent(options) };
for (const agent of Object.values(agents)) ownAgents.add(agent);
// As they were at import: what the SDK sends itself never passes through a patch.
const requests = { 'http:': http.request, 'https:': https.request };
/** An answer of UASAM or Brain has far less; the rest of a longer one is not read. */
const answerMaxBytes = 4 * 1024 * 1024;

/** Sends a request; redirects are not followed. @throws Error when no answer comes in time */
export async function post(request: PostRequest): Promise<PostAnswer> {
  try {
    return await postOnce(request);
  } catch (error) {
    // The server had closed the connection while nobody used it, and has read nothing of the request.
    if (!(error instanceof StaleConnection)) throw error;
    return await postOnce(request);
  }
}

class StaleConnection extends Error {}

function postOnce({ url, headers, body, timeoutMs, isRef }: PostRequest): Promise<PostAnswer> {
  return new Promise((resolve, reject) => {
    const { protocol } = new URL(url);
    const scheme = protocol === 'https:' ? 'https:' : 'http:';
    const length = String(Buffer.byteLength(body));
    const sent = requests[scheme](url, {
      method: 'POST',
      agent: agents[scheme],
      headers: { ...headers, 'Content-Length': length },
    });
    const timer = setTimer(
      () => sent.destroy(new Error(`no answer within ${timeoutMs} ms`)),
      timeoutMs,
      isRef,
    );
    const fail = (error: NodeJS.ErrnoException): void => {
      timer.clear();
      reject(sent.reusedSocket && error.code === 'ECONNRESET' ? new StaleConnection() : error);
    };
    sent.on('socket', (socket) => (isRef ? socket.ref() : socket.unref()));
    sent.on('error', fail);
    sent.on('response', (answer) => {
      let text = '';
      answer.setEncoding('utf8');
      answer.on('error', fail);
      answer.on('data', (chunk: string) => {
        text += chunk;
        if (text.length > answerMaxBytes) sent.destroy(new Error('the answer is too long'));
      });
      answer.on('end', () => {
        timer.clear();
        resolve({ status: answer.statusCode ?? 0, retryAfter: answer.headers['retry-after'] ?? '', text });
      });
    });
    sent.end(body);
  });
}
