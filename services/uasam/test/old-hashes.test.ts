import { pbkdf2Sync } from 'node:crypto';
import { createLogger } from '@otas/http-kit';
import { ApiKeys } from '../src/auth/api-keys';
import type { StoredKey } from '../src/auth/credentials.store';
import { OldIterations } from '../src/auth/old-iterations';
import { OldKeys } from '../src/auth/old-keys';
import { noPassword, Passwords, type SpentIterations } from '../src/auth/passwords';
import { iterationsMax, matchesPbkdf2, parsePbkdf2 } from '../src/auth/pbkdf2';

/** As Django's `make_password` writes it. */
function djangoHash(text: string, iterations = 1000): string {
  const hash = pbkdf2Sync(text, 'aSalt', iterations, 32, 'sha256').toString('base64');
  return `pbkdf2_sha256$${iterations}$aSalt$${hash}`;
}

describe('a hash of the original system', () => {
  test('is one that Django 1.8 wrote', async () => {
    const hash = parsePbkdf2('pbkdf2_sha256$20000$seasalt$oBSd886ysm3AqYun62DOdin8YcfbU1z9cksZSuLP9r0=');
    expect(hash).toMatchObject({ iterations: 20_000, salt: 'seasalt' });
    if (hash === null) throw new Error('it was not read');
    expect([await matchesPbkdf2('lètmein', hash), await matchesPbkdf2('letmein', hash)]).toEqual([
      true,
      false,
    ]);
  });

  test.each([
    ['another algorithm', 'pbkdf2_sha1$1000$aSalt$YWJj'],
    ['no salt', djangoHash('x').replace('aSalt', '')],
    ['no iterations', djangoHash('x').replace('1000', '0')],
    ['iterations that are no number', djangoHash('x').replace('1000', '1e3')],
    ['more iterations than a service may spend', djangoHash('x').replace('1000', String(iterationsMax + 1))],
    ['a digest of another length', `${djangoHash('x')}AAAA`],
    ['nothing', ''],
  ])('is not a text with %s', (_, text) => {
    expect(parsePbkdf2(text)).toBeNull();
  });
});

describe('a password', () => {
  const admit = async (): Promise<void> => undefined;
  const spent = (iterations: number): SpentIterations & { seen: number[] } => {
    const seen: number[] = [];
    return { seen, get: async () => iterations, atLeast: (one) => void seen.push(one) };
  };

  test('is found right by an old hash, and then has one of ours to keep', async () => {
    const passwords = await Passwords.create(spent(1000));
    const { matches, renewedHash } = await passwords.verify(djangoHash('früh'), 'früh', admit);
    expect([matches, renewedHash]).toEqual([true, expect.stringMatching(/^\$argon2id\$/)]);
    const again = await passwords.verify(renewedHash, 'früh', admit);
    expect(again).toEqual({ matches: true, renewedHash: null });
  });

  test('that is wrong is never renewed, and an old hash that is met is told', async () => {
    const iterations = spent(0);
    const passwords = await Passwords.create(iterations);
    const wrong = { matches: false, renewedHash: null };
    expect(await passwords.verify(djangoHash('früh'), 'spät', admit)).toEqual(wrong);
    expect(iterations.seen).toEqual([1000]);
  });

  test.each([
    ['marked as none', noPassword],
    ['whose hash would hang the service', djangoHash('früh').replace('1000', '999999999')],
    ['in a form of others', 'bcrypt$$2b$12$abcdefghijklmnopqrstuv'],
  ])('%s is like an unknown account', async (_, hash) => {
    const passwords = await Passwords.create(spent(0));
    expect(await passwords.verify(hash, 'früh', admit)).toEqual({ matches: false, renewedHash: null });
  });

  test('takes PBKDF2 of the same size, whether the account is unknown, ours or old', async () => {
    const passwords = await Passwords.create(spent(1_000_000));
    const own = await passwords.hash('früh');
    const cpuOf = async (hash: string | null): Promise<number> => {
      const before = process.cpuUsage();
      await passwords.verify(hash, 'spät', admit);
      return process.cpuUsage(before).user;
    };
    const quickest = async (hash: string | null): Promise<number> =>
      Math.min(await cpuOf(hash), await cpuOf(hash), await cpuOf(hash));
    const old = await quickest(djangoHash('früh', 400_000));
    for (const other of [null, own]) {
      const ratio = (await quickest(other)) / old;
      // Without the iterations it is below a third.
      expect(ratio).toBeGreaterThan(0.6);
      expect(ratio).toBeLessThan(1.7);
    }
  });
});

