export { AccessRefused, type RefusalReason } from './access-refused';
export { AgentDirectory, type PageRequest, type SessionAccess, type SessionKeys } from './agent-directory';
export type { Answer } from './answer-cache';
export type { Authorization, Question } from './authorization';
export type { Authorizer, CaptureGrant } from './authorizer';
export type { Credential } from './credential';
export type { AgentPage, AgentRecord, SessionPage, SessionRecord } from './directory-answers';
export type { ClientLog } from './revocation-feed';
export { UasamClient, type UasamClientOptions } from './uasam-client';
