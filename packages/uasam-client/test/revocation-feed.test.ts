import { RevocationFeed } from '../src/revocation-feed';
import { UasamHttp } from '../src/uasam-http';
import { Upstream } from './support/upstream';

const minute = 60_000;
let upstream: Upstream;
let http: UasamHttp;
let feed: RevocationFeed;
let nowMs: number;
let logged: string[];

beforeEach(async () => {
  [nowMs, logged] = [1_000_000, []];
  upstream = new Upstream();
  http = new UasamHttp(await upstream.start(), 300, { 'X-OTAS-SERVICE-TOKEN': 'service token' });
  const log = {
    info: (text: string) => void logged.push(`info ${text}`),
    warn: (fields: object, text: string) => void logged.push(`warn ${text} ${JSON.stringify(fields)}`),
    error: (fields: object, text: string) => void logged.push(`error ${text} ${JSON.stringify(fields)}`),
  };
  feed = new RevocationFeed({ http, pollMs: 1, log, nowMs: () => nowMs });
});
afterEach(async () => {
  feed.stop();
  http.close();
  await upstream.stop();
});

const tell = (cursor: string, ids: string[] = [], more: object = {}) => {
  const revocations = ids.map((id) => ({ kind: 'session', id, at: '2026-04-16T14:30:00.000000+00:00' }));
  upstream.answer(200, { response: { cursor, is_reset: false, has_more: false, revocations, ...more } });
};
const poll = (cursor: string, ids?: string[], more?: object) => {
  tell(cursor, ids, more);
  return feed.poll();
};
const until = async (isTrue: () => boolean) => {
  for (const endsAtMs = Date.now() + 10_000; !isTrue(); await new Promise((r) => setTimeout(r, 5))) {
    if (Date.now() > endsAtMs) throw new Error('it never came');
  }
};

/** Whether what rests on an id, and was asked for at a time, holds no more. */
const isVoid = (id: string, askedAtMs = nowMs) => feed.revocations.isVoid([id], askedAtMs);
const trueAtMs = (askedAtMs: number) => feed.revocations.trueAtMs(askedAtMs);

test('it begins with a cursor, goes on from each, and what is revoked is void', async () => {
  expect(await poll('1 2')).toBe('all');
  expect([upstream.asked, upstream.headers['x-otas-service-token']]).toEqual([
    '/internal/v1/revocations/',
    'service token',
  ]);
  await poll('3', ['a', 'b']);
  expect(upstream.asked).toBe('/internal/v1/revocations/?after=1%202');
  await poll('4');
  expect(upstream.asked).toBe('/internal/v1/revocations/?after=3');
  expect(['a', 'b', 'c'].map((id) => isVoid(id))).toEqual([true, true, false]);
  expect(isVoid('a', nowMs + 1)).toBe(false);
});

test('a revocation is void for what was asked before it was told, however long ago', async () => {
  await poll('1');
  const askedAtMs = nowMs;
  for (let n = 0; n < 15; n++) {
    nowMs += minute;
    await poll(`2${n}`, n === 0 ? ['a'] : [`b${n}`]);
    expect([isVoid('a', askedAtMs), isVoid('a', nowMs + 1), isVoid('c', askedAtMs)]).toEqual([
      true,
      false,
      false,
    ]);
  }
});

test('what was asked for since the first poll was true when the last one began', async () => {
  await poll('1');
  const askedAtMs = nowMs;
  expect(trueAtMs(askedAtMs)).toBe(askedAtMs);
  nowMs += 1_000;
  tell('2');
  upstream.respond = ((respond) => (res) => {
    nowMs += 500;
    respond(res);
  })(upstream.respond);
  await feed.poll();
  expect(trueAtMs(askedAtMs)).toBe(askedAtMs + 1_000);
  expect(trueAtMs(nowMs)).toBe(nowMs);
  expect([isVoid('a', askedAtMs), isVoid('a', askedAtMs - 1)]).toEqual([false, true]);
});

