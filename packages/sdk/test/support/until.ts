import { setTimeout as sleep } from 'node:timers/promises';

/** Asks again and again, until the answer is not null. */
export async function until<T>(ask: () => T | null | Promise<T | null>): Promise<T> {
  for (;;) {
    const answer = await ask();
    if (answer !== null) return answer;
    await sleep(10);
  }
}
