import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { open as lmdb } from 'lmdb';
import { comparePositions, EventLog, type LogBlock, type LogPosition, laterBy } from '../src';

const limits = { count: 1e9, bytes: 1e12 };
let dir: string;
const opened: EventLog[] = [];

beforeEach(() => {
  dir = mkdtempSync(path.join(tmpdir(), 'otas-event-log-'));
});
afterEach(async () => {
  await Promise.all(opened.splice(0).map((log) => log.close()));
  rmSync(dir, { recursive: true, force: true });
});

function open(maxBytes = 1e9): EventLog {
  const log = new EventLog({ dir, maxBytes });
  opened.push(log);
  return log;
}

async function reopen(log: EventLog, maxBytes = 1e9): Promise<EventLog> {
  await log.close();
  opened.splice(opened.indexOf(log), 1);
  return open(maxBytes);
}

const nothing = { appended: [], removed: [], texts: new Map<string, string>() };
const record = (text: string, count = 1) => ({ bytes: Buffer.from(text), count });
const append = (log: EventLog, texts: readonly string[]) =>
  log.write({ ...nothing, appended: texts.map((text) => record(text)) });
const remove = (log: EventLog, removed: LogBlock[]) => log.write({ ...nothing, removed });
const textsIn = (blocks: readonly LogBlock[]) =>
  blocks.flatMap(({ records }) => records.map(({ bytes }) => bytes.toString()));
const textsOf = async (log: EventLog) => textsIn(await log.read(null, limits));
const endOf = ({ position, records }: LogBlock): LogPosition => laterBy(position, records.length - 1);

test('records come back in the order in which they were appended, also after an opening', async () => {
  const log = open();
  for (let at = 0; at < 100; at++) await append(log, [`a${at}`, `b${at}`]);
  const expected = Array.from({ length: 100 }, (_, at) => [`a${at}`, `b${at}`]).flat();
  expect(await textsOf(log)).toEqual(expected);
  const again = await reopen(log);
  const last = await append(again, ['last']);
  expect(await textsOf(again)).toEqual([...expected, 'last']);
  expect((await again.read(null, limits)).at(-1)?.position).toEqual(last);
});

test('a read begins behind a place, and ends at either bound', async () => {
  const log = open();
  const first = await append(log, ['one', 'two']);
  await log.write({ ...nothing, appended: [record('three', 5)] });
  const last = await append(log, ['four']);
  expect(textsIn(await log.read(laterBy(first, 1), limits))).toEqual(['three', 'four']);
  expect(textsIn(await log.read(null, { count: 7, bytes: 1e9 }))).toEqual(['one', 'two', 'three']);
  expect(textsIn(await log.read(null, { count: 6, bytes: 1e9 }))).toEqual(['one', 'two']);
  expect(textsIn(await log.read(laterBy(first, 1), { count: 1, bytes: 1e9 }))).toEqual(['three']);
  expect(textsIn(await log.read(null, { count: 1e9, bytes: 23 }))).toEqual(['one', 'two', 'three']);
  expect(textsIn(await log.read(null, { count: 1e9, bytes: 22 }))).toEqual(['one', 'two']);
  expect(await log.read(last, limits)).toEqual([]);
});

test('records of one transaction lie together up to a length, each at the place that was said', async () => {
  const log = open();
  const letters = [...'abcdefghij'];
  const first = await append(
    log,
    letters.map((letter) => letter.repeat(letter === 'e' ? 600_000 : 100_000)),
  );
  const blocks = await log.read(null, limits);
  expect(blocks.map(({ records }) => records.length)).toEqual([2, 2, 1, 2, 2, 1]);
  const found = blocks.flatMap(({ position, records }) =>
    records.map(({ bytes }, at) => [laterBy(position, at), bytes.toString('latin1', 0, 1)]),
  );
  expect(found).toEqual(letters.map((letter, at) => [laterBy(first, at), letter]));
});

