import { type KeyScope, keyScopes } from '../auth/principals';

/** An agent key or an SDK key, without what it is checked against. */
export interface Key {
  readonly id: string;
  readonly prefix: string;
  readonly name: string;
  readonly scopes: readonly KeyScope[];
  readonly createdAt: Date;
  /** The first moment at which it is no longer valid. */
  readonly expiresAt: Date;
}

/** A key as the lists show it. */
export interface ListedKey extends Key {
  /** Null: it was not revoked; it may have expired. */
  readonly revokedAt: Date | null;
  /** Behind the last use by a few seconds at most; null: never used. */
  readonly lastUsedAt: Date | null;
}

export interface NewKeyRow extends Key {
  readonly keyHash: Uint8Array<ArrayBuffer>;
}

/** A key that was rotated, as it is from then on. */
export interface ReplacedKey {
  readonly id: string;
  readonly expiresAt: Date;
}

/** The columns of a {@link Key}. */
export const keyColumns = {
  id: true,
  prefix: true,
  name: true,
  scopes: true,
  createdAt: true,
  expiresAt: true,
} as const;

/** The condition of a live key: neither revoked nor expired at `now`. */
export function liveAt(now: Date) {
  return { revokedAt: null, expiresAt: { gt: now } };
}

/** Scopes as a table has them, in their usual order. */
export function scopesOf(stored: readonly string[]): KeyScope[] {
  return keyScopes.filter((scope) => stored.includes(scope));
}

/** When a key that is rotated ends: at `wanted`, but never later than without the rotation. */
export function earlierOf(expiresAt: Date, wanted: Date): Date {
  return expiresAt < wanted ? expiresAt : wanted;
}
