import { createHash } from 'node:crypto';
import { ApiError } from '@otas/errors';
import { Turns } from '../db/turns';
import type { ApiKeys } from './api-keys';
import type { CredentialsStore, KeyTable, StoredKey } from './credentials.store';
import { matchesPbkdf2, parsePbkdf2 } from './pbkdf2';

export interface OldKeysOptions {
  readonly store: Pick<CredentialsStore, 'renewHash'>;
  readonly apiKeys: Pick<ApiKeys, 'hashOf'>;
  nowMs?(): number;
}

/** What the hash of a key was made of: the original is known by its keys alone, and both are usual. */
type HashedPart = 'key' | 'secret';

const [failuresMax, failuresWindowMs] = [10, 60_000];
const [waitingMax, rememberedMax, countedMax] = [64, 10_000, 10_000];

/**
 * Checks imported keys that have not been used here yet: by the slow hash of the original system, once; what is kept of the
 * key is then ours, and it is never seen here again. Since a check takes a good part of a second of one core, they run one
 * after the other, at most 64 wait, the same key is checked once, and a stored key at most 10 times a minute in vain: who
 * knows no more than its prefix cannot use this to keep the service busy. (He can make its owner wait, until the first use.)
 */
export class OldKeys {
  readonly #options: OldKeysOptions;
  readonly #nowMs: () => number;
  readonly #turns = new Turns();
  readonly #checks = new Map<string, Promise<boolean>>();
  readonly #failures = new Map<string, { count: number; readonly sinceMs: number }>();
  #likely: HashedPart = 'key';
  #waiting = 0;

  constructor(options: OldKeysOptions) {
    this.#options = options;
    this.#nowMs = options.nowMs ?? (() => performance.now());
  }

  /**
   * Whether `key` is the stored one; false at once where what is kept is no hash of the original system.
   *
   * @throws ApiError 429 `rate_limit_exceeded` when this must not be found out now
   */
  async verify(key: string, stored: StoredKey, table: KeyTable): Promise<boolean> {
    if (stored.keyHash.length === 32) return false;
    const id = createHash('sha256').update(stored.keyHash).update(key).digest('base64');
    const known = this.#checks.get(id);
    if (known !== undefined) return known;
    const check = this.#check(key, stored, table);
    remember(this.#checks, id, check, rememberedMax);
    // What could not be found out is to be tried again.
    check.catch(() => this.#checks.delete(id));
    return check;
  }

  async #check(key: string, stored: StoredKey, table: KeyTable): Promise<boolean> {
    const hash = parsePbkdf2(Buffer.from(stored.keyHash).toString());
    if (hash === null) return false;
    if (this.#waiting >= waitingMax) throw new ApiError('rate_limit_exceeded', { retryAfterSeconds: 5 });
    this.#countFailure(stored.keyId);
    this.#waiting++;
    try {
      const matches = await this.#turns.run('keys', () => this.#matches(key, stored.prefix, hash));
      if (!matches) return false;
      await this.#options.store.renewHash(table, stored, this.#options.apiKeys.hashOf(key));
      this.#failures.delete(stored.keyId);
      return true;
    } finally {
      this.#waiting--;
    }
  }

  /** Everything is a failure until it has succeeded, so that many at once are not more than one after the other. */
  #countFailure(keyId: string): void {
    const nowMs = this.#nowMs();
    const last = this.#failures.get(keyId);
    const failures =
      last === undefined || nowMs - last.sinceMs >= failuresWindowMs ? { count: 0, sinceMs: nowMs } : last;
    if (failures.count >= failuresMax) {
      const waitMs = failures.sinceMs + failuresWindowMs - nowMs;
      throw new ApiError('rate_limit_exceeded', { retryAfterSeconds: Math.max(1, Math.ceil(waitMs / 1000)) });
    }
    failures.count++;
    remember(this.#failures, keyId, failures, countedMax);
  }

  async #matches(key: string, prefix: string, hash: Parameters<typeof matchesPbkdf2>[1]): Promise<boolean> {
    const secret = key.slice(key.indexOf('_') + 1 + prefix.length + 1);
    const parts: readonly HashedPart[] = this.#likely === 'key' ? ['key', 'secret'] : ['secret', 'key'];
    for (const part of parts) {
      if (await matchesPbkdf2(part === 'key' ? key : secret, hash)) {
        this.#likely = part;
        return true;
      }
    }
    return false;
  }
}

/** Sets a value as the youngest, and forgets the oldest when there are too many. */
function remember<Value>(map: Map<string, Value>, key: string, value: Value, max: number): void {
  map.delete(key);
  map.set(key, value);
  const [oldest] = map.keys();
  if (map.size > max && oldest !== undefined) map.delete(oldest);
}
