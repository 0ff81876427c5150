import type { IncomingMessage, ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { gunzipSync } from 'node:zlib';
import { type LocalServer, startLocalServer } from '../../../../test/local-server';

/** A request of the SDK, read whole. */
export interface SeenRequest {
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  /** Paths of the calls in it, or types of the agent events. */
  readonly events: readonly string[];
  /** `performance.now()` */
  readonly at: number;
}

/** An answer: null for none at all. */
export type Answer = {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Record<string, string>;
} | null;

/** A server that stands for Brain and UASAM in tests of what they answer on bad days, over real HTTP. */
export interface ScriptedBrain extends LocalServer {
  /** Requests with events, in the order in which they came. */
  readonly seen: SeenRequest[];
  /** What is answered from now on. */
  answer(with_: (request: SeenRequest) => Answer): void;
  /** How the creation of a session is answered; well by default. */
  answerSessions(with_: () => Answer): void;
}

export const accepted = ({ events }: SeenRequest): Answer => ({
  status: 201,
  body: { status: 1, response: { results: events.map((_event, index) => ({ index })) }, events: [] },
});

export const refusal = (code: string) => ({ status: 0, status_description: code });

/** What tells an agent's process of it. */
export const agentEnv = ({ url }: ScriptedBrain, agentKey = 'agent_key') => ({
  ...{ OTAS_AGENT_KEY: agentKey, OTAS_UASAM_URL: url, OTAS_BRAIN_URL: url },
});

const claims = {
  agent_session_id: '0198c0de-0000-7000-8000-000000000001',
  agent_id: '0198c0de-0000-7000-8000-000000000002',
  project_id: '0198c0de-0000-7000-8000-000000000003',
};
export const token = `eyJhbGciOiJIUzI1NiJ9.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.c2lnbmF0dXJl`;
export const created = (): Answer => ({ status: 200, body: { status: 1, response: { jwt_token: token } } });

export async function startScriptedBrain(): Promise<ScriptedBrain> {
  const seen: SeenRequest[] = [];
  let answerEvents: (request: SeenRequest) => Answer = accepted;
  let answerSession = created;
  const server = await startLocalServer(async (req, res) => {
    const url = req.url ?? '';
    const body = await readBody(req);
    if (url.includes('/session/')) return write(res, url.includes('/create/') ? answerSession() : created());
    const { events } = JSON.parse(body) as { events: { path?: string; type?: string }[] };
    const names = events.map(({ path, type }) => path ?? type ?? '');
    const request = { url, headers: req.headers, events: names, at: performance.now() };
    seen.push(request);
    write(res, answerEvents(request));
  });
  return {
    ...server,
    seen,
    answer: (with_) => (answerEvents = with_),
    answerSessions: (with_) => (answerSession = with_),
  };
}

async function readBody(req: IncomingMessage): Promise<string> {
  const bytes = await buffer(req);
  return (req.headers['content-encoding'] === 'gzip' ? gunzipSync(bytes) : bytes).toString();
}

function write(res: ServerResponse, answer: Answer): void {
  if (answer === null) return;
  const body = typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body ?? {});
  res.writeHead(answer.status, answer.headers ?? {}).end(body);
}
