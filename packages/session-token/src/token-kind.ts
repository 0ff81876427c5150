/** What tells the two kinds of token apart. */
export interface TokenKind {
  /** The `aud` of those that we sign. */
  readonly audience: string;
  /** Names of claims that no token of this kind has. */
  readonly foreignClaims: readonly string[];
}

export const userKind: TokenKind = {
  audience: 'otas-user',
  foreignClaims: ['agent_session_id', 'agent_id', 'project_id'],
};

export const sessionKind: TokenKind = { audience: 'otas-session', foreignClaims: ['user_id', 'email'] };

/**
 * Whether verified claims are those of a token of this kind. One of the original system has neither `iss` nor `aud`; one
 * that has either must have both, and exactly ours.
 */
export function isOfKind(kind: TokenKind, issuer: string, claims: Record<string, unknown>): boolean {
  if (kind.foreignClaims.some((name) => name in claims)) return false;
  if (!('iss' in claims) && !('aud' in claims)) return true;
  return claims.iss === issuer && claims.aud === kind.audience;
}
