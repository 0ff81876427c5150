import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { type ExactJson, parseExactJson } from '@otas/event-schema';
import { usageError } from '../exit-codes';
import { Refusal, Unreachable } from './refusal';
import { sendRequest } from './send-request';

type Query = Readonly<Record<string, string | null>>;
type Headers = Readonly<Record<string, string>>;

interface Init {
  readonly headers?: Headers;
  readonly body?: string;
  readonly signal: AbortSignal;
}

export interface OpenOptions {
  readonly headers?: Headers;
  /** Ends it, also while it is read. */
  readonly signal: AbortSignal;
}

/** An answer whose JSON keeps every digit. */
export interface Answer extends ExactJson {
  // biome-ignore lint/suspicious/noExplicitAny: an answer's form is that of docs/api.md; who reads it knows which.
  readonly value: any;
  readonly headers: IncomingHttpHeaders;
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
    // No header can have them, and the fault is named before the network is.
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

  /**
   * The bytes of an answer as they come, however long that takes.
   *
   * @throws as {@link get} does, until it begins; later Unreachable when it is cut
   */
  async open(
    path: string,
    query: Query,
    { headers = {}, signal }: OpenOptions,
  ): Promise<AsyncIterable<Buffer>> {
    const late = new AbortController();
    const timer = setTimeout(() => late.abort(new DOMException('', 'TimeoutError')), answerTimeoutMs);
    try {
      const either = AbortSignal.any([late.signal, signal]);
      return this.#read(await this.#send('GET', path, query, { headers, signal: either }));
    } finally {
      clearTimeout(timer);
    }
  }

  async #ask(method: string, path: string, query: Query, body?: string): Promise<Answer> {
    const signal = AbortSignal.timeout(answerTimeoutMs);
    const response = await this.#send(method, path, query, {
      signal,
      ...(body === undefined ? {} : { body }),
    });
    const json = parseJson(await textOf(this.#read(response)));
    if (json === null) throw new Refusal(this.service, response.statusCode ?? 0, null, null);
    return { ...json, headers: response.headers };
  }

  async #send(
    method: string,
    path: string,
    query: Query,
    { headers, ...init }: Init,
  ): Promise<IncomingMessage> {
    const given = Object.entries(query).filter((pair): pair is [string, string] => pair[1] !== null);
    const url = `${this.url}${path}${given.length === 0 ? '' : `?${new URLSearchParams(given)}`}`;
    const all = { 'User-Agent': 'otas-cli', ...this.#headers, ...headers };
    const response = await sendRequest({ method, url, headers: all, ...init }).catch((error: unknown) => {
      throw new Unreachable(this.service, this.url, error);
    });
    const status = response.statusCode ?? 0;
    if (status >= 200 && status < 300) return response;
    const body = parseJson(await textOf(this.#read(response)))?.value ?? null;
    throw new Refusal(this.service, status, body, response.headers['retry-after'] ?? null);
  }

  async *#read(response: IncomingMessage): AsyncGenerator<Buffer> {
    try {
      yield* response as AsyncIterable<Buffer>;
    } catch (error) {
      throw new Unreachable(this.service, this.url, error);
    }
  }
}

async function textOf(body: AsyncIterable<Buffer>): Promise<string> {
  const pieces: Buffer[] = [];
  for await (const piece of body) pieces.push(piece);
  return Buffer.concat(pieces).toString();
}

function parseJson(text: string): ExactJson | null {
  try {
    return parseExactJson(text);
  } catch {
    return null;
  }
}
