import http from 'node:http';
import https from 'node:https';
import { urlToHttpOptions } from 'node:url';
import { parseError } from '@clickhouse/client';
import { type EventStoreOptions, settingsOf } from './client';

type Settings = Readonly<Record<string, unknown>>;

/** A value of `{name:Type}` in a query: ids and names, which hold no quote, backslash or control character. */
type Parameter = string | readonly string[];

const boundary = '----OtasQueryParameters0000000000';

/** Inserts rows in the format JSONCompactEachRow, one or more in each buffer. */
export type Insert = (rows: readonly Buffer[]) => Promise<void>;

/**
 * Kept connections for what capturing asks of ClickHouse again and again. The official client waits a millisecond before
 * each request and sends it as a stream, which for a few rows is a large part of the time.
 */
export class DirectConnection {
  readonly #server: http.RequestOptions;
  readonly #pathname: string;
  readonly #settings: Settings;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #timeoutMs: number;
  readonly #request: typeof http.request;
  readonly #agent: http.Agent;

  constructor(options: EventStoreOptions) {
    const url = new URL(options.url);
    const { protocol, username, password } = url;
    const credentials = Buffer.from(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`);
    const { hostname, port } = urlToHttpOptions(url);
    this.#server = { protocol, hostname, port };
    this.#pathname = url.pathname;
    this.#settings = { database: options.database, ...settingsOf(options) };
    this.#headers = username === '' ? {} : { Authorization: `Basic ${credentials.toString('base64')}` };
    this.#timeoutMs = options.requestTimeoutMs;
    const { Agent, request } = protocol === 'https:' ? https : http;
    this.#request = request;
    this.#agent = new Agent({ keepAlive: true, maxSockets: options.connectionsMax });
  }

  /**
   * An INSERT that is run many times. Safe only for rows that may be inserted twice: when a kept connection turns out to be
   * closed they are sent again. It rejects with a ClickHouseError when ClickHouse refused the rows, and with an Error when
   * there was no answer within the request timeout.
   *
   * @param columns those of the rows, in their order; the table's others are filled as for any INSERT
   */
  prepareInsert(table: string, columns: readonly string[], settings: Settings = {}): Insert {
    // ClickHouse takes 10 µs for each column that the statement names, and next to nothing for one that the data name.
    const query = `INSERT INTO ${table} FORMAT JSONCompactEachRowWithNames`;
    const path = this.#pathOf({ ...settings, query });
    const names = Buffer.from(`${JSON.stringify(columns)}\n`);
    return async (rows) => {
      await this.#send(path, Buffer.concat([names, ...rows]), {});
    };
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
    const path = this.#pathOf({ ...settings, default_format: 'JSONCompactEachRow' });
    return this.#send(path, form, { 'Content-Type': `multipart/form-data; boundary=${boundary}` });
  }

  close(): void {
    this.#agent.destroy();
  }

  /** To put one together takes as long as to handle three events. */
  #pathOf(options: Settings): string {
    const query = new URLSearchParams();
    for (const [name, value] of Object.entries({ ...this.#settings, ...options }))
      query.set(name, String(value));
    return `${this.#pathname}?${query}`;
  }

  async #send(path: string, body: Buffer, headers: Readonly<Record<string, string>>): Promise<string> {
    for (;;) {
      const request = this.#request({
        ...this.#server,
        path,
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
