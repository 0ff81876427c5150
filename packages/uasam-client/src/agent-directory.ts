import { ApiError } from '@otas/errors';
import { LRUCache } from 'lru-cache';
import { AccessRefused } from './access-refused';
import type { Action, Authorization, Question } from './authorization';
import { type Authorizer, nameOf, type Purpose } from './authorizer';
import { type Credential, credentialInHeaders } from './credential';
import {
  type AgentPage,
  type AgentRecord,
  readAgentPage,
  readSessionPage,
  type SessionPage,
  type SessionRecord,
} from './directory-answers';
import { deletionRefusalOf, listRefusalOf, refusalOf } from './directory-refusals';
import type { UasamAnswer, UasamHttp } from './uasam-http';

/** Which page of a list; `pageKey` null is the first one. `limit` is 1–100. */
export interface PageRequest {
  readonly limit: number;
  readonly pageKey: string | null;
}

/** The path's keys: `agt_…` and `ase_…`, of the form that the contract says. */
export interface SessionKeys {
  readonly agentKey: string;
  readonly sessionKey: string;
}

/** A session that the caller reaches. Ids are canonical UUIDs; a key is the one that was given, else that of the id. */
export interface SessionAccess {
  readonly projectId: string;
  readonly agentId: string;
  readonly agentKey: string;
  readonly sessionId: string;
  readonly sessionKey: string;
}

const listPath = '/api/agent/v1/access/';
const refusedMs = 1_000;
const refusedMax = 2_000;

/**
 * Asks UASAM which agents and sessions a credential reaches. Refusals are thrown, in the contract's order: 401
 * `unauthorized`, 400 `invalid_request`, 404 `agent_not_found`, 403 `forbidden`, 404 `session_not_found`; the two 404 have
 * the key in `id`. Every method throws 503 `auth_service_timeout` or `auth_service_error` when UASAM cannot be asked.
 */
