import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { Engine, type Outcome } from './clickhouse/engine';
import { ClickHouseFailure } from './clickhouse/errors';
import { contentTypeOf, formatOf } from './clickhouse/formats';
import type { Job } from './clickhouse/job';
import { type QueryRequest, readQueryRequest } from './clickhouse/request';

const compress = promisify(gzip);

/** How long a client may leave a stream unread; the default of a server (`http_send_timeout`). */
const stalledMs = 30_000;

/** Values of a statement come in the URL; the bound is ClickHouse's own. */
const maxUrlBytes = 1024 * 1024;

export interface ClickHouseServerOptions {
  /** Directory of the tables, which nobody else uses. */
  dataDir: string;
  /** How many statements run at a time. */
  sessions: number;
  /** Bound of a request's body, after decompression. */
  maxBodyBytes: number;
  /** Arguments of the engine, in the form of `clickhouse local`. */
  engineArguments: string[];
}

/** ClickHouse on a directory, and the server for its HTTP interface; the caller makes it listen. */
export interface ClickHouseServer {
  server: Server;
  /** Takes no more requests, waits for those that run, and closes the tables. */
  close(): Promise<void>;
}

/**
 * Opens the tables of a directory, made on first use.
 *
 * @throws Error when the engine cannot open them
 */
export async function openClickHouse(options: ClickHouseServerOptions): Promise<ClickHouseServer> {
  const engine = new Engine(options.dataDir, options.sessions, options.engineArguments);
  const probe = {
    data: null,
    database: null,
    settings: new Map(),
    params: new Map(),
    format: 'TabSeparated',
  };
  const { body } = await engine.run({ sql: 'SELECT version()', ...probe }, () => true);
  const version = body.toString().trim();
  const server = createServer({ maxHeaderSize: maxUrlBytes, keepAliveTimeout: 10_000 }, (req, res) => {
    // Connections that are kept for a next request would keep a server that closes.
    res.once('close', () => server.listening || server.closeIdleConnections());
    void answer(req, res, engine, options.maxBodyBytes).catch((err) => sendFailure(res, err, version));
  });
  // A large insert may take as long as it takes.
  server.requestTimeout = 0;
  const close = async () => {
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    server.closeIdleConnections();
    await closed;
    engine.close();
  };
  return { server, close };
}

async function answer(req: IncomingMessage, res: ServerResponse, engine: Engine, maxBodyBytes: number) {
  const path = (req.url ?? '/').split('?', 1)[0];
  if (path === '/ping' || path === '/replicas_status') return sendText(res, 200, 'Ok.\n');
  if (path !== '/' && path !== '/query') return sendText(res, 404, `There is no handle ${path}\n`);
  const request = await readQueryRequest(req, maxBodyBytes);
  res.setHeader('X-ClickHouse-Query-Id', request.queryId ?? randomUUID());
  if (request.job.sql.trim() === '') return sendText(res, 200, 'Ok.\n');
  if (request.streams) return sendStream(res, request.job, engine.stream(request.job));
  const startedNs = process.hrtime.bigint();
  const outcome = await engine.run(request.job, () => !res.destroyed);
  await sendOutcome(res, request, outcome, process.hrtime.bigint() - startedNs);
}

async function sendOutcome(res: ServerResponse, request: QueryRequest, outcome: Outcome, elapsedNs: bigint) {
  const format = formatOf(request.job.sql) ?? request.job.format;
  const summary = {
    read_rows: outcome.readRows,
    read_bytes: outcome.readBytes,
    written_rows: outcome.writtenRows,
    written_bytes: outcome.writtenBytes,
    total_rows_to_read: 0,
    result_rows: outcome.writtenRows || outcome.readRows,
    result_bytes: outcome.writtenBytes || outcome.readBytes,
    elapsed_ns: elapsedNs,
  };
  const texts = Object.entries(summary).map(([name, value]) => [name, String(value)]);
  res.setHeader('X-ClickHouse-Summary', JSON.stringify(Object.fromEntries(texts)));
  res.setHeader('X-ClickHouse-Format', format);
  res.setHeader('X-ClickHouse-Timezone', 'UTC');
  res.setHeader('Content-Type', contentTypeOf(format));
  if (request.acceptsGzip) res.setHeader('Content-Encoding', 'gzip');
  const body = request.acceptsGzip ? await compress(outcome.body, { level: 1 }) : outcome.body;
  res.setHeader('Content-Length', body.length);
  res.end(body);
}

/** An error before the first part is answered as any other; a later one breaks the answer off, as a server does. */
async function sendStream(res: ServerResponse, job: Job, parts: AsyncGenerator<Buffer, void>): Promise<void> {
  const { value: first, done } = await parts.next();
  const format = formatOf(job.sql) ?? job.format;
  res.setHeader('X-ClickHouse-Format', format);
  res.setHeader('X-ClickHouse-Timezone', 'UTC');
  res.setHeader('Content-Type', contentTypeOf(format));
  res.setTimeout(stalledMs, () => res.destroy());
  const all = async function* () {
    try {
      if (!done) yield first;
      yield* parts;
    } finally {
      await parts.return();
    }
  };
  await pipeline(all, res).catch(() => res.destroy());
}

function sendFailure(res: ServerResponse, err: unknown, version: string): void {
  const failure = ClickHouseFailure.from(err);
  res.setHeader('X-ClickHouse-Exception-Code', failure.code);
  // The rest of a body that was not read cannot be skipped: it would be taken for the next request.
  if (!res.req.complete) res.setHeader('Connection', 'close');
  sendText(res, failure.status, `${failure.message} (version ${version} (embedded))\n`);
}

function sendText(res: ServerResponse, status: number, text: string): void {
  res.statusCode = status;
  res.setHeader('Content-Type', 'text/plain; charset=UTF-8');
  res.setHeader('X-ClickHouse-Timezone', 'UTC');
  res.end(text);
}
