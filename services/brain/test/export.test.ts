import { randomUUID } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { EventStoreUnavailable, type ExportPage } from '@otas/event-store';
import { createApp, createLogger } from '@otas/http-kit';
import { AccessRefused, type Authorization, type UasamClient } from '@otas/uasam-client';
import { exportEndpoints } from '../src/export/export.routes';
import { Exports } from '../src/export/exports';

const [projectId, agentId] = [randomUUID(), randomUUID()];
const agent = { projectId, id: agentId } as Authorization['agent'];
/** The pages that are read, one after the other; an error fails that one. */
let pages: (string | Error)[];
let mayRead: boolean;
let exports: Exports;
let server: Server;
let url: string;

beforeEach(async () => {
  [pages, mayRead] = [[], true];
  exports = new Exports({ perProjectMax: 1, max: 1 });
  const authorize = async () => {
    if (!mayRead) throw new AccessRefused('invalid_token');
    return { agent, projectId } as Authorization;
  };
  const readPage = async (): Promise<ExportPage> => {
    const page = pages.shift() ?? '';
    if (page instanceof Error) throw page;
    const last = { sessionId: randomUUID(), eventTime: 1, eventId: randomUUID() };
    return { pieces: [Buffer.from(page)], last: page === '' ? null : last };
  };
  const app = createApp({
    endpoints: exportEndpoints({
      uasam: { authorizer: { authorize } } as unknown as UasamClient,
      exportStore: { readPage, readParquet: async () => null },
      exports,
    }),
    logger: createLogger('test', 'silent'),
    bodyMaxBytes: 1000,
    corsOrigins: [],
    toApiError: () => null,
  });
  server = createServer(app);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/v1/export/`;
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

const get = (format: string): Promise<Response> =>
  fetch(`${url}?format=${format}`, {
    headers: { 'X-OTAS-USER-TOKEN': 'a', 'X-OTAS-PROJECT-ID': projectId, 'X-OTAS-AGENT-ID': agentId },
  });
const interrupted = '{"status":0,"status_description":"export_interrupted"}\n';

test('an export that fails on the way says so in NDJSON, and is cut off in CSV', async () => {
  pages = ['one\n', 'two\n', new EventStoreUnavailable('away')];
  expect(await (await get('ndjson')).text()).toBe(`one\ntwo\n${interrupted}`);
  pages = ['one\n', 'two\n', new EventStoreUnavailable('away')];
  await expect(get('csv').then((response) => response.text())).rejects.toThrow();
  // Each has given its place back.
  pages = ['one\n'];
  expect(await (await get('ndjson')).text()).toBe('one\n');
});

test('an export that fails at once is an error, and gives its place back', async () => {
  pages = [new Error('broken')];
  expect((await get('ndjson')).status).toBe(500);
  expect((await get('ndjson')).status).toBe(200);
});

test('a reader who may read no more gets no more', async () => {
  const page = 'x'.repeat(1000);
  pages = Array.from({ length: 100_000 }, () => page);
  const { body } = await get('ndjson');
  const reader = (body as ReadableStream<Uint8Array>).getReader();
  await reader.read();
  mayRead = false;
  let text = '';
  for (let part = await reader.read(); !part.done; part = await reader.read())
    text = (text + Buffer.from(part.value).toString()).slice(-200);
  expect(text.endsWith(interrupted)).toBe(true);
  expect(pages.length).toBeGreaterThan(0);
});

test('a stop ends it, and none begins any more', async () => {
  pages = Array.from({ length: 100_000 }, () => 'x'.repeat(1000));
  const { body } = await get('ndjson');
  const reader = (body as ReadableStream<Uint8Array>).getReader();
  await reader.read();
  exports.stop();
  for (let part = await reader.read(); !part.done; ) part = await reader.read();
  expect(pages.length).toBeGreaterThan(0);
  expect((await get('ndjson')).status).toBe(503);
});

test('what is too large for one Parquet file is refused', async () => {
  const response = await get('parquet');
  expect([response.status, await response.json()]).toEqual([
    400,
    expect.objectContaining({ status_description: 'export_too_large' }),
  ]);
});
