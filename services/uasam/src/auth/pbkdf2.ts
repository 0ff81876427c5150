import { pbkdf2, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';

const derive = promisify(pbkdf2);

/**
 * More than any release of Django used by default (1,200,000 in 6.0), and about a second of one core: what a row of the
 * database may cost at the most.
 */
export const iterationsMax = 2_000_000;

const form = /^pbkdf2_sha256\$([1-9]\d{0,6})\$([^$]{1,128})\$([A-Za-z0-9+/]{43}=)$/;

/** A hash as Django writes it: `pbkdf2_sha256$<iterations>$<salt>$<base64 of 32 bytes>`. */
export interface Pbkdf2Hash {
  readonly iterations: number;
  readonly salt: string;
  readonly hash: Buffer;
}

/** Null for a text of any other form, and for one with more than {@link iterationsMax} iterations. */
export function parsePbkdf2(text: string): Pbkdf2Hash | null {
  const [, iterations, salt, hash] = form.exec(text) ?? [];
  if (iterations === undefined || salt === undefined || hash === undefined) return null;
  if (Number(iterations) > iterationsMax) return null;
  return { iterations: Number(iterations), salt, hash: Buffer.from(hash, 'base64') };
}

/** Whether `hash` was made of `secret`; as long as its iterations take, in another thread. */
export async function matchesPbkdf2(
  secret: string,
  { iterations, salt, hash }: Pbkdf2Hash,
): Promise<boolean> {
  return timingSafeEqual(await derive(secret, salt, iterations, hash.length, 'sha256'), hash);
}

/** Takes as long as a check of so many iterations; none for 0 and less. */
export async function spendIterations(iterations: number): Promise<void> {
  if (iterations > 0) await derive('nothing', 'salt', Math.min(iterations, iterationsMax), 32, 'sha256');
}
