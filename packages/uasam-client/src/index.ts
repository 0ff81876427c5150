export { ReadRefused } from './read-refused';
export { type AgentKeyOwner, UasamClient, type UasamClientOptions } from './uasam-client';
