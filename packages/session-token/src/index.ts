export { KeySet } from './key-set';
export { type SessionClaims, SessionTokens } from './session-tokens';
export { type UserClaims, UserTokens } from './user-tokens';