describe('the iterations that are spent', () => {
  const logger = createLogger('uasam', 'silent');

  test('are read once a minute, and are never less than what was met', async () => {
    let nowMs = 0;
    const values = [1000, 0];
    const read = jest.fn(async () => values.shift() ?? 0);
    const iterations = new OldIterations({ read, logger, nowMs: () => nowMs });
    expect([await iterations.get(), await iterations.get()]).toEqual([1000, 1000]);
    iterations.atLeast(5000);
    nowMs = 59_999;
    expect(await iterations.get()).toBe(5000);
    expect(read).toHaveBeenCalledTimes(1);
    nowMs = 60_000;
    await iterations.get();
    await read.mock.results[1]?.value;
    expect(await iterations.get()).toBe(0);
  });

  test('are none where they cannot be read, and are asked for again', async () => {
    const read = jest.fn<Promise<number>, []>();
    read.mockRejectedValueOnce(new Error('no')).mockResolvedValue(7);
    const iterations = new OldIterations({ read, logger });
    expect(await iterations.get()).toBe(0);
    expect(await iterations.get()).toBe(7);
  });
});

describe('an imported key', () => {
  const apiKeys = new ApiKeys('a pepper of at least thirty-two characters');
  const key = 'agent_a_b_c-d_e';

  function make(hashed: string, nowMs = () => 0) {
    const renewHash = jest.fn(async () => undefined);
    const keys = new OldKeys({ store: { renewHash }, apiKeys, nowMs });
    const keyHash = Buffer.from(djangoHash(hashed));
    const stored: StoredKey = {
      ...{ keyId: 'id', prefix: 'a_b', keyHash, scopes: ['capture'], expiresAt: new Date() },
    };
    return { renewHash, stored, verify: (given: string) => keys.verify(given, stored, 'agent_keys') };
  }

  test('may have its prefix end at each _ of a key that only the original system makes', () => {
    expect(apiKeys.prefixesOf(key, 'agent')).toEqual(['a', 'a_b', 'a_b_c-d']);
    expect(apiKeys.prefixesOf('agent__a__b', 'agent')).toEqual(['_a', '_a_']);
    expect(apiKeys.prefixesOf('agent_ab_cd', 'agent')).toEqual(['ab']);
    expect(apiKeys.prefixesOf(`agent_${'a_'.repeat(100)}b`, 'agent')).toHaveLength(8);
    for (const other of [
      'otas_a_b_c',
      'agent_a-b',
      'agent_a_',
      `agent_a_b_${'c'.repeat(400)}`,
      'agent_ä_b_c',
    ]) {
      expect(apiKeys.prefixesOf(other, 'agent')).toEqual([]);
    }
  });

  test.each([
    ['whole key', key],
    ['secret', 'c-d_e'],
  ])('is found right by the hash of its %s, and is kept as ours from then on', async (_, hashed) => {
    const { verify, renewHash, stored } = make(hashed);
    expect(await verify(key)).toBe(true);
    expect(renewHash).toHaveBeenCalledWith('agent_keys', stored, apiKeys.hashOf(key));
  });

  test('is checked once when it comes a hundred times at once, and a wrong one once for ever', async () => {
    const { verify, renewHash } = make(key);
    const answers = await Promise.all(Array.from({ length: 100 }, () => verify(key)));
    expect(answers).toEqual(Array.from({ length: 100 }, () => true));
    expect(renewHash).toHaveBeenCalledTimes(1);
    for (let times = 0; times < 30; times++) expect(await verify('agent_a_b_wrong')).toBe(false);
  });

  test('is guessed at ten times a minute, also at once, and then neither right nor wrong', async () => {
    let nowMs = 0;
    const { verify } = make(key, () => nowMs);
    const guesses = await Promise.allSettled(
      Array.from({ length: 30 }, (_, n) => verify(`agent_a_b_guess${n}`)),
    );
    expect(guesses.filter(({ status }) => status === 'fulfilled')).toHaveLength(10);
    nowMs = 59_000;
    await expect(verify(key)).rejects.toMatchObject({ status: 429, headers: { 'Retry-After': '1' } });
    nowMs = 60_000;
    expect(await verify(key)).toBe(true);
  });

  test('that is kept as ours, or in another form, is not looked at', async () => {
    const { verify, stored } = make(key);
    Object.assign(stored, { keyHash: apiKeys.hashOf('agent_a_other') });
    expect(await verify(key)).toBe(false);
    Object.assign(stored, { keyHash: Buffer.from('sha256$abc') });
    expect(await verify(key)).toBe(false);
  });
});
