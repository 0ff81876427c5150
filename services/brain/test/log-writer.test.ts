import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { EventLog, EventLogFull, type LogBlock } from '@otas/event-log';
import { createLogger } from '@otas/http-kit';
import { CaptureCounters } from '../src/capture/capture-counts';
import { CaptureClock } from '../src/capture/clock';
import { LogWriter } from '../src/capture/log-writer';

const limits = { count: 1e9, bytes: 1e12 };
const retryMs = 30;
let dir: string;
let log: EventLog;
let counters: CaptureCounters;
let writer: LogWriter;

beforeEach(() => {
  dir = mkdtempSync(path.join(tmpdir(), 'otas-log-writer-'));
  open();
});
afterEach(async () => {
  jest.restoreAllMocks();
  await writer.stop();
  await log.close();
  rmSync(dir, { recursive: true, force: true });
});

function open(maxBytes = 1e9): void {
  log = new EventLog({ dir, maxBytes });
  counters = new CaptureCounters(log.textsAtOpening);
  writer = new LogWriter(log, counters, new CaptureClock(), retryMs, createLogger('test', 'silent'));
}

/** What the log has of a project after a crash at this moment: a second opening sees what is on disk. */
function keptOf(projectId: string) {
  const other = new EventLog({ dir, maxBytes: 1e9 });
  const kept = new CaptureCounters(other.textsAtOpening).of(projectId);
  return other.close().then(() => kept);
}

const records = (...texts: string[]) => texts.map((text) => ({ bytes: Buffer.from(text), count: 1 }));
const append = (projectId: string, ...texts: string[]) =>
  writer.append(projectId, records(...texts), { taken: texts.length, waiting: texts.length });
const textsIn = (blocks: readonly LogBlock[]) =>
  blocks.flatMap((block) => block.records.map(({ bytes }) => bytes.toString()));
/** What was asked for until now is in the log; the writer goes on when it is asked again. */
const untilIdle = () => writer.stop();
const removal = (projectId: string, waiting: number) => new Map([[projectId, { waiting }]]);

test('what is asked for in one turn, and during a transaction, is one transaction with one text for each project', async () => {
  const write = jest.spyOn(log, 'write');
  const first = Array.from({ length: 10 }, (_, at) => append(at % 2 === 0 ? 'even' : 'odd', `a${at}`));
  await Promise.all([...first, append('odd', 'b', 'c')]);
  expect(write).toHaveBeenCalledTimes(1);
  expect([...(write.mock.calls[0]?.[0].texts.keys() ?? [])]).toEqual(['counts even', 'counts odd', 'clock']);
  expect(textsIn(await log.read(null, limits))).toHaveLength(12);
  expect(await keptOf('odd')).toEqual({ taken: 7, rejected: 0, waiting: 7, dead: 0 });
});

test('each append is told the places of its own records, in the order of asking', async () => {
  const places = await Promise.all([append('p', 'a', 'b'), append('q', 'c'), append('p', 'd', 'e', 'f')]);
  expect(places.map(([first, last]) => [first[1], last[1]])).toEqual([
    [0, 1],
    [2, 2],
    [3, 5],
  ]);
  expect(textsIn(await log.read(null, limits))).toEqual(['a', 'b', 'c', 'd', 'e', 'f']);
});

test('records for which there is no room are refused together, and count for nothing', async () => {
  await log.close();
  open(100_000);
  const large = 'x'.repeat(40_000);
  const kept = append('p', large);
  await expect(append('p', large, large)).rejects.toBeInstanceOf(EventLogFull);
  await kept;
  expect(textsIn(await log.read(null, limits))).toEqual([large]);
  expect(counters.of('p')).toEqual({ taken: 1, rejected: 0, waiting: 1, dead: 0 });
  expect(await keptOf('p')).toEqual(counters.of('p'));
});

