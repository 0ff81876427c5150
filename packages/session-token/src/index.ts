export {
  KeyFile,
  type KeyFileOptions,
  type KeyLog,
  type KeyParser,
  openSecrets,
  readKeyFile,
} from './key-file';
export { KeySet } from './key-set';
export { fixedKeys, type KeySource, parseSecrets, parseSigningKeys, secretKeys } from './key-source';
export { type SessionClaims, SessionTokens } from './session-tokens';
export { keyOfJwk, type PublicJwk, publicJwkOf, type TokenKey } from './token-key';
export { type UserClaims, UserTokens } from './user-tokens';
