import { randomBytes } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { hash, type Options, verify } from '@node-rs/argon2';
import { ApiError } from '@otas/errors';
import { matchesPbkdf2, type Pbkdf2Hash, parsePbkdf2, spendIterations } from './pbkdf2';

/**
 * Argon2id with 19 MiB, 2 passes, 1 lane: OWASP's Password Storage Cheat Sheet. The number is the package's constant,
 * which is a `const enum` and so not there for code compiled file by file.
 */
const argon2id = 2;
const parameters: Options = { algorithm: argon2id, memoryCost: 19_456, timeCost: 2, parallelism: 1 };

/** Each takes 19 MiB and a core while it runs. */
const concurrencyMax = Math.min(4, Math.max(2, availableParallelism()));
const queueMax = 512;

/** What is kept of a password that nobody can give: of an imported account whose hash is of no use here. */
export const noPassword = '!';

/** How many iterations of the original system's hash are spent on every check; see `OldIterations`. */
export interface SpentIterations {
  get(): Promise<number>;
  atLeast(iterations: number): void;
}

export interface PasswordCheck {
  readonly matches: boolean;
  /** A hash to keep from now on, of a password that matched one of the original system; null: what is kept is good. */
  readonly renewedHash: string | null;
}

/**
 * Hashes and checks passwords, exactly as they were given, a few at a time: at most 4 run and 512 wait, and who comes
 * on top of that is refused with 429, so that a flood of sign-ups can exhaust neither memory nor processors.
 */
export class Passwords {
  readonly #unknownUserHash: string;
  readonly #spent: SpentIterations;
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  private constructor(unknownUserHash: string, spent: SpentIterations) {
    this.#unknownUserHash = unknownUserHash;
    this.#spent = spent;
  }

  static async create(spent: SpentIterations): Promise<Passwords> {
    return new Passwords(await hash(randomBytes(32), parameters), spent);
  }

  /** `admit` is called right before the work and refuses it by throwing. */
  hash(password: string, admit: () => Promise<void> = async () => undefined): Promise<string> {
    return this.#inTurn(async () => {
      await admit();
      return hash(password, parameters);
    });
  }

  /**
   * Whether `password` is the one behind `passwordHash`; with null (there is no such user) it is not. What is found out takes
   * as long for everybody: one Argon2id, and, as long as hashes of the original system are kept, as many iterations of PBKDF2
   * as the dearest of them. `admit` is called right before the check and refuses it by throwing.
   */
  verify(passwordHash: string | null, password: string, admit: () => Promise<void>): Promise<PasswordCheck> {
    return this.#inTurn(async () => {
      await admit();
      const old = passwordHash === null ? null : parsePbkdf2(passwordHash);
      if (old !== null) return this.#verifyOld(old, password);
      await spendIterations(await this.#spent.get());
      const isKnown = passwordHash?.startsWith('$argon2id$') === true;
      const matches = await verify(isKnown ? passwordHash : this.#unknownUserHash, password);
      return { matches: matches && isKnown, renewedHash: null };
    });
  }

  async #verifyOld(old: Pbkdf2Hash, password: string): Promise<PasswordCheck> {
    this.#spent.atLeast(old.iterations);
    const matches = await matchesPbkdf2(password, old);
    await spendIterations((await this.#spent.get()) - old.iterations);
    const renewedHash = await hash(password, parameters);
    return { matches, renewedHash: matches ? renewedHash : null };
  }

  async #inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (this.#running < concurrencyMax) this.#running++;
    else await this.#wait();
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#running--;
      else next();
    }
  }

  #wait(): Promise<void> {
    if (this.#waiting.length >= queueMax) throw new ApiError('rate_limit_exceeded', { retryAfterSeconds: 5 });
    return new Promise((resolve) => this.#waiting.push(resolve));
  }
}