test('the counts in the log are those of its records, whatever was refused or noted meanwhile', async () => {
  await append('p', 'a', 'b');
  const refused = new Error('no space');
  jest.spyOn(log, 'write').mockRejectedValueOnce(refused);
  writer.count('p', { rejected: 3 });
  await expect(append('p', 'c')).rejects.toBe(refused);
  expect(await keptOf('p')).toEqual({ taken: 2, rejected: 0, waiting: 2, dead: 0 });
  await append('p', 'd');
  expect(counters.of('p')).toEqual({ taken: 3, rejected: 3, waiting: 3, dead: 0 });
  expect(await keptOf('p')).toEqual(counters.of('p'));
});

test('records that the disk has no room for do not hold up a removal, and a removal that fails is tried again', async () => {
  await append('p', 'a', 'b');
  const blocks = await log.read(null, limits);
  jest
    .spyOn(log, 'write')
    .mockRejectedValueOnce(new Error('no space'))
    .mockRejectedValueOnce(new Error('no space'));
  writer.remove(blocks, removal('p', -2));
  await expect(append('p', 'c')).rejects.toThrow('no space');
  await append('p', 'd');
  expect(textsIn(await log.read(null, limits))).toEqual(['a', 'b', 'd']);
  expect(await keptOf('p')).toEqual({ taken: 3, rejected: 0, waiting: 3, dead: 0 });
  await sleep(3 * retryMs);
  expect(textsIn(await log.read(null, limits))).toEqual(['d']);
  expect(await keptOf('p')).toEqual({ taken: 3, rejected: 0, waiting: 1, dead: 0 });
});

test('a removal goes into the transaction of the records that come next', async () => {
  await append('p', 'a');
  const write = jest.spyOn(log, 'write');
  writer.remove(await log.read(null, limits), removal('p', -1));
  await append('p', 'b');
  expect(write).toHaveBeenCalledTimes(1);
  expect(textsIn(await log.read(null, limits))).toEqual(['b']);
  expect(await keptOf('p')).toEqual({ taken: 2, rejected: 0, waiting: 1, dead: 0 });
});

test('a removal behind which no records come is written by itself', async () => {
  await append('p', 'a');
  writer.remove(await log.read(null, limits), removal('p', -1));
  while ((await log.read(null, limits)).length > 0) await sleep(10);
  expect(await keptOf('p')).toEqual({ taken: 1, rejected: 0, waiting: 0, dead: 0 });
});

test('what was asked to be removed is removed when the writer has stopped', async () => {
  await append('p', 'a');
  writer.remove(await log.read(null, limits), removal('p', -1));
  await writer.stop();
  expect(await log.read(null, limits)).toEqual([]);
  expect(await keptOf('p')).toEqual({ taken: 1, rejected: 0, waiting: 0, dead: 0 });
});

test('counts that are forgotten are gone from memory, from what is published, and from the log', async () => {
  await Promise.all([append('p', 'a'), append('q', 'b')]);
  writer.remove(await log.read(null, limits), new Map([...removal('p', -1), ...removal('q', -1)]));
  await untilIdle();
  writer.forget(['p', 'unknown']);
  await untilIdle();
  expect(counters.has('p')).toBe(false);
  expect([...counters.takeChanged().keys()]).toEqual(['q']);
  expect((await keptOf('p')).taken).toBe(0);
  expect((await keptOf('q')).taken).toBe(1);
  await append('p', 'c');
  expect(await keptOf('p')).toEqual({ taken: 1, rejected: 0, waiting: 1, dead: 0 });
});

test('counts are not forgotten while events wait, nor while they are on their way to the log', async () => {
  const appended = append('p', 'a');
  writer.forget(['p']);
  await appended;
  writer.forget(['p']);
  await untilIdle();
  expect(counters.of('p').waiting).toBe(1);
  writer.remove(await log.read(null, limits), removal('p', -1));
  writer.forget(['p']);
  await untilIdle();
  expect(await keptOf('p')).toEqual({ taken: 1, rejected: 0, waiting: 0, dead: 0 });
});
