import type { ApiError } from '@otas/errors';
import { MemoryCounters } from '@otas/http-kit';
import { LoginGuard } from '../src/auth/login-guard';

const secondMs = 1000;
const minuteMs = 60 * secondMs;
const dayMs = 24 * 60 * minuteMs;
const [account, here] = ['ada@example.com', '192.0.2.1'];

function newGuard(limitsAddresses = false) {
  const clock = { ms: 0 };
  const counters = new MemoryCounters(() => clock.ms);
  const guard = new LoginGuard({ counters, failuresPerAccount: 50, limitsAddresses });

  /** A try with a wrong password, or a good one: null, or for how many seconds it is refused. */
  const attempt = async (email: string, address: string, isGood = false): Promise<number | null> => {
    try {
      const guarded = await guard.login(email, address);
      await guarded.begin();
      if (isGood) await guarded.succeeded();
      return null;
    } catch (error) {
      return Number((error as ApiError).headers['Retry-After']);
    }
  };
  return { clock, guard, attempt };
}

test('after five failures the waits are 2, 4, 8, 16 and 30 seconds, and who comes too early does not prolong them', async () => {
  const { clock, attempt } = newGuard();
  for (let failures = 0; failures < 5; failures++) expect(await attempt(account, here)).toBeNull();
  for (const wait of [2, 4, 8, 16, 30, 30, 30]) {
    expect(await attempt(account, here)).toBe(wait);
    clock.ms += (wait - 1) * secondMs;
    for (let times = 0; times < 100; times++) expect(await attempt(account, here)).toBe(1);
    clock.ms += secondMs;
    expect(await attempt(account, here)).toBeNull();
  }
});

test('a guesser at one address who never pauses has fewer than three tries a minute', async () => {
  const { clock, attempt } = newGuard();
  let tries = 0;
  const hours = 1;
  for (; clock.ms < hours * 60 * minuteMs; clock.ms += 100) {
    if ((await attempt(account, here)) === null) tries++;
  }
  expect(tries).toBeGreaterThan(hours * 60);
  expect(tries).toBeLessThan(hours * 60 * 3);
});

test('guessers at a thousand addresses have seven tries a minute together, and the owner is never held up', async () => {
  const { clock, guard, attempt } = newGuard();
  await guard.remember(account, here);
  let tries = 0;
  const minutes = 30;
  for (let at = 0; clock.ms < minutes * minuteMs; clock.ms += 100, at++) {
    if ((await attempt(account, `10.0.${at % 7}.${at % 143}`)) === null) tries++;
    if (at % 1000 === 999) expect(await attempt(account, here, true)).toBeNull();
  }
  expect(tries).toBeLessThan(minutes * 7);
});

test('an address is known for 30 days from the last good login there', async () => {
  const { clock, attempt } = newGuard();
  expect(await attempt(account, here, true)).toBeNull();
  const exhaust = async () => {
    for (let at = 0; at < 60; at++) await attempt(account, `10.0.0.${at}`);
  };
  clock.ms += 29 * dayMs;
  await exhaust();
  expect(await attempt(account, here, true)).toBeNull();
  clock.ms += 29 * dayMs;
  await exhaust();
  expect(await attempt(account, here)).toBeNull();
  clock.ms += 2 * dayMs;
  await exhaust();
  expect(await attempt(account, here)).toBeGreaterThan(0);
});

test('an address that is slowed down gains nothing from good logins to an account of its own', async () => {
  const { attempt } = newGuard(true);
  for (let at = 0; at < 100; at++) expect(await attempt(`${at}@example.com`, here)).toBeNull();
  expect(await attempt('other@example.com', here)).toBe(2);
  expect(await attempt('own@example.com', here, true)).toBe(2);
});

test('failures of an address do not hold up other addresses, nor accounts that know it', async () => {
  const { guard, attempt } = newGuard(true);
  await guard.remember(account, here);
  for (let at = 0; at < 100; at++) await attempt(`${at}@example.com`, here);
  expect(await attempt(account, '192.0.2.2')).toBeNull();
  expect(await attempt(account, here, true)).toBeNull();
});
