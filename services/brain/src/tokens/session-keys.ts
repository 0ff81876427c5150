import type { Logger } from '@otas/http-kit';
import { KeySet, type KeySource, openSecrets, SessionTokens } from '@otas/session-token';
import { JwksClient } from '@otas/uasam-client';
import type { BrainConfig } from '../config';
import { JwksKeys } from './jwks-keys';
import { SessionVerifier } from './session-verifier';

const jwksIntervalMs = 5 * 60 * 1000;
const jwksPauseMs = 1000;

/** What Brain knows of UASAM's tokens. */
export interface SessionKeys {
  readonly verifier: SessionVerifier;
  /** The secrets that they may be signed with; none where there are public keys alone. */
  readonly secrets: KeySource;
  /** Looks for other keys now, and no more. */
  readonly keys: Pick<KeySet, 'reload' | 'stop'>;
}

/** @throws Error when the file that the settings name is of no use. */
export function openSessionKeys(config: BrainConfig, logger: Logger): SessionKeys {
  const secrets = openSecrets(config.SESSION_TOKEN_SECRETS_FILE, config.SESSION_TOKEN_SECRETS, logger);
  const jwks = config.SESSION_TOKEN_JWKS === '1' ? openJwks(config, logger) : null;
  const keys = jwks === null ? new KeySet(secrets) : new KeySet(secrets, jwks);
  return { verifier: new SessionVerifier(new SessionTokens(keys, config.TOKEN_ISSUER), jwks), secrets, keys };
}

function openJwks(config: BrainConfig, logger: Logger): JwksKeys {
  const client = new JwksClient(config.UASAM_URL, config.UASAM_TIMEOUT_MS);
  return new JwksKeys({ client, logger, intervalMs: jwksIntervalMs, pauseMs: jwksPauseMs });
}
