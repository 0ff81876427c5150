import type { LogPosition } from '@otas/event-log';
import { EventStoreUnavailable, idOf, type RowCounts } from '@otas/event-store';
import { createLogger } from '@otas/http-kit';
import type { ErasureRequest } from '@otas/uasam-client';
import { EventEraser } from '../src/erasure/event-eraser';

const second = 1000;
const minute = 60 * second;
let requests: ErasureRequest[];
let rows: Map<string, RowCounts>;
/** What was asked for, in order. */
let calls: string[];
let reports: [id: string, erased: object][];
let [appended, delivered] = [0, 0];
let eraser: EventEraser;

beforeEach(() => {
  [requests, rows, calls, reports] = [[], new Map(), [], []];
  [appended, delivered] = [0, 0];
  eraser = newEraser();
});
afterEach(() => eraser.stop());

const newEraser = (pageMax = 1000) =>
  new EventEraser({
    requests: {
      list: async (after) => {
        calls.push(`list ${after}`);
        const later = requests.filter(({ id }) => after === null || id > after);
        return { erasures: later.slice(0, pageMax), hasMore: later.length > pageMax };
      },
      reportErased: async (id, erased) => {
        reports.push([id, erased]);
        requests = requests.map((one) => (one.id === id ? { ...one, areEventsErased: true } : one));
      },
    },
    store: {
      erase: async (targets) => {
        const ids = targets.map(idOf);
        calls.push(`erase ${ids.join(' ')}`);
        return new Map([...rows].filter(([id]) => ids.includes(id)));
      },
    },
    logs: [
      {
        get end(): LogPosition {
          return [1, appended];
        },
        isDelivered: ([, count]) => count <= delivered,
        forget: (ids) => void calls.push(`forget ${ids.join(' ')}`),
      },
    ],
    logger: createLogger('test', 'silent'),
    pollMs: 5,
  });

const request = (id: string, ageMs: number, more: Partial<ErasureRequest> = {}): ErasureRequest => ({
  ...{ id, kind: 'project', projectId: `p${id}`, agentId: null, sessionId: null },
  ...{ ageMs, areEventsErased: false },
  ...more,
});
const nextTurn = () => new Promise((resolve) => setTimeout(resolve, 1));

test('a request is left alone until the keys of its project no longer write', async () => {
  requests = [request('1', 14 * second)];
  rows.set('p1', { backend_events: 2 });
  expect(await eraser.step()).toBe(false);
  expect(calls).toEqual(['list null']);
});

test('it is erased until nothing is found, and then reported with the most that was found at once', async () => {
  requests = [request('1', 16 * second), request('2', 16 * second)];
  rows.set('p1', { backend_events: 2, event_ids: 1 }).set('p2', { dead_letters: 1 });
  expect(await eraser.step()).toBe(true);
  rows.set('p1', { backend_events: 1, agent_events: 5 }).delete('p2');
  expect(await eraser.step()).toBe(true);
  expect(reports).toEqual([['2', { dead_letters: 1 }]]);
  rows.clear();
  expect(await eraser.step()).toBe(false);
  expect(reports[1]).toEqual(['1', { backend_events: 2, event_ids: 1, agent_events: 5 }]);
  await eraser.step();
  expect(reports).toHaveLength(2);
});

test('of a project of which nothing was seen is said that there was nothing, but not at once', async () => {
  requests = [request('1', 29 * second)];
  await eraser.step();
  expect(reports).toEqual([]);
  requests = [request('1', 31 * second)];
  await eraser.step();
  expect(reports).toEqual([['1', {}]]);
});

test('nothing is erased or reported before what was in the log is delivered', async () => {
  requests = [request('1', minute)];
  appended = 3;
  const step = eraser.step();
  for (delivered = 0; delivered < 3; delivered++) {
    await nextTurn();
    expect(calls).toEqual(['list null']);
  }
  // What is appended from now on need not be waited for.
  appended = 10;
  await step;
  expect(calls).toEqual(['list null', 'forget p1', 'erase p1']);
  expect(reports).toHaveLength(1);
});

test('a request is looked at for a quarter of an hour, and as long as anything is found, and then passed', async () => {
  const done = { areEventsErased: true };
  requests = [request('1', 14 * minute, done), request('2', 20 * minute, done)];
  await eraser.step();
  requests = [request('1', 16 * minute, done), request('2', 22 * minute, done)];
  rows.set('p2', { backend_events: 1 });
  expect(await eraser.step()).toBe(true);
  rows.clear();
  await eraser.step();
  await eraser.step();
  expect(calls.filter((call) => call.startsWith('list'))).toEqual([
    'list null',
    'list null',
    'list 1',
    'list 2',
  ]);
  expect(reports).toEqual([]);
});

test('each start begins with the first request ever made, and goes on page by page', async () => {
  requests = ['1', '2', '3'].map((id) => request(id, 60 * minute, { areEventsErased: true }));
  eraser = newEraser(2);
  expect(await eraser.step()).toBe(true);
  expect(await eraser.step()).toBe(false);
  expect(calls.filter((call) => call.startsWith('erase'))).toEqual(['erase p1 p2', 'erase p3']);
});

test('an agent and a session are erased as such, and the counts of their project are kept', async () => {
  const of = { projectId: 'p' };
  requests = [
    request('1', minute, { ...of, kind: 'agent', agentId: 'a1' }),
    request('2', minute, { ...of, kind: 'session', agentId: 'a2', sessionId: 's2' }),
  ];
  rows.set('s2', { backend_events: 1 });
  await eraser.step();
  expect(calls.slice(1)).toEqual(['forget ', 'erase a1 s2']);
  rows.clear();
  await eraser.step();
  expect(reports).toEqual([
    ['1', {}],
    ['2', { backend_events: 1 }],
  ]);
});

test.each<Partial<ErasureRequest>>([
  { kind: 'user' },
  { kind: 'agent' },
  { kind: 'session', agentId: 'a' },
  { kind: 'session', sessionId: 's' },
  { kind: 'agent', agentId: 'a', sessionId: 's' },
  { kind: 'project', agentId: 'a' },
])('a request that is not understood, %j, is neither erased nor reported', async (more) => {
  requests = [request('1', 60 * minute, more), request('2', 60 * minute)];
  await eraser.step();
  expect(calls).toContain('erase p2');
  expect(reports).toEqual([['2', {}]]);
});

test('it goes on by itself once it can ask again, and ends when it is told to, also while it waits for the log', async () => {
  requests = [request('1', minute)];
  const list = jest.spyOn(eraser, 'step').mockRejectedValueOnce(new EventStoreUnavailable('away'));
  eraser.start();
  while (reports.length === 0) await nextTurn();
  expect(list.mock.calls.length).toBeGreaterThan(1);
  requests = [request('2', minute)];
  appended = 1;
  await eraser.stop();
  expect(reports).toHaveLength(1);
});