export class AgentDirectory {
  readonly #http: UasamHttp;
  readonly #authorizer: Authorizer;
  readonly #nowMs: () => number;
  /** Until when a question is refused without asking; by the question's name. */
  readonly #refused = new LRUCache<string, { readonly refusal: ApiError; readonly untilMs: number }>({
    max: refusedMax,
  });

  constructor(http: UasamHttp, authorizer: Authorizer, nowMs: () => number) {
    this.#http = http;
    this.#authorizer = authorizer;
    this.#nowMs = nowMs;
  }

  /**
   * The session that two keys name, for a caller who may do this with it; remembered. 401 `unauthorized` for `capture` is
   * also that the session has ended; 403 `forbidden` comes last for a caller who reaches it and may not do this.
   */
  async authorizeSession(
    credential: Credential,
    { agentKey, sessionKey }: SessionKeys,
    action: Exclude<Action, 'identify' | 'administer'>,
  ): Promise<SessionAccess> {
    const question = { credential, action, agent: agentKey, session: sessionKey };
    const purpose = action === 'capture' ? 'write' : 'read';
    const { agent, session } = foundIn(await this.#remembered(question, purpose));
    return {
      projectId: agent.projectId,
      agentId: agent.id,
      agentKey: agent.key,
      sessionId: session.id,
      sessionKey: session.key,
    };
  }

  /** Resolves when the credential is valid, whatever it reaches; remembered. */
  async verifyCredential(credential: Credential): Promise<void> {
    const alone = credential.kind === 'user' ? { ...credential, projectId: null } : credential;
    await this.#remembered({ credential: alone, action: 'identify' }, 'read');
  }

  /** The agent that a key names; asked each time. */
  async getAgent(credential: Credential, agentKey: string): Promise<AgentRecord> {
    const { agent } = await this.#ask({ credential, action: 'read', agent: agentKey });
    return agent ?? missing('agent');
  }

  /** The session that two keys name, with its metadata; asked each time. */
  async getSession(credential: Credential, { agentKey, sessionKey }: SessionKeys): Promise<SessionRecord> {
    const question = { credential, action: 'read', agent: agentKey, session: sessionKey } as const;
    return foundIn(await this.#ask({ ...question, withMeta: true })).session;
  }

  /** The agents that the credential reaches, newest first. */
  async listAgents(credential: Credential, page: PageRequest): Promise<AgentPage> {
    return readAgentPage(await this.#list(credential, `${listPath}agents/`, page));
  }

  /** The sessions of an agent, newest first; a page holds fewer than `limit` when they are large. */
  async listSessions(credential: Credential, agentKey: string, page: PageRequest): Promise<SessionPage> {
    return readSessionPage(await this.#list(credential, `${listPath}sessions/`, page, agentKey));
  }

  /**
   * Deletes for good the session that two keys name, or with `sessionKey` null the agent, for an Admin of the project (403
   * `forbidden` for anybody else). It is gone for every question from now on, and what was recorded of it soon.
   *
   * @param requestId under which UASAM's audit log has it
   */
  async delete(
    credential: Credential,
    { agentKey, sessionKey }: { readonly agentKey: string; readonly sessionKey: string | null },
    requestId: string,
  ): Promise<void> {
    const question: Question = { credential, action: 'administer', agent: agentKey };
    const asked = sessionKey === null ? question : { ...question, session: sessionKey };
    const { agent, session } = await this.#ask(asked);
    if (credential.kind !== 'user' || agent === null) throw new ApiError('forbidden');
    const headers = headersOf({ ...credential, projectId: agent.projectId });
    const [path, body] =
      sessionKey === null
        ? ['delete/', { agent_id: agent.id }]
        : ['session/delete/', { session_id: (session ?? missing('session')).id }];
    const answer = await this.#http.post(`/api/agent/v1/${path}`, body, {
      ...headers,
      'X-Request-Id': requestId,
    });
    if (answer.status !== 200) throw deletionRefusalOf(answer, asked);
  }

  async #remembered(question: Question, purpose: Purpose): Promise<Authorization> {
    const name = nameOf(question);
    const refused = this.#refused.get(name);
    if (refused !== undefined && refused.untilMs > this.#nowMs()) throw refused.refusal;
    try {
      return await this.#authorizer.authorize(question, purpose, name);
    } catch (error) {
      const refusal = toApiError(error, question);
      // Not found is asked again at once: who makes a session after such an answer expects to find it.
      if (refusal.status === 401 || refusal.status === 403) {
        this.#refused.set(name, { refusal, untilMs: this.#nowMs() + refusedMs });
      }
      throw refusal;
    }
  }

  async #ask(question: Question): Promise<Authorization> {
    try {
      return await this.#authorizer.ask(question);
    } catch (error) {
      throw toApiError(error, question);
    }
  }

  async #list(
    credential: Credential,
    path: string,
    { limit, pageKey }: PageRequest,
    agentKey?: string,
  ): Promise<UasamAnswer> {
    const headers = headersOf(credential);
    const query = new URLSearchParams({ limit: String(limit) });
    if (pageKey !== null) query.set('cursor', pageKey);
    if (agentKey !== undefined) query.set('agent_ref', agentKey);
    const answer = await this.#http.get(`${path}?${query}`, headers);
    if (answer.status !== 200) throw listRefusalOf(answer, agentKey);
    return answer;
  }
}

function headersOf(credential: Credential): Record<string, string> {
  try {
    return credentialInHeaders(credential);
  } catch (error) {
    throw toApiError(error, { credential, action: 'read' });
  }
}

function toApiError(error: unknown, question: Question): ApiError {
  if (error instanceof AccessRefused) return refusalOf(error, question);
  if (error instanceof ApiError) return error;
  throw error;
}

function foundIn({ agent, session }: Authorization): { agent: AgentRecord; session: SessionRecord } {
  return { agent: agent ?? missing('agent'), session: session ?? missing('session') };
}

function missing(what: string): never {
  throw new ApiError('auth_service_error', { cause: `UASAM answered without the ${what}` });
}
