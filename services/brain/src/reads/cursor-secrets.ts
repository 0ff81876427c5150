import { createHmac } from 'node:crypto';
import type { KeySource } from '@otas/session-token';

/** Secrets under which places in lists are written (the first) and read (all); at least one. */
export type CursorSecrets = () => readonly string[];

/**
 * One secret derived from each of `keys`, in their order: cursors rotate with them. Knowing one does not tell the key.
 *
 * @param keys of secrets
 */
export function cursorSecretsOf(keys: KeySource): CursorSecrets {
  let seen: KeySource['keys'] = [];
  let secrets: readonly string[] = [];
  return () => {
    if (seen !== keys.keys) {
      seen = keys.keys;
      secrets = seen.map((key) =>
        createHmac('sha256', key.verifying).update('otas brain cursors').digest('hex'),
      );
    }
    return secrets;
  };
}
