import http from 'node:http';
import https from 'node:https';
import { ApiError } from '@otas/errors';
import { type ExactJson, parseExactJson } from '@otas/event-schema';
import axios, { type AxiosInstance, isAxiosError } from 'axios';

/** An answer of UASAM, of any status below 500 but 429. */
export interface UasamAnswer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

/** An answer whose parts can be written again with every digit of their numbers. */
export interface ExactAnswer extends UasamAnswer {
  readonly textOf: ExactJson['textOf'];
}

type Headers = Readonly<Record<string, string>>;

/** A page of sessions holds about 16 MiB of what clients gave them, and one session more. */
const answerMaxBytes = 64 * 1024 * 1024;

/** The HTTP side of asking UASAM: requests without a body, with a bound on time and on the size of the answer. */
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
      maxContentLength: answerMaxBytes,
      proxy: false,
      validateStatus: () => true,
      responseType: 'text',
      transformResponse: (text: unknown) => text,
      httpAgent,
      httpsAgent,
    });
  }

  /**
   * @throws ApiError 503 `auth_service_timeout` when UASAM did not answer in time; 503 `auth_service_error` when it
   *   cannot be reached (after one more try), is overloaded, fails, or does not answer with a JSON object.
   */
  async post(path: string, headers: Headers): Promise<UasamAnswer> {
    const { status, text } = await this.#ask('POST', path, headers);
    return { status, body: objectOf(status, parseOrNull(text, JSON.parse)) };
  }

  /** Errors as for {@link post}. */
  async get(path: string, headers: Headers): Promise<ExactAnswer> {
    const { status, text } = await this.#ask('GET', path, headers);
    const json = parseOrNull(text, parseExactJson);
    return { status, body: objectOf(status, json?.value), textOf: (part) => json?.textOf(part) ?? 'null' };
  }

  close(): void {
    for (const agent of this.#agents) agent.destroy();
  }

  async #ask(method: string, path: string, headers: Headers): Promise<{ status: number; text: string }> {
    try {
      return await this.#askOnce(method, path, headers);
    } catch (error) {
      // A connection that was kept alive may have been closed by the other side at that very moment.
      if (!isConnectionError(error)) throw toApiError(error);
    }
    try {
      return await this.#askOnce(method, path, headers);
    } catch (error) {
      throw toApiError(error);
    }
  }

  async #askOnce(method: string, url: string, headers: Headers): Promise<{ status: number; text: string }> {
    // The timeout of axios does not cover a connection that nobody accepts.
    const signal = AbortSignal.timeout(this.#axios.defaults.timeout ?? 0);
    const { status, data } = await this.#axios.request<string>({ method, url, headers, signal });
    return { status, text: data };
  }
}

function parseOrNull<T>(text: string, parse: (text: string) => T): T | null {
  try {
    return parse(text);
  } catch {
    return null;
  }
}

function objectOf(status: number, value: unknown): Readonly<Record<string, unknown>> {
  const isAnswer = status < 500 && status !== 429 && typeof value === 'object' && value !== null;
  if (isAnswer) return value as Record<string, unknown>;
  throw new ApiError('auth_service_error', { cause: `UASAM answered with status ${status}` });
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
