import { type ExactJson, parseExactJson } from '@otas/event-schema';
import { usageError } from '../exit-codes';
import { Refusal, Unreachable } from './refusal';

type Query = Readonly<Record<string, string | null>>;
type Headers = Readonly<Record<string, string>>;

export interface OpenOptions {
  readonly headers?: Headers;
  readonly signal?: AbortSignal;
}

/** An answer whose JSON keeps every digit. */
export interface Answer extends ExactJson {
  // biome-ignore lint/suspicious/noExplicitAny: an answer's form is that of docs/api.md; who reads it knows which.
  readonly value: any;
  readonly headers: globalThis.Headers;
}

const answerTimeoutMs = 30_000;

/** One service, asked with the same credentials each time. */
export class ApiClient {
  readonly service: 'UASAM' | 'Brain';
  readonly url: string;
  readonly #headers: Headers;

  /** @throws CliError 2 when a credential holds characters that no header can */
  constructor(service: 'UASAM' | 'Brain', url: string, headers: Headers = {}) {
    this.service = service;
    this.url = url;
    this.#headers = headers;
    // The error that fetch would throw shows the value.
    const wrong = Object.entries(headers).find(([, value]) => !/^[ -~]*$/.test(value));
    if (wrong !== undefined)
      throw usageError(`what is to be sent as ${wrong[0]} holds characters that it cannot have`);
  }

  /** The same service with further credentials. */
  with(headers: Headers): ApiClient {
    return new ApiClient(this.service, this.url, { ...this.#headers, ...headers });
  }

  /** @throws Refusal when it answers with an error; Unreachable when it does not answer within 30 seconds */
  get(path: string, query: Query = {}): Promise<Answer> {
    return this.#ask('GET', path, query);
  }

  /** @throws as {@link get} does */
  post(path: string, body: object = {}): Promise<Answer> {
    return this.#ask('POST', path, {}, JSON.stringify(body));
  }

  /** An answer as it comes, however long it takes. @throws as {@link get} does, until it begins */
  async open(path: string, query: Query, { headers = {}, signal }: OpenOptions = {}): Promise<Response> {
    const timeout = new AbortController();
    const timer = setTimeout(() => timeout.abort(new DOMException('', 'TimeoutError')), answerTimeoutMs);
    const signals = signal === undefined ? [timeout.signal] : [timeout.signal, signal];
    try {
      return await this.#fetch(path, query, { headers, signal: AbortSignal.any(signals) });
    } finally {
      clearTimeout(timer);
    }
  }

  async #ask(method: string, path: string, query: Query, body?: string): Promise<Answer> {
    const signal = AbortSignal.timeout(answerTimeoutMs);
    const response = await this.#fetch(path, query, {
      method,
      signal,
      ...(body === undefined ? {} : { body }),
    });
    const text = await response.text().catch((error: unknown) => {
      throw new Unreachable(this.service, this.url, error);
    });
    const json = parseJson(text);
    if (json === null) throw new Refusal(this.service, response.status, null, null);
    return { ...json, headers: response.headers };
  }

  async #fetch(path: string, query: Query, init: RequestInit & { headers?: Headers }): Promise<Response> {
    const given = Object.entries(query).filter((pair): pair is [string, string] => pair[1] !== null);
    const search = given.length === 0 ? '' : `?${new URLSearchParams(given)}`;
    const headers = { 'User-Agent': 'otas-cli', ...this.#headers, ...init.headers };
    // A redirect would take the credentials along to wherever it points.
    const response = await fetch(`${this.url}${path}${search}`, {
      ...init,
      headers,
      redirect: 'manual',
    }).catch((error: unknown) => {
      throw new Unreachable(this.service, this.url, error);
    });
    if (response.ok) return response;
    const text = await response.text().catch(() => '');
    const body = parseJson(text)?.value ?? null;
    throw new Refusal(this.service, response.status, body, response.headers.get('retry-after'));
  }
}

function parseJson(text: string): ExactJson | null {
  try {
    return parseExactJson(text);
  } catch {
    return null;
  }
}
