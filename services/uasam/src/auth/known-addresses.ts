import { createHash } from 'node:crypto';
import type { Counters } from '@otas/http-kit';

const daysKept = 30;
const slots = 16;

/**
 * From which addresses an account has logged in within the last 30 days. An account has 16 places, chosen by a hash: of
 * two addresses that fall into one, the later is known.
 */
export class KnownAddresses {
  readonly #counters: Counters;

  constructor(counters: Counters) {
    this.#counters = counters;
  }

  async isKnown(account: string, address: string): Promise<boolean> {
    const { key, mark } = placeOf(account, address);
    return (await this.#counters.find(key))?.value === mark;
  }

  async remember(account: string, address: string): Promise<void> {
    const { key, mark } = placeOf(account, address);
    await this.#counters.set(key, mark, daysKept * 24 * 60 * 60);
  }
}

function placeOf(account: string, address: string): { key: string; mark: number } {
  const digest = createHash('sha256').update(address).digest();
  return { key: `known:${account}:${digest.readUInt8(0) % slots}`, mark: digest.readUInt32BE(1) };
}
