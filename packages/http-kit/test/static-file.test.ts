import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { createApp, createHttpServer, createLogger, documentationEndpoints } from '../src';
import { chooseEncoding } from '../src/choose-encoding';

const folder = mkdtempSync(path.join(tmpdir(), 'otas-static-'));
const file = path.join(folder, 'openapi.json');
const text = JSON.stringify({ openapi: '3.1.1', words: Array.from({ length: 2000 }, (_, at) => `ä ${at}`) });
const app = createApp({
  endpoints: documentationEndpoints(file),
  logger: createLogger('test', 'silent'),
  bodyMaxBytes: 1000,
  corsOrigins: ['https://a.example'],
});
const server = createHttpServer(app, { headersMaxBytes: 16_384, requestTimeoutMs: 5000 });

beforeAll(() => new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve)));
afterAll(() => {
  server.close();
  rmSync(folder, { recursive: true });
});

/** An answer with its body as it came over the wire. */
function ask(target: string, headers: http.OutgoingHttpHeaders = {}, method = 'GET') {
  const { port } = server.address() as AddressInfo;
  return new Promise<{ status: number; headers: http.IncomingHttpHeaders; bytes: Buffer }>(
    (resolve, reject) => {
      const sent = http.request({ port, host: '127.0.0.1', path: target, headers, method }, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk) => chunks.push(chunk));
        response.on('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            bytes: Buffer.concat(chunks),
          }),
        );
      });
      sent.on('error', reject).end();
    },
  );
}

test('a file that could not be read is there as soon as it can', async () => {
  expect((await ask('/openapi.json')).status).toBe(500);
  writeFileSync(file, text);
  expect((await ask('/openapi.json')).status).toBe(200);
});

describe.each([
  ['br', brotliDecompressSync],
  ['gzip', gunzipSync],
] as const)('for a client that accepts %s', (encoding, decompress) => {
  const accepting = { 'Accept-Encoding': encoding };

  test('the description comes compressed, is the same, and far shorter', async () => {
    const { status, headers, bytes } = await ask('/openapi.json', accepting);
    expect([status, headers['content-encoding'], headers['content-type']]).toEqual([
      ...[200, encoding, 'application/json'],
    ]);
    expect(headers['content-length']).toBe(String(bytes.length));
    expect(bytes.length).toBeLessThan(text.length / 2);
    expect(decompress(bytes).toString()).toBe(text);
  });

  test('so do the page and what it is made of', async () => {
    for (const target of ['/docs', '/docs/start.js', '/docs/swagger-ui.css']) {
      const [plain, compressed] = [await ask(target), await ask(target, accepting)];
      expect(compressed.headers['content-encoding']).toBe(encoding);
      expect(decompress(compressed.bytes).equals(plain.bytes)).toBe(true);
    }
    const { headers } = await ask('/docs', accepting);
    expect(headers['content-security-policy']).toContain("default-src 'none'");
  });

  test('HEAD says what GET would, without the body', async () => {
    const [got, asked] = [
      await ask('/openapi.json', accepting),
      await ask('/openapi.json', accepting, 'HEAD'),
    ];
    for (const name of ['etag', 'content-length', 'content-encoding', 'vary']) {
      expect(asked.headers[name]).toBe(got.headers[name]);
    }
    expect(asked.bytes).toHaveLength(0);
  });
});

test('who accepts nothing that we have gets the file as it is', async () => {
  for (const accepted of [undefined, 'identity', 'zstd', 'br;q=0, gzip;q=0.0']) {
    const headers = accepted === undefined ? {} : { 'Accept-Encoding': accepted };
    const answer = await ask('/openapi.json', headers);
    expect(answer.headers).not.toHaveProperty('content-encoding');
    expect(answer.bytes.toString()).toBe(text);
  }
});

test('each encoding has a tag of its own, by which alone a client has it; caches are told that it depends', async () => {
  const tags = new Set<string>();
  for (const encoding of ['br', 'gzip', 'identity']) {
    const accepting = { 'Accept-Encoding': encoding };
    const { etag = '', vary } = (await ask('/openapi.json', accepting)).headers;
    expect(vary).toBe('Origin, Accept-Encoding');
    const known = await ask('/openapi.json', { ...accepting, 'If-None-Match': `"x", W/${etag}` });
    expect([known.status, known.headers.etag, known.headers.vary]).toEqual([304, etag, vary]);
    expect(known.headers).not.toHaveProperty('content-encoding');
    const others = [...tags].join(', ') || '"x"';
    expect((await ask('/openapi.json', { ...accepting, 'If-None-Match': others })).status).toBe(200);
    tags.add(etag);
  }
  expect(tags.size).toBe(3);
});

test.each([
  [null, null],
  ['', null],
  ['gzip, deflate, br', 'br'],
  ['gzip, deflate', 'gzip'],
  ['GZIP;Q=0.5', 'gzip'],
  ['br;q=0.2, gzip;q=0.8', 'gzip'],
  ['*', 'br'],
  ['*;q=0.1, br;q=0', 'gzip'],
  ['identity;q=1, gzip;q=0.5', null],
  ['gzip;q=x', null],
  ['deflate', null],
])('of %j the best that we have is %s', (accepted, encoding) => {
  expect(chooseEncoding(accepted)).toBe(encoding);
});
