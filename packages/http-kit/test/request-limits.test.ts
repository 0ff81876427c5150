import {
  anybody,
  authentication,
  createApp,
  createHttpServer,
  createLogger,
  endpoint,
  healthEndpoints,
  listen,
  stopListening,
} from '../src';
import { RequestLimits, type RequestRule } from '../src/limits/request-limits';

const rulesOf = (perAddress: number, perCredential: number): RequestRule[] => [
  { name: 'address', per: 'address', perMinute: perAddress },
  { name: 'credential', per: 'credential', perMinute: perCredential },
];

function endpointAt(path: string, authenticate = anybody) {
  return endpoint({ methods: ['GET'], path, authenticate, status: 200, handle: () => ({}) });
}

const authenticate = jest.fn(() => null);
const counted = authentication('anybody', authenticate);
const endpoints = [
  endpointAt('/api/thing/', counted),
  endpointAt('/v2/things/{key}'),
  endpointAt('/internal/v1/ask/'),
  ...healthEndpoints({ checks: {}, isStopping: () => false, checkTimeoutMs: 100 }),
];

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: object;
}

type Ask = (path: string, headers?: Record<string, string>, method?: string) => Promise<Answer>;

/** A service with these rules; `clock.ms` is its time. */
async function withLimits(
  options: { rules: readonly RequestRule[]; trustProxy?: boolean },
  use: (ask: Ask, clock: { ms: number }) => Promise<void>,
): Promise<void> {
  const clock = { ms: 1000 };
  const limits = new RequestLimits({
    rules: options.rules,
    trustProxy: options.trustProxy ?? false,
    redis: null,
    nowMs: () => clock.ms,
  });
  const app = createApp({
    endpoints,
    limits,
    logger: createLogger('test', 'silent'),
    bodyMaxBytes: 1000,
    corsOrigins: ['*'],
    errorBody: (error, context) => (context.path().startsWith('/v2/') ? { code: error.code } : null),
  });
  const server = createHttpServer(app, { headersMaxBytes: 16_384, requestTimeoutMs: 5000 });
  const url = `http://127.0.0.1:${await listen(server, '127.0.0.1', 0)}`;
  try {
    await use(async (path, headers = {}, method = 'GET') => {
      const answer = await fetch(url + path, { method, headers });
      const text = await answer.text();
      return { status: answer.status, headers: answer.headers, body: text === '' ? {} : JSON.parse(text) };
    }, clock);
  } finally {
    await stopListening(server, 100);
  }
}

const limitOf = ({ status, headers }: Answer) => [
  status,
  ...['Limit', 'Remaining', 'Reset'].map((name) => headers.get(`RateLimit-${name}`)),
];

test('answers tell the limit that leaves less, and past it are 429 until the window ends', async () => {
  await withLimits({ rules: rulesOf(10, 2) }, async (ask, clock) => {
    const key = { 'X-OTAS-SDK-KEY': 'a' };
    expect(limitOf(await ask('/api/thing/', key))).toEqual([200, '2', '1', '60']);
    clock.ms += 50_500;
    expect(limitOf(await ask('/api/thing', key))).toEqual([200, '2', '0', '10']);
    const refused = await ask('/api/thing/', key);
    expect(limitOf(refused)).toEqual([429, '2', '0', '10']);
    expect(refused.headers.get('Retry-After')).toBe('10');
    expect(refused.headers.get('Access-Control-Expose-Headers')).toContain('RateLimit-Remaining');
    expect(refused.body).toEqual({ status: 0, status_description: 'rate_limit_exceeded' });
    clock.ms += 9500;
    // The window of the address has ended as well: it began with the same request.
    expect(limitOf(await ask('/api/thing/', key))).toEqual([200, '2', '1', '60']);
  });
});

