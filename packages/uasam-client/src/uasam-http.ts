import http from 'node:http';
import https from 'node:https';
import { ApiError } from '@otas/errors';
import { type ExactJson, parseExactJson } from '@otas/event-schema';
import axios, { type AxiosInstance, isAxiosError } from 'axios';

/** An answer of UASAM, of any status below 500 but 429, whose parts can be written again with every digit. */
export interface UasamAnswer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
  readonly textOf: ExactJson['textOf'];
}

type Headers = Readonly<Record<string, string>>;

/**
 * Sends a request as a part of the trace that the caller is in.
 *
 * @param path without its query
 * @param send sends it with these headers more
 */
export type TraceRequest = <T extends { readonly status: number }>(
  method: string,
  path: string,
  send: (headers: Headers) => Promise<T>,
) => Promise<T>;

interface Request {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly headers: Headers;
  /** JSON. */
  readonly body?: string;
}

/** A page of sessions holds about 16 MiB of what clients gave them, and one session more. */
const answerMaxBytes = 64 * 1024 * 1024;

/** The HTTP side of asking UASAM, with a bound on time and on the size of the answer. */
export class UasamHttp {
  readonly #axios: AxiosInstance;
  readonly #agents: readonly { destroy(): void }[];
  readonly #trace: TraceRequest | undefined;

  /**
   * @param headers sent with every request
   * @param trace left out: there are no traces
   */
  constructor(baseUrl: string, timeoutMs: number, headers: Headers = {}, trace?: TraceRequest) {
    this.#trace = trace;
    const httpAgent = new http.Agent({ keepAlive: true, maxSockets: 64 });
    const httpsAgent = new https.Agent({ keepAlive: true, maxSockets: 64 });
    this.#agents = [httpAgent, httpsAgent];
    this.#axios = axios.create({
      baseURL: baseUrl,
      timeout: timeoutMs,
      headers,
      maxRedirects: 0,
      maxContentLength: answerMaxBytes,
      proxy: false,
      validateStatus: () => true,
      responseType: 'text',
      transformRequest: (body: unknown) => body,
      transformResponse: (text: unknown) => text,
      httpAgent,
      httpsAgent,
    });
  }

  /**
   * @throws ApiError 503 `auth_service_timeout` when UASAM did not answer in time; 503 `auth_service_error` when it
   *   cannot be reached (after one more try), is overloaded, fails, or does not answer with a JSON object.
   */
  get(path: string, headers: Headers = {}): Promise<UasamAnswer> {
    return this.#ask({ method: 'GET', path, headers });
  }

  /** Sends `body` as JSON, perhaps twice. Errors as for {@link get}. */
  post(path: string, body: object, more: Headers = {}): Promise<UasamAnswer> {
    const headers = { ...more, 'Content-Type': 'application/json' };
    return this.#ask({ method: 'POST', path, headers, body: JSON.stringify(body) });
  }

  close(): void {
    for (const agent of this.#agents) agent.destroy();
  }

  async #ask(request: Request): Promise<UasamAnswer> {
    try {
      return await this.#askOnce(request);
    } catch (error) {
      // A connection that was kept alive may have been closed by the other side at that very moment.
      if (!isConnectionError(error)) throw toApiError(error);
    }
    try {
      return await this.#askOnce(request);
    } catch (error) {
      throw toApiError(error);
    }
  }

  #askOnce(request: Request): Promise<UasamAnswer> {
    const trace = this.#trace;
    if (trace === undefined) return this.#send(request);
    const { method, path, headers } = request;
    const [barePath = ''] = path.split('?', 1);
    return trace(method, barePath, (more) => this.#send({ ...request, headers: { ...headers, ...more } }));
  }

  async #send({ method, path, headers, body }: Request): Promise<UasamAnswer> {
    // The timeout of axios does not cover a connection that nobody accepts.
    const signal = AbortSignal.timeout(this.#axios.defaults.timeout ?? 0);
    const options = { method, url: path, headers, data: body, signal };
    const { status, data } = await this.#axios.request<string>(options);
    const json = parseOrNull(data);
    const isAnswer = status < 500 && status !== 429 && typeof json?.value === 'object' && json.value !== null;
    if (isAnswer) return { status, body: json.value as Record<string, unknown>, textOf: json.textOf };
    throw new ApiError('auth_service_error', { cause: `UASAM answered with status ${status}` });
  }
}

function parseOrNull(text: string): ExactJson | null {
  try {
    return parseExactJson(text);
  } catch {
    return null;
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
