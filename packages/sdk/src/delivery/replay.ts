import type { Delivery } from './delivery';
import type { Spool } from './spool';

/**
 * Delivers what earlier processes left in the spool, one file after the other; each file goes when all that was in it is
 * settled. The ids of events stay, so that one which had arrived before is not there twice. Never rejects.
 */
export async function replay(spool: Spool, delivery: Delivery): Promise<void> {
  try {
    for await (const { events, remove } of spool.leftovers()) {
      for (const { kind, identity, json } of events) delivery.push(kind, identity.token, identity, json);
      await delivery.settled();
      remove();
    }
  } catch {
    // What could not be read stays for the next start.
  }
}
