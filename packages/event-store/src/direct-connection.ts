import http from 'node:http';
import https from 'node:https';
import { parseError } from '@clickhouse/client';
import { type EventStoreOptions, settingsOf } from './client';

type Settings = Readonly<Record<string, unknown>>;

/** A value of `{name:Type}` in a query: ids and names, which hold no quote, backslash or control character. */
type Parameter = string | readonly string[];

const boundary = '----OtasQueryParameters0000000000';

/**
 * Kept connections for what capturing asks of ClickHouse again and again. The official client waits a millisecond before
 * each request and sends it as a stream, which for a few rows is a large part of the time.
 */
export class DirectConnection {
  readonly #url: URL;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #timeoutMs: number;
  readonly #request: typeof http.request;
  readonly #agent: http.Agent;

  constructor(options: EventStoreOptions) {
    const { protocol, username, password, origin, pathname } = new URL(options.url);
    const credentials = Buffer.from(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`);
    this.#url = new URL(`${origin}${pathname}`);
    this.#url.searchParams.set('database', options.database);
    setAll(this.#url, settingsOf(options));
    this.#headers = username === '' ? {} : { Authorization: `Basic ${credentials.toString('base64')}` };
    this.#timeoutMs = options.requestTimeoutMs;
    const { Agent, request } = protocol === 'https:' ? https : http;
    this.#request = request;
    this.#agent = new Agent({ keepAlive: true, maxSockets: options.connectionsMax });
  }

  /**
   * Runs an INSERT with its rows in the format that it names. Safe only for rows that may be inserted twice: when a kept
   * connection turns out to be closed they are sent again.
   *
   * @throws ClickHouseError when ClickHouse refused it; Error when there was no answer within the request timeout
   */
  async insert(query: string, rows: Buffer, settings: Settings = {}): Promise<void> {
    await this.#send({ ...settings, query }, rows, {});
  }

  /**
   * Runs a SELECT and gives its rows in the format JSONCompactEachRow, one a line.
   *
   * @throws ClickHouseError when ClickHouse refused it; Error when there was no answer within the request timeout
   */
  async select(
    query: string,
    parameters: Readonly<Record<string, Parameter>>,
    settings: Settings = {},
  ): Promise<string> {
    // Not in the URL, which has no room for hundreds of ids.
    const form = Buffer.from(formOf(query, parameters));
    const options = { ...settings, default_format: 'JSONCompactEachRow' };
    return this.#send(options, form, { 'Content-Type': `multipart/form-data; boundary=${boundary}` });
  }

  close(): void {
    this.#agent.destroy();
  }

  async #send(options: Settings, body: Buffer, headers: Readonly<Record<string, string>>): Promise<string> {
    const url = new URL(this.#url);
    setAll(url, options);
    for (;;) {
      const request = this.#request(url, {
        method: 'POST',
        agent: this.#agent,
        headers: { ...this.#headers, ...headers, 'Content-Length': body.length },
      });
      try {
        return await this.#exchange(request, body);
      } catch (error) {
        if (!request.reusedSocket || !isClosed(error)) throw error;
      }
    }
  }

  #exchange(request: http.ClientRequest, body: Buffer): Promise<string> {
    return new Promise((resolve, reject) => {
      const deadline = setTimeout(() => {
        request.destroy(new Error(`ClickHouse did not answer within ${this.#timeoutMs} ms`));
      }, this.#timeoutMs);
      request.once('close', () => clearTimeout(deadline));
      request.once('error', reject);
      request.once('response', (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => {
          text += chunk;
        });
        response.once('error', reject);
        response.once('end', () => (response.statusCode === 200 ? resolve(text) : reject(parseError(text))));
      });
      request.end(body);
    });
  }
}

function isClosed(error: unknown): boolean {
  return ['ECONNRESET', 'EPIPE'].includes((error as NodeJS.ErrnoException).code ?? '');
}

function formOf(query: string, parameters: Readonly<Record<string, Parameter>>): string {
  const partOf = (name: string, text: string): string =>
    `--${boundary}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${text}\r\n`;
  const parts = Object.entries(parameters).map(([name, value]) =>
    partOf(`param_${name}`, typeof value === 'string' ? value : `['${value.join("','")}']`),
  );
  return `${partOf('query', query)}${parts.join('')}--${boundary}--\r\n`;
}

function setAll(url: URL, settings: Settings): void {
  for (const [name, value] of Object.entries(settings)) url.searchParams.set(name, String(value));
}
