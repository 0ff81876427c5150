import { ApiError } from '@otas/errors';
import {
  type Caller,
  type CallerDeps,
  callerOfAgentKey,
  callerOfSdkKey,
  callerOfUser,
} from '../access/authenticate-caller';
import { type Access, type AccessDeps, resolveAccess } from '../access/resolve-access';
import { expiryOf, statusOf } from '../sessions/session-status';
import type { AuthorizeQuestion } from './authorize.schemas';

export interface Grant {
  readonly isAllowed: true;
  readonly caller: Caller;
  readonly access: Access;
  /** When the first ends of the credential and, if it goes on now, the session. */
  readonly expiresAt: Date;
  /** How long whoever does not follow the revocations may remember this: 0 to 10. */
  readonly cacheSeconds: number;
  readonly at: Date;
}

export interface Refusal {
  readonly isAllowed: false;
  /** The code of the first check that failed. */
  readonly reason: string;
  readonly cacheSeconds: number;
}

const [grantCacheSeconds, refusalCacheSeconds] = [10, 1];

/**
 * Whether the holder of a credential may do something. What is checked, in this order, and the reasons of a refusal: the
 * credential (`invalid_agent_key`, `invalid_sdk_key`, `invalid_token`), the project that a user names
 * (`user_project_mapping_invalid`), and what `resolveAccess` looks at.
 */
export async function authorize(
  deps: CallerDeps & AccessDeps,
  question: AuthorizeQuestion,
): Promise<Grant | Refusal> {
  try {
    const caller = await identify(deps, question);
    if (caller.isOutside) throw new ApiError('user_project_mapping_invalid');
    return grant(caller, await resolveAccess(deps, caller, question), deps.now());
  } catch (error) {
    // Whoever is to come later has not been refused.
    const isRefusal = error instanceof ApiError && error.status < 500 && error.status !== 429;
    if (!isRefusal) throw error;
    return { isAllowed: false, reason: error.description, cacheSeconds: refusalCacheSeconds };
  }
}

function identify(deps: CallerDeps, { credential, projectId }: AuthorizeQuestion): Promise<Caller> {
  const { kind, value } = credential;
  if (kind === 'agent_key') return callerOfAgentKey(deps, value);
  if (kind === 'sdk_key') return callerOfSdkKey(deps, value);
  return callerOfUser(deps, value, projectId);
}

function grant(caller: Caller, access: Access, at: Date): Grant {
  const { session } = access;
  const goesOn = session !== null && statusOf(session, at) === 'active';
  const sessionEndsMs = goesOn ? expiryOf(session) / 1000 : Number.POSITIVE_INFINITY;
  const expiresMs = Math.min(caller.expiresAt.getTime(), sessionEndsMs);
  const leftSeconds = Math.floor((expiresMs - at.getTime()) / 1000);
  const cacheSeconds = Math.max(0, Math.min(grantCacheSeconds, leftSeconds));
  return { isAllowed: true, caller, access, expiresAt: new Date(expiresMs), cacheSeconds, at };
}
