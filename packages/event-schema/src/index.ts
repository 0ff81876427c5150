export type { BackendEvent } from './backend-event';
export {
  type BackendEventInput,
  type FieldFault,
  missingRequiredFields,
  parseBackendEventInput,
} from './backend-event-input';
export { asNumber, type ExactJson, parseExactJson } from './exact-json';
export { isKey, type KeyKind, keyOfUuid, uuidInKey } from './keys';
export { formatDate, formatTime, type Micros, microsOfUuidV7, parseDate, parseTime } from './time';
export { parseUuid } from './uuid';
