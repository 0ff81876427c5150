import { ApiError } from '@otas/errors';
import { AnswerCache } from '../src/answer-cache';
import { Revocations } from '../src/revocations';

const minute = 60_000;
let nowMs: number;
let revocations: Revocations;
let cache: AnswerCache<string>;
let asked: number;
/** What the next questions get; an error is thrown. */
let next: string | Error;
let endsAtMs: number;
const away = new ApiError('auth_service_error');

beforeEach(() => {
  [nowMs, asked, next, endsAtMs] = [1_000_000, 0, 'yes', Infinity];
  revocations = new Revocations();
  const ages = { refreshMs: 5_000, trustedMs: 10_000, staleMs: 10 * minute };
  cache = new AnswerCache(ages, () => nowMs, revocations);
});

const load = async () => {
  asked++;
  if (next instanceof Error) throw next;
  return { value: next, ids: ['key', 'session'], endsAtMs };
};
/** UASAM tells of all that was revoked until now. */
const revoke = (...ids: string[]) => {
  revocations.add(ids, nowMs);
  revocations.confirm(nowMs);
};
const get = async () => cache.get('q', load);
/** Lets what is asked in the background be answered. */
const settle = () => new Promise((resolve) => setImmediate(resolve));

test('an answer is asked for once, however many want it, and is no promise when it is remembered', async () => {
  expect(await Promise.all([get(), get(), get()])).toEqual(['yes', 'yes', 'yes']);
  expect(cache.get('q', load)).toBe('yes');
  expect(asked).toBe(1);
});

test('from five seconds on an answer is asked for again behind the back of who uses it, from ten on before', async () => {
  await get();
  nowMs += 5_000;
  next = 'newer';
  expect(await get()).toBe('yes');
  await settle();
  expect([await get(), asked]).toEqual(['newer', 2]);
  nowMs += 10_000;
  next = 'newest';
  expect([await get(), asked]).toEqual(['newest', 3]);
});

test('while it is known to be true an answer is asked for again every thirty seconds, behind the back of who uses it', async () => {
  await get();
  for (let second = 1; second < 30; second++) {
    nowMs += 1_000;
    revoke();
    expect(await get()).toBe('yes');
  }
  expect(asked).toBe(1);
  next = 'newer';
  nowMs += 1_000;
  revoke();
  expect(await get()).toBe('yes');
  await settle();
  expect([await get(), asked]).toEqual(['newer', 2]);
});

test('when it is no longer known to be true, an answer is as old as when it last was', async () => {
  await get();
  nowMs += 20_000;
  revoke();
  nowMs += 9_999;
  next = new ApiError('forbidden');
  expect(await get()).toBe('yes');
  await settle();
  await expect(get()).rejects.toMatchObject({ code: 'forbidden' });
});

test('an answer is void with each of its ids, and with no other', async () => {
  for (const id of ['key', 'session']) {
    await get();
    next = new ApiError('forbidden');
    revoke('other');
    expect(await get()).toBe('yes');
    revoke('other', id);
    await expect(get()).rejects.toMatchObject({ code: 'forbidden' });
    nowMs += 1;
    next = 'yes';
  }
  await get();
  nowMs += 1;
  revocations.voidAll(nowMs);
  next = new ApiError('forbidden');
  await expect(get()).rejects.toMatchObject({ code: 'forbidden' });
});

test('an answer that was asked for after a revocation is not void because of it', async () => {
  revoke('session');
  nowMs += 1;
  await get();
  revoke('other');
  expect([await get(), asked]).toEqual(['yes', 1]);
});

test('what is revoked while its answer travels is asked for again', async () => {
  const waiting = get();
  revoke('session');
  expect(await waiting).toBe('yes');
  next = new ApiError('forbidden');
  await expect(get()).rejects.toMatchObject({ code: 'forbidden' });
});

test('what is revoked while UASAM cannot be asked is not used any more', async () => {
  await get();
  nowMs += 10_000;
  next = away;
  const waiting = get();
  revoke('session');
  await expect(waiting).rejects.toBe(away);
  await expect(get()).rejects.toBe(away);
});

test('what nobody asked for in a quarter of an hour is asked again before it is used', async () => {
  await get();
  nowMs += 15 * minute;
  revoke();
  expect([await get(), asked]).toEqual(['yes', 2]);
  await settle();
  nowMs += 15 * minute + 1;
  revoke();
  next = 'newer';
  expect(await get()).toBe('newer');
});

test('a refusal ends what was remembered, and is not remembered itself', async () => {
  await get();
  nowMs += 10_000;
  next = new ApiError('forbidden');
  await expect(get()).rejects.toMatchObject({ code: 'forbidden' });
  await expect(get()).rejects.toMatchObject({ code: 'forbidden' });
  expect(asked).toBe(3);
  next = 'again';
  expect(await get()).toBe('again');
});

test('while UASAM cannot be asked an answer serves for ten minutes, and it is tried once a second', async () => {
  await get();
  next = away;
  nowMs += 10_000;
  for (let n = 0; n < 5; n++) expect(await get()).toBe('yes');
  expect(asked).toBe(2);
  nowMs += 1_000;
  for (let n = 0; n < 5; n++) expect(await get()).toBe('yes');
  expect(asked).toBe(3);
  nowMs += 10 * minute - 11_001;
  expect(await get()).toBe('yes');
  await settle();
  nowMs += 1;
  await expect(get()).rejects.toBe(away);
});

test('an answer ends when it says so, with UASAM there or not', async () => {
  endsAtMs = Date.now() + 3_000;
  await get();
  nowMs += 2_000;
  expect(await get()).toBe('yes');
  next = away;
  nowMs += 2_000;
  await expect(get()).rejects.toBe(away);
  await expect(get()).rejects.toBe(away);
});

test('the least recently used of more than 20,000 answers goes first', async () => {
  await get();
  for (let n = 0; n < 20_000; n++) {
    await cache.get(`q${n}`, load);
    if (n % 5_000 === 0) await get();
  }
  expect(asked).toBe(20_001);
  await cache.get('q0', load);
  expect(asked).toBe(20_002);
  await get();
  expect(asked).toBe(20_002);
});
