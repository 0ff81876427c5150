import { ApiError } from '@otas/errors';
import { asNumber, type Micros, parseTime } from '@otas/event-schema';
import type { ExactAnswer } from './uasam-http';

/** Who asked about a session, as far as it decides what he may do. */
export interface Principal {
  readonly kind: 'user' | 'sdkKey' | 'agentKey';
  /** A user's privilege in the agent's project: 1 is Admin, 2 is Member. Null for a key. */
  readonly privilege: number | null;
}

/** A session that the caller reaches. Ids are canonical UUIDs; a key is the one that was given, else that of the id. */
export interface SessionAccess {
  readonly principal: Principal;
  readonly projectId: string;
  readonly agentId: string;
  readonly agentKey: string;
  readonly sessionId: string;
  readonly sessionKey: string;
}

export interface AgentRecord {
  readonly id: string;
  readonly projectId: string;
  readonly key: string;
  readonly name: string;
  readonly description: string;
  readonly isActive: boolean;
  readonly createdAt: Micros;
  readonly updatedAt: Micros;
}

export interface SessionRecord {
  readonly id: string;
  readonly key: string;
  readonly agentKey: string;
  readonly createdAt: Micros;
  /** Whatever JSON the session was given; numbers that a double cannot hold are objects of the exact parser. */
  readonly meta: unknown;
  /** The JSON text of `meta`, with every digit. */
  readonly metaText: string;
}

export interface AgentPage {
  readonly agents: readonly AgentRecord[];
  readonly totalCount: number;
  /** Null on the last page. */
  readonly nextPageKey: string | null;
}

export interface SessionPage {
  readonly sessions: readonly SessionRecord[];
  readonly totalCount: number;
  /** Null on the last page. */
  readonly nextPageKey: string | null;
}

type Json = Readonly<Record<string, unknown>>;

const kinds = { user: 'user', sdk_key: 'sdkKey', agent_key: 'agentKey' } as const;

/** Null when no session was asked for. All readers throw 503 `auth_service_error` for what they do not understand. */
export function readSessionAccess(answer: ExactAnswer): SessionAccess | null {
  const response = objectIn(answer.body, 'response');
  const principal = objectIn(response, 'principal');
  const kind = kinds[textIn(principal, 'kind') as keyof typeof kinds];
  if (kind === undefined) throw notUnderstood('kind');
  if (response.session === null) return null;
  const [agent, session] = [objectIn(response, 'agent'), objectIn(response, 'session')];
  return {
    principal: { kind, privilege: asNumber(principal.privilege) },
    projectId: textIn(agent, 'project_id'),
    agentId: textIn(agent, 'id'),
    agentKey: textIn(agent, 'agent_ref'),
    sessionId: textIn(session, 'id'),
    sessionKey: textIn(session, 'session_ref'),
  };
}

export function readAgent(answer: ExactAnswer): AgentRecord {
  return agentOf(objectIn(objectIn(answer.body, 'response'), 'agent'));
}

export function readSession(answer: ExactAnswer): SessionRecord {
  const response = objectIn(answer.body, 'response');
  const agentKey = textIn(objectIn(response, 'agent'), 'agent_ref');
  return sessionOf(objectIn(response, 'session'), agentKey, answer);
}

export function readAgentPage(answer: ExactAnswer): AgentPage {
  const response = objectIn(answer.body, 'response');
  return { agents: objectsIn(response, 'agents').map(agentOf), ...pageOf(response) };
}

export function readSessionPage(answer: ExactAnswer): SessionPage {
  const response = objectIn(answer.body, 'response');
  const agentKey = textIn(objectIn(response, 'agent'), 'agent_ref');
  const sessions = objectsIn(response, 'sessions').map((session) => sessionOf(session, agentKey, answer));
  return { sessions, ...pageOf(response) };
}

function agentOf(agent: Json): AgentRecord {
  return {
    id: textIn(agent, 'id'),
    projectId: textIn(agent, 'project_id'),
    key: textIn(agent, 'agent_ref'),
    name: textIn(agent, 'name'),
    description: textIn(agent, 'description'),
    isActive: agent.is_active === true,
    createdAt: timeIn(agent, 'created_at'),
    updatedAt: timeIn(agent, 'updated_at'),
  };
}

function sessionOf(session: Json, agentKey: string, { textOf }: ExactAnswer): SessionRecord {
  return {
    id: textIn(session, 'id'),
    key: textIn(session, 'session_ref'),
    agentKey,
    createdAt: timeIn(session, 'created_at'),
    meta: session.meta,
    metaText: textOf(session.meta),
  };
}

function pageOf(response: Json): { totalCount: number; nextPageKey: string | null } {
  const totalCount = asNumber(response.total_count);
  if (totalCount === null) throw notUnderstood('total_count');
  return {
    totalCount,
    nextPageKey: response.next_cursor === undefined ? null : textIn(response, 'next_cursor'),
  };
}

function objectIn(parent: Json, name: string): Json {
  const value = parent[name];
  if (typeof value === 'object' && value !== null) return value as Json;
  throw notUnderstood(name);
}

function objectsIn(parent: Json, name: string): Json[] {
  const value = parent[name];
  if (Array.isArray(value)) return value;
  throw notUnderstood(name);
}

function textIn(parent: Json, name: string): string {
  const value = parent[name];
  if (typeof value === 'string') return value;
  throw notUnderstood(name);
}

function timeIn(parent: Json, name: string): Micros {
  const time = parseTime(textIn(parent, name));
  if (time !== null) return time;
  throw notUnderstood(name);
}

function notUnderstood(name: string): ApiError {
  return new ApiError('auth_service_error', { cause: `UASAM answered without ${name}` });
}