test('nothing is known to be true by a poll that failed, or that did not tell all', async () => {
  await poll('1');
  const askedAtMs = nowMs;
  nowMs += 1_000;
  expect(await poll('2', ['a'], { has_more: true })).toBe('more');
  expect(trueAtMs(askedAtMs)).toBe(askedAtMs);
  nowMs += 500;
  expect(await poll('3', ['b'])).toBe('all');
  expect(trueAtMs(askedAtMs)).toBe(nowMs - 500);
  nowMs += 500;
  await upstream.stop();
  expect(await feed.poll()).toBe('none');
  expect(trueAtMs(askedAtMs)).toBe(nowMs - 1_000);
  await upstream.start();
  expect(await poll('4', ['c'])).toBe('all');
  expect(upstream.asked).toBe('/internal/v1/revocations/?after=3');
  expect(trueAtMs(askedAtMs)).toBe(nowMs);
  expect(['a', 'b', 'c', 'd'].map((id) => isVoid(id, askedAtMs))).toEqual([true, true, true, false]);
});

test.each<[string, () => Promise<unknown>]>([
  ['another database came back', () => poll('2', [], { is_reset: true })],
  [
    'nothing was heard for ten minutes',
    () => {
      nowMs += 10 * minute + 1;
      return poll('2', ['a']);
    },
  ],
  [
    'UASAM does not know the cursor any more',
    async () => {
      upstream.answer(400, { status_description: 'invalid_cursor' });
      await feed.poll();
      await poll('2');
      expect(upstream.asked).toBe('/internal/v1/revocations/');
    },
  ],
])('everything is void when %s, and what is asked afterwards is not', async (_, happen) => {
  await poll('1');
  nowMs += 1_000;
  const [askedAtMs, { version }] = [nowMs, feed.revocations];
  nowMs += 1_000;
  await happen();
  expect([isVoid('c', askedAtMs), isVoid('c')]).toEqual([true, false]);
  expect(feed.revocations.version).not.toBe(version);
});

test('everything is void when more is revoked than can be kept in mind', () => {
  const { revocations } = feed;
  revocations.add(
    Array.from({ length: 200_000 }, (_, n) => `b${n}`),
    nowMs,
  );
  expect(isVoid('a', nowMs - 1)).toBe(false);
  revocations.add(['c'], nowMs);
  expect([isVoid('a', nowMs - 1), isVoid('a')]).toEqual([true, false]);
});

test.each<[number, object | string]>([
  [200, 'not JSON'],
  [200, {}],
  [200, { response: { cursor: '2', is_reset: false, has_more: false, revocations: [{}] } }],
  [200, { response: { cursor: '2', is_reset: false, revocations: [] } }],
  [200, { response: { cursor: '1', is_reset: false, has_more: true, revocations: [] } }],
  [404, { status_description: 'not_found' }],
  [429, {}],
  [500, {}],
])('status %i with %p is no poll', async (status, body) => {
  await poll('1');
  const askedAtMs = nowMs;
  nowMs += 1_000;
  upstream.answer(status, body);
  expect(await feed.poll()).toBe('none');
  expect(trueAtMs(askedAtMs)).toBe(askedAtMs);
  await poll('2');
  expect(upstream.asked).toBe('/internal/v1/revocations/?after=1');
});

test('it goes on over failures, tells of each kind once, and ends when it is told to', async () => {
  tell('1');
  const running = feed.run();
  await until(() => feed.revocations.version > 0);
  await upstream.stop();
  await until(() => logged.length === 1);
  await upstream.start();
  await until(() => logged.length === 2);
  upstream.answer(401, { status_description: 'invalid_service_token' });
  await until(() => logged.length === 3);
  const { calls } = upstream;
  await until(() => upstream.calls > calls + 2);
  tell('2', ['a']);
  await until(() => isVoid('a'));
  feed.stop();
  await running;
  expect(logged).toEqual([
    'warn UASAM cannot be asked for revocations; trying again {"cause":"asking UASAM: ECONNREFUSED"}',
    'info UASAM tells of revocations',
    'error UASAM does not accept UASAM_SERVICE_TOKEN; nobody is let in {}',
    'info UASAM tells of revocations',
  ]);
});
