import { ApiError } from '@otas/errors';
import { UasamHttp } from './uasam-http';

/** Asks UASAM for the public keys with which its tokens can be verified. */
export class JwksClient {
  readonly #http: UasamHttp;

  /**
   * @param url where UASAM is
   * @param timeoutMs how long it may take for the answer, in milliseconds
   */
  constructor(url: string, timeoutMs: number) {
    this.#http = new UasamHttp(url, timeoutMs);
  }

  /**
   * The keys as UASAM gave them, each a JWK (RFC 7517) that nobody has looked at yet.
   *
   * @throws ApiError 503 `auth_service_timeout` or `auth_service_error` when UASAM could not be asked, or did not answer
   *   with a list of keys.
   */
  async fetchKeys(): Promise<readonly unknown[]> {
    const { status, body } = await this.#http.get('/.well-known/jwks.json', { 'Cache-Control': 'no-cache' });
    if (status === 200 && Array.isArray(body.keys)) return body.keys;
    throw new ApiError('auth_service_error', { cause: `UASAM answered with status ${status}, without keys` });
  }

  close(): void {
    this.#http.close();
  }
}
