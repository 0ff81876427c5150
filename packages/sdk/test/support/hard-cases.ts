import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { rawRequest } from './raw-http';

/** A way of answering that a naive observer would spoil, or misunderstand. */
export interface HardCase {
  /** What its title says of it. */
  readonly name: string;
  readonly method: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
  answer(req: IncomingMessage, res: ServerResponse): unknown;
  /** Of the event that is kept. */
  readonly recorded: Readonly<Record<string, unknown>>;
}

export const bigText = 'The quick brown fox jumps over the lazy dog. '.repeat(8000);
const json = JSON.stringify({ items: ['bolt', 'nut'], note: 'ä' });
const jsonBytes = Buffer.byteLength(json);
const asJson = { 'Content-Type': 'application/json' };
const asText = { 'Content-Type': 'text/plain; charset=utf-8' };
const cut = expect.stringMatching(/^The quick .*\[TRUNCATED: 360000 bytes\]$/s);

async function readAll(req: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of req) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}

/** Answers with a digest that differs when a byte, or the way in which it came, differs. */
const answerWith = (res: ServerResponse, what: unknown) =>
  res.writeHead(200, asJson).end(JSON.stringify(what));

const got = (body: Buffer | string) => ({ got: body.length, from: String(body.slice(0, 20)) });

