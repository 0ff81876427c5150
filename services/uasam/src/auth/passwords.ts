import { randomBytes } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { hash, type Options, verify } from '@node-rs/argon2';
import { ApiError } from '@otas/errors';

/**
 * Argon2id with 19 MiB, 2 passes, 1 lane: OWASP's Password Storage Cheat Sheet. The number is the package's constant,
 * which is a `const enum` and so not there for code compiled file by file.
 */
const argon2id = 2;
const parameters: Options = { algorithm: argon2id, memoryCost: 19_456, timeCost: 2, parallelism: 1 };

/** Each takes 19 MiB and a core while it runs. */
const concurrencyMax = Math.min(4, Math.max(2, availableParallelism()));
const queueMax = 512;

/**
 * Hashes and checks passwords, exactly as they were given, a few at a time: at most 4 run and 512 wait, and who comes
 * on top of that is refused with 429, so that a flood of sign-ups can exhaust neither memory nor processors.
 */
export class Passwords {
  readonly #unknownUserHash: string;
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  private constructor(unknownUserHash: string) {
    this.#unknownUserHash = unknownUserHash;
  }

  static async create(): Promise<Passwords> {
    return new Passwords(await hash(randomBytes(32), parameters));
  }

  /** `admit` is called right before the work and refuses it by throwing. */
  hash(password: string, admit: () => Promise<void> = async () => undefined): Promise<string> {
    return this.#inTurn(async () => {
      await admit();
      return hash(password, parameters);
    });
  }

  /**
   * Whether `password` is the one behind `passwordHash`; with null (there is no such user) it is not, and to find that
   * out takes as long. `admit` is called right before the check and refuses it by throwing.
   */
  verify(passwordHash: string | null, password: string, admit: () => Promise<void>): Promise<boolean> {
    return this.#inTurn(async () => {
      await admit();
      const matches = await verify(passwordHash ?? this.#unknownUserHash, password);
      return matches && passwordHash !== null;
    });
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
