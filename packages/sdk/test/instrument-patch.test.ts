import http from 'node:http';
import https from 'node:https';
import { instrument } from '../src/instrument/node';
import { collectingRecorder } from './support/collecting-recorder';
import { startTargetServer, type TargetServer } from './support/target-server';

const places = [
  [http, 'request'],
  [http, 'get'],
  [https, 'request'],
  [https, 'get'],
  [globalThis, 'fetch'],
  [http.Agent.prototype, 'addRequest'],
] as const;
const describeAll = () => places.map(([target, name]) => Object.getOwnPropertyDescriptor(target, name));
const untouched = describeAll();
let server: TargetServer;

beforeAll(async () => {
  server = await startTargetServer();
});
afterAll(() => server.close());

const get = (path: string) =>
  new Promise<void>((resolve, reject) =>
    http.get(server.url + path, (res) => res.resume().on('end', resolve)).on('error', reject),
  );

test('restore() puts back exactly what was there, in whatever order several are ended', () => {
  for (const order of [
    [0, 1, 2],
    [2, 1, 0],
    [1, 0, 2],
  ]) {
    const restores = [0, 1, 2].map(() => instrument(collectingRecorder()));
    expect(http.request).not.toBe(untouched[0]?.value);
    for (const at of order.slice(0, 2)) restores[at]?.();
    expect(http.request).not.toBe(untouched[0]?.value);
    restores[order[2] as number]?.();
    expect(describeAll()).toEqual(untouched);
    expect(http.request).toBe(untouched[0]?.value);
  }
});

test('functions in the place of others keep name, length and properties, and fetch itself stays', () => {
  const before = places.map(([target, name]) => Reflect.get(target, name) as object);
  const property = { marked: true };
  Object.assign(http.request, property);
  const restore = instrument(collectingRecorder());
  const now = places.map(([target, name]) => Reflect.get(target, name) as object);
  const shape = (fn: object) => {
    const { prototype, ...rest } = Object.getOwnPropertyDescriptors(fn) as Record<string, unknown>;
    return rest;
  };
  expect(now.map(shape)).toEqual(before.map(shape));
  expect(http.request).toHaveProperty('marked', true);
  expect(globalThis.fetch).toBe(before[4]);
  restore();
  Reflect.deleteProperty(http.request, 'marked');
});

test('who has put a function over ours keeps it: ours only does nothing any more', async () => {
  const session = collectingRecorder();
  const restore = instrument(session);
  const ours = http.get;
  let count = 0;
  const theirs = ((...args: Parameters<typeof http.get>) => {
    count++;
    return Reflect.apply(ours, http, args);
  }) as typeof http.get;
  http.get = theirs;
  await get('/json/1');
  restore();
  expect(http.get).toBe(theirs);
  await get('/json/2');
  expect(count).toBe(2);
  expect(session.calls.map(({ path }) => path)).toEqual(['/json/1']);

  // A call is recorded once, also through what we left below.
  const again = instrument(session);
  await get('/json/3');
  expect(session.calls.map(({ path }) => path)).toEqual(['/json/1', '/json/3']);
  again();
  expect(http.get).toBe(theirs);
  http.get = untouched[1]?.value;
});

test('what a function throws is what it throws without us', () => {
  const thrown = () => {
    try {
      return http.request({ host: {} as string });
    } catch (err) {
      return err as NodeJS.ErrnoException;
    }
  };
  const plain = thrown() as NodeJS.ErrnoException;
  const restore = instrument(collectingRecorder());
  const recorded = thrown() as NodeJS.ErrnoException;
  restore();
  expect([recorded.name, recorded.code, recorded.message]).toEqual([plain.name, plain.code, plain.message]);
  expect(plain.code).toBe('ERR_INVALID_ARG_TYPE');
});
