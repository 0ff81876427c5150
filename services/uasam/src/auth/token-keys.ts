import type { Logger } from '@otas/http-kit';
import {
  fixedKeys,
  KeyFile,
  KeySet,
  type KeySource,
  openSecrets,
  type PublicJwk,
  parseSigningKeys,
  publicJwkOf,
} from '@otas/session-token';
import type { Config } from '../config';

/** The keys of both kinds of token. Where the settings name files they follow those files. */
export class TokenKeys {
  readonly user: KeySet;
  readonly session: KeySet;
  /** False where every key stands in the settings themselves, so that {@link reload} does nothing. */
  readonly areInFiles: boolean;
  readonly #signing: KeySource;

  /** @throws Error when a file that the settings name is of no use. */
  constructor(config: Config, log: Logger) {
    const { tokenSigningKeysFile: path, userTokenSecretsFile, sessionTokenSecretsFile } = config;
    this.areInFiles = [path, userTokenSecretsFile, sessionTokenSecretsFile].some((file) => file !== null);
    this.#signing = path === null ? fixedKeys([]) : new KeyFile({ path, parse: parseSigningKeys, log });
    this.user = new KeySet(this.#signing, openSecrets(userTokenSecretsFile, config.userTokenSecrets, log));
    this.session = new KeySet(
      this.#signing,
      openSecrets(sessionTokenSecretsFile, config.sessionTokenSecrets, log),
    );
  }

  /** The public halves of the EC keys: what somebody else needs to verify tokens that are signed with ES256. */
  listPublic(): PublicJwk[] {
    return this.#signing.keys.map(publicJwkOf);
  }

  /** Reads the files now. */
  reload(): void {
    for (const keys of [this.user, this.session]) keys.reload();
  }

  stop(): void {
    for (const keys of [this.user, this.session]) keys.stop();
  }
}
