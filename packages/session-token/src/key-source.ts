import { keyOfPem, keyOfSecret, type TokenKey } from './token-key';

/** Where the keys of a set come from. */
export interface KeySource {
  /** Those that there are now, the one that signs first; the same array until they change. */
  readonly keys: readonly TokenKey[];
  /** Called when a token names a key that is not there; looks no oftener than the source can bear. */
  refresh(): void;
  /** Looks now. */
  reload(): void;
  /** Looks no more. */
  stop(): void;
}

const nothing = (): void => undefined;

/** Keys that never change. */
export function fixedKeys(keys: readonly TokenKey[]): KeySource {
  return { keys, refresh: nothing, reload: nothing, stop: nothing };
}

/** The keys of secrets that never change. @throws RangeError for a secret of less than 32 characters. */
export function secretKeys(secrets: readonly string[]): KeySource {
  return fixedKeys(secrets.map(keyOfSecret));
}

/**
 * One secret a line; white space around it and empty lines do not count.
 *
 * @throws RangeError when one has less than 32 characters, or none is there.
 */
export function parseSecrets(text: string): readonly TokenKey[] {
  const secrets = text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  if (secrets.length === 0) throw new RangeError('there is no secret in it');
  return secrets.map(keyOfSecret);
}

/**
 * PEM keys one after the other, private ones and public ones; what stands between them does not count.
 *
 * @throws RangeError when one is no EC key on P-256, or none is there.
 */
export function parseSigningKeys(text: string): readonly TokenKey[] {
  const pems = text.match(/-----BEGIN ([A-Z ]*(?:PRIVATE|PUBLIC) KEY)-----[\s\S]*?-----END \1-----/g) ?? [];
  if (pems.length === 0) throw new RangeError('there is no key in it');
  return pems.map(keyOfPem);
}
