import type { AgentKeyPrincipal, MemberPrincipal, RequestOrigin, UserPrincipal } from '../auth/principals';

/** Who makes a change, and in which request. */
export interface Author extends RequestOrigin {
  readonly kind: 'user' | 'agent_key' | 'anybody';
  /** The user's or the key's id; null for `anybody`. */
  readonly id: string | null;
}

/** A change of what belongs to a project. */
export interface ProjectChange {
  readonly projectId: string;
  readonly by: Author;
  readonly at: Date;
}

/** A change of a user, who belongs to no project. */
export interface UserChange {
  readonly projectId: null;
  readonly userId: string;
  readonly by: Author;
  readonly at: Date;
}

export function authorOf({ user, origin }: UserPrincipal | MemberPrincipal): Author {
  return { kind: 'user', id: user.id, ...origin };
}

/** A change that a user makes to himself. */
export function changeOfSelf(principal: UserPrincipal, at: Date): UserChange {
  return { projectId: null, userId: principal.user.id, by: authorOf(principal), at };
}

/** A change that a member makes in the project for which he authenticated. */
export function changeBy(principal: MemberPrincipal, at: Date): ProjectChange {
  return { projectId: principal.project.id, by: authorOf(principal), at };
}

/** A change that an agent makes with its key. */
export function changeByAgent(
  { agentKey, origin }: { readonly agentKey: AgentKeyPrincipal; readonly origin: RequestOrigin },
  at: Date,
): ProjectChange {
  return { projectId: agentKey.projectId, by: { kind: 'agent_key', id: agentKey.keyId, ...origin }, at };
}