test('what was removed is gone, and texts are kept with what they belong to', async () => {
  let log = open();
  await log.write({
    ...nothing,
    appended: [record('first'), record('second')],
    texts: new Map([['count', '2']]),
  });
  await append(log, ['third']);
  const removed = await log.read(null, { count: 2, bytes: 1e9 });
  await log.write({ appended: [record('fourth')], removed, texts: new Map([['removed', '2']]) });
  log = await reopen(log);
  expect(await textsOf(log)).toEqual(['third', 'fourth']);
  expect(log.textsAtOpening).toEqual(
    new Map([
      ['count', '2'],
      ['removed', '2'],
    ]),
  );
});

test('a text that is taken away is gone at the next opening', async () => {
  const log = open();
  const both = new Map([
    ['kept', '1'],
    ['gone', '2'],
  ]);
  await log.write({ ...nothing, texts: both });
  await log.write({ ...nothing, texts: new Map([['gone', null]]) });
  expect((await reopen(log)).textsAtOpening).toEqual(new Map([['kept', '1']]));
});

test('the end is the place of the last record on disk, and behind all those of earlier openings', async () => {
  let log = open();
  const first = await append(log, ['a', 'b']);
  const end = laterBy(first, 1);
  expect(log.end).toEqual(end);
  const writing = append(log, ['c']);
  expect(log.end).toEqual(end);
  await writing;
  expect(log.end).toEqual(laterBy(first, 2));
  log = await reopen(log);
  expect(comparePositions(log.end, laterBy(first, 2))).toBeGreaterThan(0);
  expect(comparePositions(log.end, await append(log, ['d']))).toBeLessThan(0);
});

test('a reader who falls behind, catches up and falls behind again gets every record once, in order', async () => {
  const log = open();
  const [appended, seen]: [number[], number[]] = [[], []];
  let after: LogPosition | null = null;
  const follow = async (count: number): Promise<LogBlock[]> => {
    const blocks = await log.read(after, { count, bytes: 1e9 });
    seen.push(...blocks.map(({ records }) => Number(records[0]?.bytes.toString('latin1', 0, 4))));
    if (blocks.length > 0) after = endOf(blocks.at(-1) as LogBlock);
    return blocks;
  };
  // More waits than stays in memory from the 28th step on, and again from the 98th; it is read three at a time.
  for (let step = 0; step < 120; step++) {
    await append(log, [`${1000 + step}${'x'.repeat(1_000_000)}`]);
    appended.push(1000 + step);
    const isReading = step < 20 || (step >= 40 && step < 70) || step >= 100;
    if (isReading) await remove(log, await follow(3));
  }
  await follow(1e9);
  expect(seen).toEqual(appended);
});

test('memory does not grow with what was written and read, and reads and writes may be under way meanwhile', async () => {
  const log = open();
  const large = 'x'.repeat(500_000);
  const mapped = () => {
    const maps = readFileSync('/proc/self/smaps', 'utf8').split(/^(?=[0-9a-f]+-[0-9a-f]+ )/m);
    const ours = maps.filter((map) => map.includes(path.join(dir, 'data.mdb')));
    return ours.reduce((sum, map) => sum + Number(/^Rss:\s+(\d+)/m.exec(map)?.[1]), 0) / 1024;
  };
  for (let step = 0; step < 300; step++) await append(log, [large]);
  let [after, count, most]: [LogPosition | null, number, number] = [null, 0, 0];
  for (let blocks: LogBlock[]; ; after = endOf(blocks.at(-1) as LogBlock)) {
    const removing = remove(log, []);
    blocks = await log.read(after, { count: 10, bytes: 1e9 });
    await removing;
    if (process.platform === 'linux') most = Math.max(most, mapped());
    if (blocks.length === 0) break;
    count += blocks.length;
  }
  expect(count).toBe(300);
  expect(most).toBeLessThan(50);
});

