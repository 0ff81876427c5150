import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { comparePositions, EventLog, EventLogFull } from '../src';

const limits = { records: 1000, bytes: 1e9 };
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

const record = (text: string) => Buffer.from(text);
const textsOf = (log: EventLog) => log.read(null, limits).map((entry) => entry.record.toString());

test('records come back in the order in which they were appended, also after an opening', async () => {
  const log = open();
  await Promise.all(Array.from({ length: 300 }, (_, at) => log.append([record(`a${at}`), record(`b${at}`)])));
  const expected = Array.from({ length: 300 }, (_, at) => [`a${at}`, `b${at}`]).flat();
  expect(textsOf(log)).toEqual(expected);
  const again = await reopen(log);
  await again.append([record('last')]);
  expect(textsOf(again)).toEqual([...expected, 'last']);
  expect(again.waitingCount).toBe(601);
});

test('a read begins behind a place, and ends at either bound', async () => {
  const log = open();
  const positions = await log.append(['one', 'two', 'three', 'four'].map(record));
  expect(
    log.read(positions[0] ?? null, { records: 2, bytes: 1e9 }).map(({ record: r }) => r.toString()),
  ).toEqual(['two', 'three']);
  expect(log.read(null, { records: 9, bytes: 4 })).toHaveLength(2);
  expect(log.read(null, { records: 9, bytes: 1 })).toHaveLength(1);
  expect(log.read(positions[3] ?? null, limits)).toEqual([]);
});

test('what was settled is gone, and texts are kept with what they belong to', async () => {
  let log = open();
  await log.append(['first', 'second', 'third'].map(record), new Map([['count', '3']]));
  await log.settle(log.read(null, { records: 2, bytes: 1e9 }), new Map([['settled', '2']]));
  log = await reopen(log);
  expect(textsOf(log)).toEqual(['third']);
  expect(log.readTexts()).toEqual(
    new Map([
      ['count', '3'],
      ['settled', '2'],
    ]),
  );
});

test.each([[200], [1200], [9000]])(
  'records of %i bytes are taken up to the bound on disk, refused past it, and taken again once there is room',
  async (bytes) => {
    const maxBytes = 8_000_000;
    let log = open(maxBytes);
    let taken = 0;
    const fill = async () => {
      for (;;) {
        await log.append(Array.from({ length: 10 }, () => Buffer.alloc(bytes, 'x')));
        taken += 10;
      }
    };
    await expect(fill()).rejects.toBeInstanceOf(EventLogFull);
    expect(log.waitingCount).toBe(taken);
    expect(statSync(path.join(dir, 'data.mdb')).size).toBeLessThan(maxBytes * 1.1);
    log = await reopen(log, maxBytes);
    await expect(fill()).rejects.toBeInstanceOf(EventLogFull);
    await log.settle(log.read(null, { records: taken, bytes: 1e12 }));
    await log.append([Buffer.alloc(bytes)]);
    expect(log.waitingCount).toBe(1);
  },
);

test('places of two openings of one directory never meet, and later ones are later', async () => {
  const first = open();
  const [a] = await first.append([record('a')]);
  const second = await reopen(first);
  const [b] = await second.append([record('b')]);
  expect(comparePositions(a as never, b as never)).toBeLessThan(0);
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
    const records = log.read(null, { records: 1e9, bytes: 1e12 }).map((entry) => entry.record.toString());
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
  const written = log
    .read(null, { records: 1e9, bytes: 1e12 })
    .map(({ record: r }) => Number.parseInt(r.toString(), 10));
  expect(written).toEqual(acknowledged);
  expect(written.length).toBeGreaterThan(100);
});