test('a request over the limit reaches no endpoint, and has the form of errors of its path', async () => {
  await withLimits({ rules: rulesOf(0, 1) }, async (ask) => {
    const key = { Authorization: 'Bearer k' };
    await ask('/api/thing/', key);
    authenticate.mockClear();
    expect((await ask('/api/thing/', key)).status).toBe(429);
    expect(authenticate).not.toHaveBeenCalled();
    const v2 = await ask('/v2/things/x', key);
    expect([v2.status, v2.body]).toEqual([429, { code: 'rate_limit_exceeded' }]);
    expect(limitOf(v2)).toEqual([429, '1', '0', '60']);
  });
});

test('the same key counts under any spelling, and another sent beside it does not hide it', async () => {
  await withLimits({ rules: rulesOf(0, 3) }, async (ask) => {
    const sent: Record<string, string>[] = [
      { 'X-API-Key': 'k' },
      { Authorization: 'Bearer k' },
      { Authorization: 'bearer  k', 'X-OTAS-USER-TOKEN': 'u1' },
      { 'X-OTAS-AGENT-KEY': 'k', 'X-OTAS-USER-TOKEN': 'u2' },
    ];
    const statuses = [];
    for (const headers of sent) statuses.push((await ask('/api/thing/', headers)).status);
    expect(statuses).toEqual([200, 200, 200, 429]);
    expect((await ask('/api/thing/', { 'X-API-Key': 'other' })).status).toBe(200);
    expect(limitOf(await ask('/api/thing/'))).toEqual([200, null, null, null]);
  });
});

test('an address is limited whatever it sends, and is the last hop only behind a trusted proxy', async () => {
  const forwarded = (address: string) => ({ 'X-Forwarded-For': address });
  await withLimits({ rules: rulesOf(2, 0) }, async (ask) => {
    const statuses = [];
    for (const address of ['1.1.1.1', '2.2.2.2', '3.3.3.3']) {
      statuses.push((await ask('/api/thing/', { ...forwarded(address), 'X-API-Key': address })).status);
    }
    expect(statuses).toEqual([200, 200, 429]);
  });
  await withLimits({ rules: rulesOf(1, 0), trustProxy: true }, async (ask) => {
    const sent = [
      '9.9.9.9, 1.1.1.1',
      '1.1.1.1',
      '1.1.1.1, 2.2.2.2',
      '2001:db8::1',
      '2001:db8::2',
      '2001:db8:0:1::1',
    ];
    const statuses = [];
    for (const address of sent) statuses.push((await ask('/api/thing/', forwarded(address))).status);
    expect(statuses).toEqual([200, 429, 200, 200, 429, 200]);
  });
});

test('health, internal routes, preflights and what is no route are never limited', async () => {
  await withLimits({ rules: rulesOf(1, 1) }, async (ask) => {
    for (let times = 0; times < 3; times++) {
      const answers = [
        await ask('/healthz'),
        await ask('/readyz'),
        await ask('/internal/v1/ask/'),
        await ask('/nowhere'),
        await ask('/api/thing/', {}, 'DELETE'),
        await ask('/api/thing/', {}, 'OPTIONS'),
      ];
      expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 404, 405, 204]);
      for (const { headers } of answers) expect(headers.get('RateLimit-Limit')).toBeNull();
    }
    expect(limitOf(await ask('/api/thing/'))).toEqual([200, '1', '0', '60']);
  });
});

test('a rule may be for some endpoints alone, and 0 is no limit', async () => {
  const ofV2: RequestRule = {
    ...{ name: 'v2', per: 'credential', perMinute: 1 },
    appliesTo: ({ path }) => path.startsWith('/v2/'),
  };
  await withLimits({ rules: [...rulesOf(0, 0), ofV2] }, async (ask) => {
    const key = { 'X-API-Key': 'k' };
    for (let times = 0; times < 3; times++) {
      expect(limitOf(await ask('/api/thing/', key))).toEqual([200, null, null, null]);
    }
    expect(limitOf(await ask('/v2/things/x', key))).toEqual([200, '1', '0', '60']);
    expect(limitOf(await ask('/v2/things/y', key))).toEqual([429, '1', '0', '60']);
  });
});
