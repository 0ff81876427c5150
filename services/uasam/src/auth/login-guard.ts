import { createHash } from 'node:crypto';
import { ApiError } from '@otas/errors';
import type { Counters } from '@otas/http-kit';
import { type BegunTry, GrowingDelay, type TooEarly } from './growing-delay';
import { KnownAddresses } from './known-addresses';
import { StrangerLimit } from './stranger-limit';

const freeFailuresOfPair = 5;
const freeFailuresOfAddress = 100;

export interface LoginGuardOptions {
  readonly counters: Counters;
  /** Failures of one account from addresses that it is not known from, within 15 minutes, that have no consequence. */
  readonly failuresPerAccount: number;
  /** Whether an address is slowed down for its failures at all accounts together. */
  readonly limitsAddresses: boolean;
}

/** A try that is about to be made. */
export interface GuardedTry {
  /** To be called right before the costly check. @throws ApiError 429 `rate_limit_exceeded`: it must not be made now. */
  begin(): Promise<void>;
  /** To be called when it was a good one: until then it counts as a failure. */
  succeeded(): Promise<void>;
}

/** One of the limits that hold for a try, with the keys under which it counts. */
interface Gate {
  msToWait(): Promise<number>;
  begin(): Promise<BegunTry | TooEarly>;
}

/**
 * What slows down who guesses at passwords, and not the owner of the account. A failure counts for the account at this
 * address, for the account at all addresses that it is not known from, and for the address at all accounts. An account is
 * its e-mail, whether it exists or not.
 */
export class LoginGuard {
  readonly #ofPair: GrowingDelay;
  readonly #ofAccount: StrangerLimit;
  readonly #ofAddress: GrowingDelay | null;
  readonly #known: KnownAddresses;

  constructor({ counters, failuresPerAccount, limitsAddresses }: LoginGuardOptions) {
    this.#ofPair = new GrowingDelay(counters, 'login', freeFailuresOfPair);
    this.#ofAccount = new StrangerLimit(counters, failuresPerAccount);
    this.#ofAddress = limitsAddresses ? new GrowingDelay(counters, 'address', freeFailuresOfAddress) : null;
    this.#known = new KnownAddresses(counters);
  }

  /** A login. @throws ApiError 429 `rate_limit_exceeded` with the time after which the next try is taken. */
  async login(email: string, address: string): Promise<GuardedTry> {
    const account = shorten(email);
    const pair = shorten(`${email} ${address}`);
    const ofPair: Gate = {
      msToWait: () => this.#ofPair.msToWait(pair),
      begin: () => this.#ofPair.begin(pair),
    };
    const ofStranger: Gate = {
      msToWait: () => this.#ofAccount.msToWait(account, pair),
      begin: () => this.#ofAccount.begin(account, pair),
    };
    const isKnown = await this.#known.isKnown(account, address);
    const gates = isKnown ? [ofPair] : [ofPair, ofStranger, ...this.#gatesOfAddress(address)];
    return guard(gates, async () => {
      await Promise.all([this.#ofPair.forget(pair), this.#known.remember(account, address)]);
    });
  }

  /** Any other try of an address to learn of accounts. @throws ApiError as {@link login} */
  tryOf(address: string): Promise<GuardedTry> {
    return guard(this.#gatesOfAddress(address), async () => undefined);
  }

  /** The account was made at this address. */
  async remember(email: string, address: string): Promise<void> {
    await this.#known.remember(shorten(email), address);
  }

  #gatesOfAddress(address: string): Gate[] {
    const delay = this.#ofAddress;
    if (delay === null) return [];
    const key = shorten(address);
    return [{ msToWait: () => delay.msToWait(key), begin: () => delay.begin(key) }];
  }
}

async function guard(gates: readonly Gate[], onSuccess: () => Promise<void>): Promise<GuardedTry> {
  const refuseEarly = async (leastMs: number): Promise<void> => {
    const waits = await Promise.all(gates.map((gate) => gate.msToWait()));
    const ms = Math.max(leastMs, ...waits);
    if (ms > 0) throw new ApiError('rate_limit_exceeded', { retryAfterSeconds: Math.ceil(ms / 1000) });
  };
  const begun: BegunTry[] = [];
  await refuseEarly(0);
  return {
    begin: async () => {
      for (const gate of gates) {
        const result = await gate.begin();
        if ('msToWait' in result) {
          await Promise.all(begun.map((other) => other.cancel()));
          await refuseEarly(result.msToWait);
        } else begun.push(result);
      }
    },
    succeeded: async () => {
      await Promise.all(begun.map((one) => one.succeeded()));
      await onSuccess();
    },
  };
}

/** No e-mail and no address is kept; 132 bits of their hash tell them apart. */
function shorten(text: string): string {
  return createHash('sha256').update(text).digest('base64url').slice(0, 22);
}
