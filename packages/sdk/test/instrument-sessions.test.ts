import { setImmediate as turn } from 'node:timers/promises';
import { Agent, request, fetch as undiciFetch } from 'undici';
import { instrument } from '../src/instrument/node';
import { instrumentStats, runInSession } from '../src/session-context';
import { clients } from './support/clients';
import { collectingRecorder } from './support/collecting-recorder';
import { startTargetServer, type TargetServer } from './support/target-server';

let server: TargetServer;
const restores: (() => void)[] = [];

beforeAll(async () => {
  server = await startTargetServer();
});
afterEach(() => {
  for (const restore of restores.splice(0)) restore();
  server.seen.length = 0;
});
afterAll(() => server.close());

const begin = (token?: string) => {
  const recorder = collectingRecorder(token);
  restores.push(instrument(recorder));
  return recorder;
};
const paths = (recorder: ReturnType<typeof begin>) => recorder.calls.map(({ path }) => path).sort();
const isSeenWith = () => server.seen.map(({ headers }) => headers['x-otas-agent-session-token']);

describe.each(Object.keys(clients))('%s', (name) => {
  const call = clients[name] as (typeof clients)[string];

  test('a call is recorded by the only session there is, outside of its run() too', async () => {
    const session = begin();
    await call(`${server.url}/json/1`);
    await runInSession(session, () => call(`${server.url}/json/2`));
    expect(paths(session)).toEqual(['/json/1', '/json/2']);
    expect(isSeenWith()).toEqual([undefined, undefined]);
  });

  test('a call in the domain gets the header and is not recorded', async () => {
    const session = begin('the token');
    expect(await call(`${server.url}/domain/1`, { 'X-Other': 'y' })).toBe('the token');
    expect(session.calls).toEqual([]);
    expect(server.seen[0]?.headers).toMatchObject({ 'x-other': 'y' });
  });

  test('a header that the program sets itself stays', async () => {
    begin('the token');
    expect(await call(`${server.url}/domain/1`, { 'x-otas-Agent-session-token': 'its own' })).toBe('its own');
  });

  test('a call to our own server is neither recorded nor given a header, whoever makes it', async () => {
    const [first, second] = [begin(), begin()];
    const before = instrumentStats();
    await call(`${server.url}/own/1/domain/`);
    await runInSession(first, () => call(`${server.url}/json/1?at=/own/`));
    expect([...first.calls, ...second.calls]).toEqual([]);
    expect(isSeenWith()).toEqual([undefined, undefined]);
    expect(instrumentStats()).toEqual(before);
  });

  test('calls of two sessions at once are never mixed, and what belongs to neither is counted', async () => {
    const [first, second] = [begin('first'), begin('second')];
    const { unattributed } = instrumentStats();
    const work = (recorder: typeof first, letter: string) =>
      runInSession(recorder, async () => {
        for (let at = 0; at < 20; at++) {
          await turn();
          expect(await call(`${server.url}/domain/${letter}`)).toBe(recorder.sessionToken);
          await call(`${server.url}/json/${letter}?${at}`);
        }
      });
    await Promise.all([work(first, 'a'), work(second, 'b'), call(`${server.url}/json/nobody`)]);
    expect(first.calls.map(({ path, query_params: at }) => [path, at])).toEqual(
      Array.from({ length: 20 }, (_, at) => ['/json/a', String(at)]),
    );
    expect(paths(second)).toEqual(Array.from({ length: 20 }, () => '/json/b'));
    expect(instrumentStats().unattributed).toBe(unattributed + 1);
  });

  test('after restore() nothing is recorded, also in the run() of the session that was restored', async () => {
    const [gone, stays] = [begin(), begin()];
    restores[0]?.();
    await runInSession(gone, () => call(`${server.url}/json/1`));
    await call(`${server.url}/json/2`);
    expect(gone.calls).toEqual([]);
    expect(paths(stays)).toEqual(['/json/2']);
    restores[1]?.();
    await call(`${server.url}/json/3`);
    expect(stays.calls).toHaveLength(1);
  });

  test('a fault inside a recorder does not reach the program, and is counted', async () => {
    const session = begin();
    const { failed } = instrumentStats();
    const broken = () => {
      throw new Error('ours');
    };
    Object.assign(session, { record: broken });
    expect(JSON.parse(await call(`${server.url}/json/1`))).toHaveProperty('items');
    Object.assign(session, { isInDomain: broken });
    expect(JSON.parse(await call(`${server.url}/json/1`))).toHaveProperty('items');
    expect(instrumentStats().failed).toBe(failed + 2);
  });
});

test('a session that was instrumented twice records once, until it was restored twice', async () => {
  const session = begin();
  restores.push(instrument(session));
  await fetch(`${server.url}/json/1`);
  restores[0]?.();
  restores[0]?.();
  await fetch(`${server.url}/json/2`);
  restores[1]?.();
  await fetch(`${server.url}/json/3`);
  expect(paths(session)).toEqual(['/json/1', '/json/2']);
});

type Send = (url: string, options: { dispatcher: Agent }) => Promise<{ body: unknown }>;

test.each<[how: string, send: Send]>([
  ['request', request],
  ['fetch', undiciFetch],
])('a %s that waits in a busy pool is never given to another session', async (how, send) => {
  const [first, second] = [begin(), begin()];
  const { unattributed } = instrumentStats();
  const dispatcher = new Agent({ connections: 2 });
  const work = (recorder: typeof first, letter: string) =>
    runInSession(recorder, () =>
      Array.from({ length: 10 }, async (_, at) => {
        const { body } = await send(`${server.url}/json/${letter}/${at}`, { dispatcher });
        for await (const _ of body as AsyncIterable<unknown>);
      }),
    );
  await Promise.all([...work(first, 'a'), ...work(second, 'b')]);
  expect(first.calls.filter(({ path }) => !path.startsWith('/json/a/'))).toEqual([]);
  expect(second.calls.filter(({ path }) => !path.startsWith('/json/b/'))).toEqual([]);
  // A fetch of undici 7 does not know whose it is when it has waited.
  const counted = instrumentStats().unattributed - unattributed;
  expect(first.calls.length + second.calls.length + counted).toBe(20);
  if (how === 'request') expect(counted).toBe(0);
  await dispatcher.close();
});