/** By their paths. */
export const hardCases: Readonly<Record<string, HardCase>> = {
  '/set-header': {
    name: 'JSON with setHeader and end',
    method: 'GET',
    answer: (_req, res) => {
      res.setHeader('Content-Type', 'application/json');
      res.setHeader('X-Two', ['a', 'b']);
      res.end(json);
    },
    recorded: { status_code: 200, response_body: json, response_size_bytes: jsonBytes },
  },
  '/write-head': {
    name: 'writeHead with a reason and a flat list of headers',
    method: 'GET',
    answer: (_req, res) => {
      const headers = ['Content-Type', 'text/plain', 'X-Two', 'a', 'X-Two', 'b'];
      res.writeHead(201, 'Made', headers as never).end('made');
    },
    recorded: {
      status_code: 201,
      response_body: 'made',
      response_headers: expect.stringMatching(/"x-two":"(?:a, )?b"/),
      response_content_type: 'text/plain',
    },
  },
  '/pieces': {
    name: 'pieces in several encodings, with trailers',
    method: 'GET',
    answer: async (_req, res) => {
      res.writeHead(200, { ...asText, Trailer: 'X-Sum' });
      res.write('c3a4', 'hex');
      await new Promise((resolve) => setImmediate(resolve));
      res.write(Buffer.from('-'), () => {
        res.write(new Uint8Array([0x62]));
        res.addTrailers({ 'X-Sum': '1' });
        res.end('Yw==', 'base64');
      });
    },
    recorded: { status_code: 200, response_body: 'ä-bc', response_size_bytes: 5 },
  },
  '/backpressure': {
    name: 'what write gives back',
    method: 'GET',
    answer: async (_req, res) => {
      const given = [res.write('.'), res.write(bigText)];
      if (res.writableNeedDrain) await once(res, 'drain');
      res.end(JSON.stringify(given));
    },
    recorded: { status_code: 200, response_size_bytes: 1 + bigText.length + '[true,false]'.length },
  },
  '/piped-file': {
    name: 'a file that is piped',
    method: 'GET',
    answer: (_req, res) => {
      res.setHeader('Content-Type', 'text/plain');
      createReadStream(__filename).pipe(res);
    },
    recorded: { status_code: 200, response_body: expect.stringContaining('a file that is piped') },
  },
  '/gzip': {
    name: 'gzip',
    method: 'GET',
    answer: (_req, res) => {
      res.writeHead(200, { ...asJson, 'Content-Encoding': 'gzip' }).end(gzipSync(json));
    },
    recorded: { status_code: 200, response_body: json, response_size_bytes: gzipSync(json).length },
  },
  '/brotli': {
    name: 'brotli of a big text',
    method: 'GET',
    answer: (_req, res) => {
      res
        .writeHead(200, { ...asText, 'Content-Encoding': 'br' })
        .end(brotliCompressSync(bigText.slice(0, 4500)));
    },
    recorded: { status_code: 200, response_body: bigText.slice(0, 4500) },
  },
  '/image': {
    name: 'bytes that are no text',
    method: 'GET',
    answer: (_req, res) => {
      res.writeHead(200, { 'Content-Type': 'image/png' }).end(Buffer.from([137, 80, 78, 71, 0, 255]));
    },
    recorded: { status_code: 200, response_body: null, response_size_bytes: 6 },
  },
  '/not-modified': {
    name: '304 with a body that is not sent',
    method: 'GET',
    answer: (_req, res) => res.writeHead(304, { ETag: '"1"' }).end('not sent'),
    recorded: { status_code: 304, response_body: null, response_size_bytes: 0 },
  },
  '/no-content': {
    name: '204',
    method: 'DELETE',
    answer: (_req, res) => {
      res.statusCode = 204;
      res.end();
    },
    recorded: { status_code: 204, response_body: null, response_size_bytes: 0 },
  },
  '/head': {
    name: 'HEAD',
    method: 'HEAD',
    answer: (_req, res) => res.writeHead(200, { ...asText, 'Content-Length': '7' }).end('skipped'),
    recorded: { status_code: 200, response_body: null, response_size_bytes: 0 },
  },
  '/early': {
    name: 'an answer to an upload that nobody reads',
    method: 'POST',
    headers: asText,
    body: 'never read',
    answer: (_req, res) => {
      res.writeHead(413, { ...asText, Connection: 'close' }).end('too much');
    },
    recorded: { status_code: 413, request_body: 'never read', response_body: 'too much', error: null },
  },
  '/iterated': {
    name: 'an upload read by an iterator',
    method: 'POST',
    headers: asText,
    body: bigText,
    answer: async (req, res) => answerWith(res, got(await readAll(req))),
    recorded: { status_code: 200, request_body: cut, request_size_bytes: 360000 },
  },
  '/flowing': {
    name: 'an upload read as strings, after a pause',
    method: 'PUT',
    headers: { ...asText, 'Transfer-Encoding': 'chunked' },
    body: '3\r\n\xe4b\xfc\r\n2\r\ncd\r\n0\r\n\r\n',
    answer: (req, res) => {
      let text = '';
      setImmediate(() => {
        req.setEncoding('latin1');
        req.on('data', (chunk: string) => (text += chunk));
        req.on('end', () => answerWith(res, text));
      });
    },
    recorded: { status_code: 200, request_body: null, request_size_bytes: 5 },
  },
  '/paused': {
    name: 'an upload read by read()',
    method: 'PATCH',
    headers: asJson,
    body: json,
    answer: (req, res) => {
      const reads: number[] = [];
      req.on('readable', () => {
        for (let chunk = req.read(2); chunk !== null; chunk = req.read(2)) reads.push(chunk.length);
      });
      req.on('end', () => answerWith(res, reads));
    },
    recorded: { status_code: 200, request_body: json, request_size_bytes: jsonBytes },
  },
  '/piped-back': {
    name: 'an upload piped back, compressed',
    method: 'POST',
    headers: { ...asJson, 'Content-Encoding': 'gzip' },
    body: gzipSync(json),
    answer: (req, res) => {
      res.writeHead(200, { ...asJson, 'Content-Encoding': 'gzip' });
      req.pipe(res);
    },
    recorded: { request_body: json, response_body: json, response_size_bytes: gzipSync(json).length },
  },
  '/form': {
    name: 'a form with a file, read by its boundaries',
    method: 'POST',
    headers: { 'Content-Type': 'multipart/form-data; boundary=xx' },
    body: '--xx\r\nContent-Disposition: form-data; name="f"; filename="a.bin"\r\n\r\n\x00\x01\r\n--xx--\r\n',
    answer: async (req, res) => answerWith(res, (await readAll(req)).toString('latin1').split('--xx')),
    recorded: {
      status_code: 200,
      request_body: null,
      request_content_type: 'multipart/form-data; boundary=xx',
    },
  },
  '/failed': {
    name: 'an error that the handler answers itself',
    method: 'GET',
    answer: (_req, res) => res.writeHead(503, { ...asJson, 'Retry-After': '1' }).end('{"error":"busy"}'),
    recorded: {
      status_code: 503,
      error: 'answered 503 Service Unavailable',
      response_body: '{"error":"busy"}',
    },
  },
};

/** Answers that never come to their end, by their paths. */
export const unfinished: Readonly<Record<string, HardCase['answer']>> = {
  '/endless': (_req, res) => res.writeHead(200, asText).write('begun'),
  '/silent': () => undefined,
  '/broken': (_req, res) => {
    res.writeHead(200, asText).write('begun', () => res.destroy(new Error('the disk is gone')));
  },
};

/** The request of a case, after which the connection closes; `more` are further headers. */
export function requestOf(path: string, more: Readonly<Record<string, string>>): Buffer {
  const { method, headers, body } = hardCases[path] as HardCase;
  const isChunked = headers?.['Transfer-Encoding'] !== undefined;
  const all = { ...headers, ...more, Connection: 'close' };
  const target = `${path}?of=${path.slice(1)}`;
  if (!isChunked) return rawRequest(method, target, all, body);
  return Buffer.concat([rawRequest(method, target, all), Buffer.from(body as string, 'latin1')]);
}
