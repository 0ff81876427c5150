import { hash } from 'node:crypto';
import { ApiError } from '@otas/errors';
import { LRUCache } from 'lru-cache';
import { AnswerCache, type AnswerCachePolicy } from './answer-cache';
import { type Credential, headersOf } from './credential';
import {
  type AgentPage,
  type AgentRecord,
  readAgent,
  readAgentPage,
  readSession,
  readSessionAccess,
  readSessionPage,
  type SessionAccess,
  type SessionPage,
  type SessionRecord,
} from './directory-answers';
import { refusalOf } from './directory-refusals';
import type { ExactAnswer, UasamHttp } from './uasam-http';

/** Which page of a list; `pageKey` null is the first one. `limit` is 1–100. */
export interface PageRequest {
  readonly limit: number;
  readonly pageKey: string | null;
}

export interface DirectoryPolicies {
  /** For what is read: not at all without UASAM. */
  readonly read: AnswerCachePolicy;
  /** For what is written: for a while without UASAM. */
  readonly write: AnswerCachePolicy;
}

/** The path's keys: `agt_…` and `ase_…`, of the form that the contract says. */
export interface SessionKeys {
  readonly agentKey: string;
  readonly sessionKey: string;
}

type Answer = { readonly access: SessionAccess | null } | { readonly refusal: ApiError };

const path = '/api/agent/v1/access/';
const refusedMs = 1_000;
const refusedMax = 2_000;

/**
 * Asks UASAM which agents and sessions a credential reaches. Refusals are thrown, in the contract's order: 401
 * `unauthorized`, 400 `invalid_request`, 404 `agent_not_found`, 403 `forbidden`, 404 `session_not_found`; the two 404 have
 * the key in `id`. Every method throws 503 `auth_service_timeout` or `auth_service_error` when UASAM cannot be asked.
 */
export class AgentDirectory {
  readonly #http: UasamHttp;
  readonly #nowMs: () => number;
  readonly #caches: Readonly<Record<keyof DirectoryPolicies, AnswerCache<Answer>>>;
  /** Until when a question is refused without asking; no key of the cache holds a credential. */
  readonly #refused = new LRUCache<string, { readonly refusal: ApiError; readonly untilMs: number }>({
    max: refusedMax,
  });

  constructor(http: UasamHttp, policies: DirectoryPolicies, nowMs: () => number) {
    const cache = (policy: AnswerCachePolicy) =>
      new AnswerCache<Answer>(policy, (answer) => 'access' in answer, nowMs);
    this.#http = http;
    this.#nowMs = nowMs;
    this.#caches = { read: cache(policies.read), write: cache(policies.write) };
  }

  /**
   * The session that two keys name, its agent and what the caller may do; remembered for ten seconds. With `write`, what
   * was once good stays so for ten minutes while UASAM is away.
   */
  async resolveAgentSession(
    credential: Credential,
    { agentKey, sessionKey }: SessionKeys,
    purpose: keyof DirectoryPolicies,
  ): Promise<SessionAccess> {
    const access = await this.#remembered(credential, { agentKey, sessionKey }, purpose);
    if (access !== null) return access;
    throw new ApiError('auth_service_error', { cause: 'UASAM answered without the session' });
  }

  /** Resolves when the credential is valid, whatever it reaches; remembered as above. */
  async verifyCredential(credential: Credential): Promise<void> {
    await this.#remembered(credential, {}, 'read');
  }

  /** The agent that a key names; asked each time. */
  async getAgent(credential: Credential, agentKey: string): Promise<AgentRecord> {
    return readAgent(await this.#get(credential, path, { agent_ref: agentKey }));
  }

  /** The session that two keys name, with its metadata; asked each time. */
  async getSession(credential: Credential, { agentKey, sessionKey }: SessionKeys): Promise<SessionRecord> {
    const query = { agent_ref: agentKey, session_ref: sessionKey, with_meta: '1' };
    return readSession(await this.#get(credential, path, query));
  }

  /** The agents that the credential reaches, newest first. */
  async listAgents(credential: Credential, page: PageRequest): Promise<AgentPage> {
    return readAgentPage(await this.#get(credential, `${path}agents/`, pageQuery(page)));
  }

  /** The sessions of an agent, newest first; a page holds fewer than `limit` when they are large. */
  async listSessions(credential: Credential, agentKey: string, page: PageRequest): Promise<SessionPage> {
    const query = { agent_ref: agentKey, ...pageQuery(page) };
    return readSessionPage(await this.#get(credential, `${path}sessions/`, query));
  }

  async #remembered(
    credential: Credential,
    keys: Partial<SessionKeys>,
    purpose: keyof DirectoryPolicies,
  ): Promise<SessionAccess | null> {
    const headers = headersOf(credential);
    const question = hash('sha256', JSON.stringify([headers, keys.agentKey, keys.sessionKey]), 'base64');
    const refused = this.#refused.get(question);
    if (refused !== undefined && refused.untilMs > this.#nowMs()) throw refused.refusal;
    const answer = await this.#caches[purpose].get(question, () => this.#load(headers, keys));
    if ('access' in answer) return answer.access;
    // Not found is asked again at once: who makes a session after such an answer expects to find it.
    if (answer.refusal.status === 401 || answer.refusal.status === 403) {
      this.#refused.set(question, { refusal: answer.refusal, untilMs: this.#nowMs() + refusedMs });
    }
    throw answer.refusal;
  }

  async #load(headers: Record<string, string>, keys: Partial<SessionKeys>): Promise<Answer> {
    const query = { agent_ref: keys.agentKey, session_ref: keys.sessionKey };
    const answer = await this.#http.get(withQuery(path, query), headers);
    if (answer.status === 200) return { access: readSessionAccess(answer) };
    return { refusal: refusalOf(answer, query) };
  }

  async #get(credential: Credential, where: string, query: Query): Promise<ExactAnswer> {
    const answer = await this.#http.get(withQuery(where, query), headersOf(credential));
    if (answer.status !== 200) throw refusalOf(answer, query);
    return answer;
  }
}

type Query = Readonly<Record<string, string | undefined>>;

function pageQuery({ limit, pageKey }: PageRequest): Query {
  return { limit: String(limit), cursor: pageKey ?? undefined };
}

function withQuery(where: string, query: Query): string {
  const given = Object.entries(query).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return `${where}?${new URLSearchParams(given)}`;
}
