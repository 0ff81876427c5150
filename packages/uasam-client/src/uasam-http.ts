import http from 'node:http';
import https from 'node:https';
import { ApiError } from '@otas/errors';
import axios, { type AxiosInstance, isAxiosError } from 'axios';

/** An answer of UASAM, of any status below 500 but 429. */
export interface UasamAnswer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

/** The HTTP side of asking UASAM: one POST without a body, with a bound on time and on the size of the answer. */
export class UasamHttp {
  readonly #axios: AxiosInstance;
  readonly #agents: readonly { destroy(): void }[];

  constructor(baseUrl: string, timeoutMs: number) {
    const httpAgent = new http.Agent({ keepAlive: true, maxSockets: 64 });
    const httpsAgent = new https.Agent({ keepAlive: true, maxSockets: 64 });
    this.#agents = [httpAgent, httpsAgent];
    this.#axios = axios.create({
      baseURL: baseUrl,
      timeout: timeoutMs,
      maxRedirects: 0,
      maxContentLength: 1024 * 1024,
      proxy: false,
      validateStatus: () => true,
      httpAgent,
      httpsAgent,
    });
  }

  /**
   * @throws ApiError 503 `auth_service_timeout` when UASAM did not answer in time; 503 `auth_service_error` when it
   *   cannot be reached (after one more try), is overloaded, fails, or does not answer with a JSON object.
   */
  async post(path: string, headers: Readonly<Record<string, string>>): Promise<UasamAnswer> {
    try {
      return await this.#postOnce(path, headers);
    } catch (error) {
      // A connection that was kept alive may have been closed by the other side at that very moment.
      if (!isConnectionError(error)) throw toApiError(error);
    }
    try {
      return await this.#postOnce(path, headers);
    } catch (error) {
      throw toApiError(error);
    }
  }

  close(): void {
    for (const agent of this.#agents) agent.destroy();
  }

  async #postOnce(path: string, headers: Readonly<Record<string, string>>): Promise<UasamAnswer> {
    // The timeout of axios does not cover a connection that nobody accepts.
    const signal = AbortSignal.timeout(this.#axios.defaults.timeout ?? 0);
    const { status, data } = await this.#axios.post<unknown>(path, undefined, { headers, signal });
    const isAnswer = status < 500 && status !== 429 && typeof data === 'object' && data !== null;
    if (!isAnswer)
      throw new ApiError('auth_service_error', { cause: `UASAM answered with status ${status}` });
    return { status, body: data as Record<string, unknown> };
  }
}

function isConnectionError(error: unknown): boolean {
  return (
    isAxiosError(error) &&
    (error.code === 'ECONNRESET' || error.code === 'ECONNREFUSED' || error.code === 'EPIPE')
  );
}

function toApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  const code = isAxiosError(error) ? error.code : undefined;
  const timedOut = code === 'ETIMEDOUT' || code === 'ECONNABORTED' || code === 'ERR_CANCELED';
  // The error of axios holds the request's headers, and so the credentials: only its code goes on.
  return new ApiError(timedOut ? 'auth_service_timeout' : 'auth_service_error', {
    cause: `asking UASAM: ${code}`,
  });
}
