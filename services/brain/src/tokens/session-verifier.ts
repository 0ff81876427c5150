import type { SessionClaims, SessionTokens } from '@otas/session-token';
import type { JwksKeys } from './jwks-keys';

/** Verifies session tokens with the keys that are there, and gets the one that a token names when it is not. */
export class SessionVerifier {
  readonly #tokens: SessionTokens;
  readonly #jwks: Pick<JwksKeys, 'look'> | null;

  /** @param jwks where `tokens` gets public keys from; null: it has secrets alone */
  constructor(tokens: SessionTokens, jwks: Pick<JwksKeys, 'look'> | null) {
    this.#tokens = tokens;
    this.#jwks = jwks;
  }

  /**
   * Null when the token is not a session token of ours, or has expired. At once for every token whose key is there; one
   * that names a key which is not waits for UASAM.
   *
   * @throws ApiError (the promise) 503 `auth_service_error` or `auth_service_timeout` when UASAM cannot be asked for it.
   */
  verify(token: string): SessionClaims | null | Promise<SessionClaims | null> {
    const claims = this.#tokens.verify(token);
    if (claims !== null || this.#jwks === null || !this.#tokens.lacksPublicKeyOf(token)) return claims;
    const isThere = (): boolean => !this.#tokens.lacksPublicKeyOf(token);
    return this.#jwks.look(isThere).then(() => this.#tokens.verify(token));
  }
}
