import http from 'node:http';
import https from 'node:https';
import { parseError } from '@clickhouse/client';
import { type EventStoreOptions, settingsOf } from './client';

type Settings = Readonly<Record<string, string | number | undefined>>;

/**
 * Kept connections for INSERTs. The official client waits a millisecond before each request and sends it as a stream,
 * which for a few rows is a large part of an insert's time.
 */
export class InsertConnection {
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
    const url = new URL(this.#url);
    setAll(url, { ...settings, query });
    for (;;) {
      const request = this.#request(url, {
        method: 'POST',
        agent: this.#agent,
        headers: { ...this.#headers, 'Content-Length': rows.length },
      });
      try {
        return await this.#exchange(request, rows);
      } catch (error) {
        if (!request.reusedSocket || !isClosed(error)) throw error;
      }
    }
  }

  close(): void {
    this.#agent.destroy();
  }

  #exchange(request: http.ClientRequest, rows: Buffer): Promise<void> {
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
        response.once('end', () => (response.statusCode === 200 ? resolve() : reject(parseError(text))));
      });
      request.end(rows);
    });
  }
}

function isClosed(error: unknown): boolean {
  return ['ECONNRESET', 'EPIPE'].includes((error as NodeJS.ErrnoException).code ?? '');
}

function setAll(url: URL, settings: Settings): void {
  for (const [name, value] of Object.entries(settings)) url.searchParams.set(name, String(value));
}
