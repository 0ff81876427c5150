import { RevocationFeed } from '../src/revocation-feed';
import { UasamHttp } from '../src/uasam-http';
import { Upstream } from './support/upstream';

const minute = 60_000;
let upstream: Upstream;
let http: UasamHttp;
let feed: RevocationFeed;
let nowMs: number;
let forgotten: string[];
let logged: string[];

beforeEach(async () => {
  [nowMs, forgotten, logged] = [1_000_000, [], []];
  upstream = new Upstream();
  http = new UasamHttp(await upstream.start(), 300, { 'X-OTAS-SERVICE-TOKEN': 'service token' });
  const log = {
    info: (text: string) => void logged.push(`info ${text}`),
    warn: (fields: object, text: string) => void logged.push(`warn ${text} ${JSON.stringify(fields)}`),
    error: (fields: object, text: string) => void logged.push(`error ${text} ${JSON.stringify(fields)}`),
  };
  feed = new RevocationFeed({ http, pollMs: 1, log, nowMs: () => nowMs });
  feed.addListener({
    forget: (ids) => void forgotten.push(...ids),
    forgetAll: () => void forgotten.push('all'),
  });
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

test('it begins with a cursor, goes on from each, and what is revoked is forgotten', async () => {
  expect(await poll('1 2')).toBe('all');
  expect([upstream.asked, upstream.headers['x-otas-service-token']]).toEqual([
    '/internal/v1/revocations/',
    'service token',
  ]);
  await poll('3', ['a', 'b']);
  expect(upstream.asked).toBe('/internal/v1/revocations/?after=1%202');
  await poll('4');
  expect(upstream.asked).toBe('/internal/v1/revocations/?after=3');
  expect(forgotten).toEqual(['all', 'a', 'b']);
});

test('what was asked for since the first poll was true when the last one began', async () => {
  await poll('1');
  const askedAtMs = nowMs;
  expect(feed.trueAtMs(askedAtMs)).toBe(askedAtMs);
  nowMs += 1_000;
  tell('2');
  upstream.respond = ((respond) => (res) => {
    nowMs += 500;
    respond(res);
  })(upstream.respond);
  await feed.poll();
  expect(feed.trueAtMs(askedAtMs)).toBe(askedAtMs + 1_000);
  expect(feed.trueAtMs(askedAtMs - 1)).toBe(askedAtMs - 1);
  expect(feed.trueAtMs(nowMs)).toBe(nowMs);
});

test('nothing is known to be true by a poll that failed, or that did not tell all', async () => {
  await poll('1');
  const askedAtMs = nowMs;
  nowMs += 1_000;
  expect(await poll('2', ['a'], { has_more: true })).toBe('more');
  expect(feed.trueAtMs(askedAtMs)).toBe(askedAtMs);
  nowMs += 500;
  expect(await poll('3', ['b'])).toBe('all');
  expect(feed.trueAtMs(askedAtMs)).toBe(nowMs - 500);
  nowMs += 500;
  await upstream.stop();
  expect(await feed.poll()).toBe('none');
  expect(feed.trueAtMs(askedAtMs)).toBe(nowMs - 1_000);
  await upstream.start();
  expect(await poll('4', ['c'])).toBe('all');
  expect(upstream.asked).toBe('/internal/v1/revocations/?after=3');
  expect(feed.trueAtMs(askedAtMs)).toBe(nowMs);
  expect(forgotten).toEqual(['all', 'a', 'b', 'c']);
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
])(
  'everything is forgotten when %s, and what was asked before is never known to be true',
  async (_, happen) => {
    await poll('1');
    nowMs += 1_000;
    const askedAtMs = nowMs;
    nowMs += 1_000;
    await happen();
    expect(forgotten).toEqual(['all', 'all']);
    nowMs += 1_000;
    await poll('3');
    expect(feed.trueAtMs(askedAtMs)).toBe(askedAtMs);
  },
);

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
  expect(feed.trueAtMs(askedAtMs)).toBe(askedAtMs);
  await poll('2');
  expect(upstream.asked).toBe('/internal/v1/revocations/?after=1');
});

test('it goes on over failures, tells of each kind once, and ends when it is told to', async () => {
  tell('1');
  const running = feed.run();
  await until(() => forgotten.length === 1);
  await upstream.stop();
  await until(() => logged.length === 1);
  await upstream.start();
  await until(() => logged.length === 2);
  upstream.answer(401, { status_description: 'invalid_service_token' });
  await until(() => logged.length === 3);
  const { calls } = upstream;
  await until(() => upstream.calls > calls + 2);
  tell('2', ['a']);
  await until(() => forgotten.length > 1);
  feed.stop();
  await running;
  expect(logged).toEqual([
    'warn UASAM cannot be asked for revocations; trying again {"cause":"asking UASAM: ECONNREFUSED"}',
    'info UASAM tells of revocations',
    'error UASAM does not accept UASAM_SERVICE_TOKEN; nobody is let in {}',
    'info UASAM tells of revocations',
  ]);
});
