export { AgentDirectory, type PageRequest, type SessionKeys } from './agent-directory';
export type { Credential } from './credential';
export type {
  AgentPage,
  AgentRecord,
  Principal,
  SessionAccess,
  SessionPage,
  SessionRecord,
} from './directory-answers';
export { JwksClient } from './jwks-client';
export { ReadRefused } from './read-refused';
export { type AgentKeyOwner, UasamClient, type UasamClientOptions } from './uasam-client';
