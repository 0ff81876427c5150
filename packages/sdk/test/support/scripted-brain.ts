import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { gunzipSync } from 'node:zlib';

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
export interface ScriptedBrain {
  readonly url: string;
  /** Requests with events, in the order in which they came. */
  readonly seen: SeenRequest[];
  /** What is answered from now on. */
  answer(with_: (request: SeenRequest) => Answer): void;
  /** How the creation of a session is answered; well by default. */
  answerSessions(with_: () => Answer): void;
  stop(): Promise<void>;
}

export const accepted = ({ events }: SeenRequest): Answer => ({
  status: 201,
  body: { status: 1, response: { results: events.map((_event, index) => ({ index })) }, events: [] },
});

const claims = {
  agent_session_id: '0198c0de-0000-7000-8000-000000000001',
  agent_id: '0198c0de-0000-7000-8000-000000000002',
  project_id: '0198c0de-0000-7000-8000-000000000003',
};
export const token = `eyJhbGciOiJIUzI1NiJ9.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.c2lnbmF0dXJl`;
export const created = (): Answer => ({ status: 200, body: { status: 1, response: { jwt_token: token } } });

export async function startScriptedBrain(port = 0): Promise<ScriptedBrain> {
  const seen: SeenRequest[] = [];
  let answerEvents: (request: SeenRequest) => Answer = accepted;
  let answerSession = created;
  const server = createServer(async (req, res) => {
    const url = req.url ?? '';
    const body = await readBody(req);
    if (url.includes('/session/')) return write(res, url.includes('/create/') ? answerSession() : created());
    const { events } = JSON.parse(body) as { events: { path?: string; type?: string }[] };
    const names = events.map(({ path, type }) => path ?? type ?? '');
    const request = { url, headers: req.headers, events: names, at: performance.now() };
    seen.push(request);
    write(res, answerEvents(request));
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const address = server.address() as { port: number };
  return {
    url: `http://127.0.0.1:${address.port}`,
    seen,
    answer: (with_) => (answerEvents = with_),
    answerSessions: (with_) => (answerSession = with_),
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function readBody(req: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of req) chunks.push(chunk);
  const bytes = Buffer.concat(chunks);
  return (req.headers['content-encoding'] === 'gzip' ? gunzipSync(bytes) : bytes).toString();
}

function write(res: ServerResponse, answer: Answer): void {
  if (answer === null) return;
  const body = typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body ?? {});
  res.writeHead(answer.status, answer.headers ?? {}).end(body);
}
