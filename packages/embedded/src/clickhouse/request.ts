import type { IncomingMessage } from 'node:http';
import { pipeline, type Transform } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import { ClickHouseFailure } from './errors';
import type { Job } from './job';
import { statementOf } from './statement';

/** A request to the HTTP interface, read. */
export interface QueryRequest {
  job: Job;
  /** The client's id of the query; null when it gave none. */
  queryId: string | null;
  /** Whether the client asked for a compressed answer and reads gzip. */
  acceptsGzip: boolean;
  /** Whether the client asked for the answer while it is being made, with `wait_end_of_query=0`. */
  streams: boolean;
}

/** URL parameters that are neither settings nor values of the statement, and that mean nothing here. */
const ignored = new Set([
  ...['user', 'password', 'quota_key', 'role', 'client_protocol_version', 'stacktrace', 'buffer_size'],
  ...['wait_end_of_query', 'http_write_exception_in_output_format', 'send_progress_in_http_headers'],
  ...['http_headers_progress_interval_ms', 'session_timeout', 'session_check', 'close_session'],
]);

/** URL parameters with which a request would get something other than it asked for, and so is refused. */
const refused = new Set(['session_id', 'compress', 'decompress']);

/**
 * Reads a request: the statement from `query` and the body, everything else from the URL and the headers.
 *
 * @param maxBodyBytes bound of the body after decompression
 * @throws ClickHouseFailure when it cannot be read or asks for something this server has not
 */
export async function readQueryRequest(req: IncomingMessage, maxBodyBytes: number): Promise<QueryRequest> {
  const url = new URL(req.url ?? '/', 'http://localhost');
  const body = await readBody(req, maxBodyBytes);
  const form = await readForm(req, body);
  const options = new Map([...url.searchParams, ...(form ?? [])]);
  const settings = new Map<string, string>();
  const params = new Map<string, string>();
  for (const [name, value] of options) {
    if (refused.has(name)) {
      throw ClickHouseFailure.of(48, 'NOT_IMPLEMENTED', `The embedded ClickHouse does not support ${name}`);
    }
    if (name.startsWith('param_')) params.set(name.slice('param_'.length), value);
    else if (!notSettings.has(name) && !ignored.has(name)) settings.set(name, value);
  }
  // As the server does: what comes with GET must not change anything.
  if (req.method === 'GET' || req.method === 'HEAD') settings.set('readonly', '2');
  const { sql, data } = statementOf(options.get('query') ?? '', form ? Buffer.alloc(0) : body);
  const compresses = options.get('enable_http_compression') === '1';
  return {
    job: {
      ...{ sql, data, settings, params },
      database: options.get('database') || header(req, 'x-clickhouse-database') || null,
      format: options.get('default_format') ?? header(req, 'x-clickhouse-format') ?? 'TabSeparated',
    },
    queryId: options.get('query_id') || null,
    streams: options.get('wait_end_of_query') === '0',
    acceptsGzip: compresses && /\bgzip\b/.test(header(req, 'accept-encoding') ?? ''),
  };
}

/** URL parameters with a meaning of their own. */
const notSettings = new Set(['query', 'database', 'default_format', 'query_id', 'enable_http_compression']);

async function readBody(req: IncomingMessage, maxBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of decompressed(req)) {
      bytes += (chunk as Buffer).length;
      if (bytes > maxBytes) {
        const text = `The body is larger than ${maxBytes} bytes`;
        throw ClickHouseFailure.of(229, 'QUERY_IS_TOO_LARGE', text);
      }
      chunks.push(chunk as Buffer);
    }
  } catch (err) {
    if (err instanceof ClickHouseFailure) throw err;
    throw ClickHouseFailure.of(210, 'NETWORK_ERROR', `The body cannot be read: ${(err as Error).message}`);
  }
  return chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks);
}

function decompressed(req: IncomingMessage): AsyncIterable<unknown> {
  const encoding = header(req, 'content-encoding') ?? 'identity';
  switch (encoding) {
    case 'identity':
      return req;
    case 'gzip':
      return through(req, createGunzip());
    case 'deflate':
      return through(req, createInflate());
    case 'br':
      return through(req, createBrotliDecompress());
    default:
      throw ClickHouseFailure.of(48, 'NOT_IMPLEMENTED', `Content-Encoding ${encoding} is not supported`);
  }
}

/** A client that goes away ends the decompression too. */
function through(req: IncomingMessage, decompression: Transform): Transform {
  return pipeline(req, decompression, () => undefined);
}

/** The parts of a multipart body, which is another place for the parameters of the URL; null for other bodies. */
async function readForm(req: IncomingMessage, body: Buffer): Promise<[string, string][] | null> {
  const type = header(req, 'content-type');
  if (!type?.startsWith('multipart/form-data')) return null;
  try {
    const form = await new Response(body, { headers: { 'content-type': type } }).formData();
    return [...form].map(([name, value]) => [name, String(value)]);
  } catch (err) {
    throw ClickHouseFailure.of(36, 'BAD_ARGUMENTS', `The form cannot be read: ${(err as Error).message}`);
  }
}

function header(req: IncomingMessage, name: string): string | undefined {
  const value = req.headers[name];
  return Array.isArray(value) ? value[0] : value;
}
