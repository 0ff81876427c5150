import { ApiError } from '@otas/errors';
import { parseUuid } from '@otas/event-schema';
import { AccessRefused, toRefusalReason } from './access-refused';
import { type Credential, credentialInBody } from './credential';
import {
  type AgentRecord,
  readAgentRecord,
  readSessionRecord,
  type SessionRecord,
} from './directory-answers';
import { flagIn, type Json, objectIn, objectOrNullIn, textIn, timeIn } from './read-json';
import type { UasamAnswer } from './uasam-http';

/** `identify` asks for nothing but who it is; `edit` is to hide and to delete records. */
export type Action = 'identify' | 'capture' | 'read' | 'edit' | 'administer';

/** May the holder of this credential do that? */
export interface Question {
  readonly credential: Credential;
  readonly action: Action;
  /** A UUID, or a key `agt_…`. */
  readonly agent?: string;
  /** A UUID, or a key `ase_…`, of that agent. */
  readonly session?: string;
  /** Whether the session's metadata is wanted too; it may be large. */
  readonly withMeta?: boolean;
}

/** UASAM's yes. Ids are canonical UUIDs. */
export interface Authorization {
  /** Null for a user who named no project, as long as no agent says which it is. */
  readonly projectId: string | null;
  /** Null when none was asked for. */
  readonly agent: AgentRecord | null;
  /** Null when none was asked for, and for one of the original system, of which UASAM has no record. */
  readonly session: SessionRecord | null;
  /** Of all that it rests on: when one of them is revoked, it is void. */
  readonly ids: readonly string[];
  /** When it ends by itself, in milliseconds since 1970; Infinity when it does not. */
  readonly endsAtMs: number;
}

/**
 * A question as UASAM takes it. A project that is no UUID must not be in it.
 *
 * @throws AccessRefused as `credentialInBody`
 */
export function questionBody({ credential, action, agent, session, withMeta }: Question): object {
  const project = credential.kind === 'user' ? (parseUuid(credential.projectId) ?? undefined) : undefined;
  return { credential: credentialInBody(credential), action, project, agent, session, with_meta: withMeta };
}

/** @throws AccessRefused when it is a no; ApiError 503 `auth_service_error` when it is not understood. */
export function readAuthorization({ status, body, textOf }: UasamAnswer): Authorization {
  if (status !== 200) {
    throw new ApiError('auth_service_error', {
      cause: `UASAM answered with status ${status} ${body.status_description}`,
    });
  }
  const response = objectIn(body, 'response');
  if (!flagIn(response, 'allowed')) throw new AccessRefused(toRefusalReason(response.reason));
  const principal = objectIn(response, 'principal');
  const [project, agent, session] = (['project', 'agent', 'session'] as const).map((name) =>
    objectOrNullIn(response, name),
  ) as [Json | null, Json | null, Json | null];
  const agentRecord = agent === null ? null : readAgentRecord(agent);
  return {
    projectId: project === null ? (agentRecord?.projectId ?? null) : textIn(project, 'id'),
    agent: agentRecord,
    session:
      session === null || agentRecord === null ? null : readSessionRecord(session, agentRecord.key, textOf),
    ids: [principal.id, project?.id, agent?.id, session?.id, session?.agent_key_id].filter(isText),
    endsAtMs: response.expires_at === null ? Infinity : timeIn(response, 'expires_at') / 1000,
  };
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}
