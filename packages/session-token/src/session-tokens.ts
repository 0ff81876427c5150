import type { KeySet } from './key-set';
import { TokenCache } from './token-cache';
import { isOfKind, sessionKind } from './token-kind';

/** What a session token says: which session of which agent of which project, and until when. Ids are UUIDs. */
export interface SessionClaims {
  readonly sessionId: string;
  readonly agentId: string;
  /** Null in a token of the original system, which does not name the project. */
  readonly projectId: string | null;
  readonly expiresAtSeconds: number;
}

const lifetimeSeconds = 30 * 24 * 60 * 60;

/** Signs and verifies session tokens; a user token never verifies as one, also where both have the same secret. */
export class SessionTokens {
  readonly #keys: KeySet;
  readonly #issuer: string;
  readonly #cache: TokenCache<SessionClaims>;

  /** @param issuer the `iss` of the tokens; the same where they are signed and where they are verified */
  constructor(keys: KeySet, issuer: string) {
    this.#keys = keys;
    this.#issuer = issuer;
    this.#cache = new TokenCache(keys, (token) => this.#read(token));
  }

  /** A token that ends exactly 30 days after `issuedAtSeconds` (seconds since 1970). */
  sign(session: { sessionId: string; agentId: string; projectId: string }, issuedAtSeconds: number): string {
    return this.#keys.sign({
      iss: this.#issuer,
      aud: sessionKind.audience,
      agent_session_id: session.sessionId,
      agent_id: session.agentId,
      project_id: session.projectId,
      iat: issuedAtSeconds,
      exp: issuedAtSeconds + lifetimeSeconds,
    });
  }

  /** Null when the token is not a session token of ours, or has expired. */
  verify(token: string): SessionClaims | null {
    return this.#cache.get(token, Date.now());
  }

  /** Whether a token that did not verify may do so with a public key that is not known yet. */
  lacksPublicKeyOf(token: string): boolean {
    return this.#keys.lacksPublicKeyOf(token);
  }

  #read(token: string): SessionClaims | null {
    const claims = this.#keys.verify(token);
    if (claims === null || !isOfKind(sessionKind, this.#issuer, claims)) return null;
    const { agent_session_id: sessionId, agent_id: agentId, project_id: projectId = null, exp } = claims;
    if (typeof sessionId !== 'string' || typeof agentId !== 'string') return null;
    if (projectId !== null && typeof projectId !== 'string') return null;
    return { sessionId, agentId, projectId, expiresAtSeconds: exp };
  }
}