test.each([[200], [1200], [9000], [150_000]])(
  'of records of %i bytes as much is written as was reserved, and room is there again once they are removed',
  async (bytes) => {
    const maxBytes = bytes < 1000 ? 2_000_000 : 8_000_000;
    let log = open(maxBytes);
    const fill = async (one: EventLog) => {
      const before = (await one.read(null, limits)).length;
      // Small ones some at a time, which are as many records, and wait together for the disk.
      const atOnce = bytes < 10_000 ? 16 : 1;
      while (one.hasRoomFor(bytes * atOnce)) {
        await Promise.all(Array.from({ length: atOnce }, () => append(one, ['x'.repeat(bytes)])));
      }
      return (await one.read(null, limits)).length - before;
    };
    expect(await fill(log)).toBeGreaterThan(0);
    expect(statSync(path.join(dir, 'data.mdb')).size).toBeLessThan(maxBytes * 1.1);
    log = await reopen(log, maxBytes);
    expect(log.hasRoomFor(maxBytes * 0.1)).toBe(false);
    await fill(log);
    await remove(log, await log.read(null, limits));
    expect(log.hasRoomFor(maxBytes * 0.9)).toBe(true);
    expect(await fill(log)).toBeGreaterThan(0);
  },
);

test('records in the form of an earlier version are not passed over', async () => {
  const older = lmdb({ path: dir, encoding: 'binary', maxDbs: 8 });
  await older.openDB({ name: 'waiting', encoding: 'binary' }).put([1, 1], Buffer.from('x'));
  await older.close();
  expect(() => open()).toThrow('earlier version');
});

test('places of two openings of one directory never meet, and later ones are later', async () => {
  const first = open();
  const a = await append(first, ['a']);
  const second = await reopen(first);
  const b = await append(second, ['b']);
  expect(comparePositions(a, b)).toBeLessThan(0);
});

test('two who have a directory open at once take nothing from each other', async () => {
  const [one, two] = [open(), open()];
  for (let at = 0; at < 20; at++) await Promise.all([append(one, [`one ${at}`]), append(two, [`two ${at}`])]);
  const texts = await textsOf(await reopen(one));
  expect(new Set(texts).size).toBe(40);
  expect(texts.filter((text) => text.startsWith('two'))).toEqual(
    Array.from({ length: 20 }, (_, at) => `two ${at}`),
  );
});

/** A program that appends numbered records without end and prints the number of each one that was acknowledged. */
function startWriter(shell: (command: string) => string = (command) => command): {
  child: ChildProcess;
  acknowledged: number[];
  said: string[];
} {
  const script = path.join(__dirname, 'support', 'writer.js');
  const command = shell(`exec "${process.execPath}" "${script}" "${dir}"`);
  const child = spawn('sh', ['-c', command], { stdio: ['ignore', 'pipe', 'inherit'] });
  const acknowledged: number[] = [];
  const said: string[] = [];
  createInterface({ input: child.stdout as NodeJS.ReadableStream }).on('line', (line) => {
    if (/^\d+$/.test(line)) acknowledged.push(Number(line));
    else said.push(line);
  });
  return { child, acknowledged, said };
}

const ended = (child: ChildProcess) => new Promise((resolve) => child.once('close', resolve));

test('every record that was acknowledged is there after kill -9, whole and in order, five times over', async () => {
  const all: number[] = [];
  for (let round = 0; round < 5; round++) {
    const { child, acknowledged } = startWriter();
    const end = ended(child);
    while (acknowledged.length < 50 + 77 * round) await new Promise((resolve) => setTimeout(resolve, 1));
    child.kill('SIGKILL');
    await end;
    all.push(...acknowledged);
    const log = open();
    const records = await textsOf(log);
    expect(records.every((text) => /^\d+ x{1000}$/.test(text))).toBe(true);
    const written = records.map((text) => Number.parseInt(text, 10));
    expect(written.filter((number) => all.includes(number))).toEqual(all);
    await reopen(log);
    await Promise.all(opened.splice(0).map((one) => one.close()));
  }
});

test('a disk that is full refuses records and loses none of those that it has', async () => {
  // Files may not grow past 4,000 blocks of 512 bytes; the signal that would end the process is ignored.
  const { child, acknowledged, said } = startWriter((command) => `trap '' XFSZ; ulimit -f 4000; ${command}`);
  await ended(child);
  expect(said).toEqual(['refused', 'refused']);
  const log = open();
  const written = (await textsOf(log)).map((text) => Number.parseInt(text, 10));
  expect(written).toEqual(acknowledged);
  expect(written.length).toBeGreaterThan(100);
});
