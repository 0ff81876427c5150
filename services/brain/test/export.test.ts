import { randomUUID } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { AnswerTooLarge, EventStoreUnavailable, type ExportPart, type ExportPlace } from '@otas/event-store';
import { createApp, createLogger } from '@otas/http-kit';
import { AccessRefused, type Authorization, type UasamClient } from '@otas/uasam-client';
import { exportEndpoints } from '../src/export/export.routes';
import { exportParts } from '../src/export/export-parts';
import { Exports } from '../src/export/exports';

const [projectId, agentId] = [randomUUID(), randomUUID()];
const agent = { projectId, id: agentId } as Authorization['agent'];
/** What statements read, one after the other; an error ends one of them. */
let parts: (string | Error)[];
/** Where each statement began, and with how many rows a block. */
let statements: [ExportPlace | null, number][];
let mayRead: boolean;
let exports: Exports;
let server: Server;
let url: string;

async function* readRows(
  _scope: unknown,
  _format: unknown,
  after: ExportPlace | null,
  rowsPerBlock: number,
): AsyncGenerator<ExportPart, void> {
  statements.push([after, rowsPerBlock]);
  for (let part = parts.shift(); part !== undefined; part = parts.shift()) {
    if (part instanceof Error) throw part;
    yield { pieces: [Buffer.from(part)], last: placeOf(part) };
  }
}

beforeEach(async () => {
  [parts, statements, mayRead] = [[], [], true];
  exports = new Exports({ perProjectMax: 1, max: 1 });
  const authorize = async () => {
    if (!mayRead) throw new AccessRefused('invalid_token');
    return { agent, projectId } as Authorization;
  };
  const app = createApp({
    endpoints: exportEndpoints({
      uasam: { authorizer: { authorize } } as unknown as UasamClient,
      exportStore: { readRows, readParquet: async () => null },
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

const placeOf = (part: string): ExportPlace => ({ sessionId: part.slice(0, 9), eventTime: 1, eventId: '' });
const get = (format: string): Promise<Response> =>
  fetch(`${url}?format=${format}`, {
    headers: { 'X-OTAS-USER-TOKEN': 'a', 'X-OTAS-PROJECT-ID': projectId, 'X-OTAS-AGENT-ID': agentId },
  });
const interrupted = '{"status":0,"status_description":"export_interrupted"}\n';

test('an export that cannot go on says so in NDJSON, and is cut off in CSV', async () => {
  const away = new EventStoreUnavailable('away');
  parts = ['one\n', 'two\n', away, away];
  expect(await (await get('ndjson')).text()).toBe(`one\ntwo\n${interrupted}`);
  parts = ['one\n', 'two\n', away, away];
  await expect(get('csv').then((response) => response.text())).rejects.toThrow();
  // Each has given its place back.
  parts = ['one\n'];
  expect(await (await get('ndjson')).text()).toBe('one\n');
});

test('one that breaks off goes on behind its last row, with smaller blocks', async () => {
  const away = new EventStoreUnavailable('away');
  parts = [
    new AnswerTooLarge('large'),
    'one\n',
    'two\n',
    away,
    'three\n',
    new AnswerTooLarge('large'),
    'four\n',
  ];
  expect(await (await get('ndjson')).text()).toBe('one\ntwo\nthree\nfour\n');
  expect(statements).toEqual([
    [null, 1024],
    [null, 256],
    [placeOf('two\n'), 64],
    [placeOf('three\n'), 16],
  ]);
  parts = Array.from({ length: 4 }, () => new AnswerTooLarge('large'));
  expect((await get('ndjson')).status).toBe(500);
});

test('a statement ends after ten seconds, and the next one goes on behind its last row', async () => {
  let seconds = 0;
  const now = jest.spyOn(performance, 'now').mockImplementation(() => 1000 * seconds++);
  parts = Array.from({ length: 30 }, (_, at) => `${at} row\n`);
  const rows = [...parts];
  const asked = jest.fn(async () => undefined);
  const scope = {
    projectId,
    agentId,
    sessionId: null,
    kind: 'backend_event',
    from: null,
    until: null,
  } as const;
  let text = '';
  for await (const part of exportParts({ readRows }, scope, 'ndjson', null, asked)) text += part;
  now.mockRestore();
  expect(text).toBe(rows.join(''));
  expect(statements.map(([after]) => after)).toEqual(
    [null, '9 row\n', '19 row\n', '29 row\n'].map((row) => row && placeOf(row)),
  );
  // And every second.
  expect(asked).toHaveBeenCalledTimes(4 + 27);
});

test('an export that fails at once is an error, and gives its place back', async () => {
  parts = [new Error('broken')];
  expect((await get('ndjson')).status).toBe(500);
  expect((await get('ndjson')).status).toBe(200);
});

test('a reader who may read no more gets no more', async () => {
  const page = 'x'.repeat(1000);
  parts = Array.from({ length: 100_000 }, () => page);
  const { body } = await get('ndjson');
  const reader = (body as ReadableStream<Uint8Array>).getReader();
  await reader.read();
  mayRead = false;
  let text = '';
  for (let part = await reader.read(); !part.done; part = await reader.read())
    text = (text + Buffer.from(part.value).toString()).slice(-200);
  expect(text.endsWith(interrupted)).toBe(true);
  expect(parts.length).toBeGreaterThan(0);
});

test('a stop ends it, and none begins any more', async () => {
  parts = Array.from({ length: 100_000 }, () => 'x'.repeat(1000));
  const { body } = await get('ndjson');
  const reader = (body as ReadableStream<Uint8Array>).getReader();
  await reader.read();
  exports.stop();
  for (let part = await reader.read(); !part.done; ) part = await reader.read();
  expect(parts.length).toBeGreaterThan(0);
  expect((await get('ndjson')).status).toBe(503);
});

test('what is too large for one Parquet file is refused', async () => {
  const response = await get('parquet');
  expect([response.status, await response.json()]).toEqual([
    400,
    expect.objectContaining({ status_description: 'export_too_large' }),
  ]);
});
