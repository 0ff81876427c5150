export { type AgentEvent, type AgentEventType, agentEventTypes } from './agent-event';
export {
  type AgentEventInput,
  agentEventSchema,
  agentEventWith,
  isFieldOf,
  parseAgentEventInput,
} from './agent-event-input';
export type { BackendEvent } from './backend-event';
export {
  type BackendEventInput,
  backendEventSchema,
  missingRequiredFields,
  parseBackendEventInput,
} from './backend-event-input';
export { asNumber, type ExactJson, exactJsonOf, parseExactJson } from './exact-json';
export { type FieldFault, isJsonObject } from './field-checks';
export { isKey, type KeyKind, keyOfUuid, uuidInKey } from './keys';
export { formatDate, formatTime, type Micros, microsOfUuidV7, parseDate, parseTime } from './time';
export { parseUuid } from './uuid';
export { readBy, sent, wire } from './wire-schemas';
