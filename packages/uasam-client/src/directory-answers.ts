import type { Micros } from '@otas/event-schema';
import { type Json, listIn, numberIn, objectIn, textIn, timeIn } from './read-json';
import type { UasamAnswer } from './uasam-http';

/** An agent; the id is a canonical UUID, the key the one that was given, else that of the id. */
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

/** A session; id and key as an agent has them. */
export interface SessionRecord {
  readonly id: string;
  readonly key: string;
  readonly agentKey: string;
  readonly createdAt: Micros;
  /**
   * Whatever JSON the session was given; numbers that a double cannot hold are objects of the exact parser. Null when it
   * was not asked for.
   */
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

/** All readers throw 503 `auth_service_error` for what they do not understand. */
export function readAgentPage({ body }: UasamAnswer): AgentPage {
  const response = objectIn(body, 'response');
  return { agents: listIn(response, 'agents').map(readAgentRecord), ...pageOf(response) };
}

export function readSessionPage({ body, textOf }: UasamAnswer): SessionPage {
  const response = objectIn(body, 'response');
  const agentKey = textIn(objectIn(response, 'agent'), 'agent_ref');
  const sessions = listIn(response, 'sessions').map((session) =>
    readSessionRecord(session, agentKey, textOf),
  );
  return { sessions, ...pageOf(response) };
}

export function readAgentRecord(agent: Json): AgentRecord {
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

export function readSessionRecord(
  session: Json,
  agentKey: string,
  textOf: UasamAnswer['textOf'],
): SessionRecord {
  const meta = session.meta ?? null;
  return {
    id: textIn(session, 'id'),
    key: textIn(session, 'session_ref'),
    agentKey,
    createdAt: timeIn(session, 'created_at'),
    meta,
    metaText: textOf(meta),
  };
}

function pageOf(response: Json): { totalCount: number; nextPageKey: string | null } {
  return {
    totalCount: numberIn(response, 'total_count'),
    nextPageKey: response.next_cursor === undefined ? null : textIn(response, 'next_cursor'),
  };
}
