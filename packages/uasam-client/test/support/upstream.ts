import type http from 'node:http';
import { text } from 'node:stream/consumers';
import { type LocalServer, startLocalServer } from '../../../../test/local-server';

/** A server in UASAM's place, so that it can be slow, broken or away at a given moment; the true one is in e2e. */
export class Upstream {
  calls = 0;
  /** The path and query of the last question, its headers and its body. */
  asked = '';
  headers: http.IncomingHttpHeaders = {};
  body: Record<string, unknown> = {};
  respond: (res: http.ServerResponse) => void = (res) => res.end('{}');
  #server: LocalServer | null = null;

  /** Listens, always on the same port. */
  async start(): Promise<string> {
    this.#server = await startLocalServer((req, res) => void this.#take(req, res), this.#server?.port);
    return this.#server.url;
  }

  async stop(): Promise<void> {
    await this.#server?.stop();
  }

  answer(status: number, body: object | string): void {
    const sent = typeof body === 'string' ? body : JSON.stringify(body);
    this.respond = (res) => res.writeHead(status, { 'Content-Type': 'application/json' }).end(sent);
  }

  /** Allows whatever is asked; `more` are parts of the answer. */
  allow(more: object = {}): void {
    this.answer(200, { status: 1, response: { ...allowed, ...more } });
  }

  refuse(reason: string): void {
    const nothing = { principal: null, project: null, agent: null, session: null, expires_at: null };
    this.answer(200, { status: 1, response: { allowed: false, reason, ...nothing, cache_seconds: 1 } });
  }

  async #take(req: http.IncomingMessage, res: http.ServerResponse): Promise<void> {
    this.calls++;
    this.asked = req.url ?? '';
    this.headers = req.headers;
    const body = await text(req);
    this.body = body === '' ? {} : JSON.parse(body);
    this.respond(res);
  }
}

const time = '2026-04-16T14:30:00.000000+00:00';
export const agent = {
  id: 'a',
  agent_ref: 'agt_a',
  project_id: 'p',
  name: 'n',
  description: '',
  is_active: true,
  created_at: time,
  updated_at: time,
};
export const session = {
  id: 's',
  session_ref: 'ase_s',
  agent_key_id: 'k2',
  created_at: time,
  status: 'active',
  ended_at: null,
  expires_at: null,
  meta: null,
};
export const allowed = {
  allowed: true,
  reason: null,
  principal: { kind: 'agent_key', id: 'k', privilege: null, scopes: ['capture', 'read'] },
  project: { id: 'p', name: 'n' },
  agent,
  session,
  expires_at: null,
  cache_seconds: 10,
};
