// What Node.js and browsers have alike.
export type { Stats } from './delivery/stats';
export type { CallRecord } from './record/call-record';
export { newEventId, newStamp } from './record/event-id';
export type { Recorder } from './record/recorder';
export type { RedactionRules } from './record/redactor';
export type { AgentEvent } from './session/agent-event';
export type { LoggedCall } from './session/logged-call';
export type { DeliveryOptions, SessionOptions } from './session/options';
export { OtasError, type OtasErrorCode } from './session/otas-error';
export type { Instrumentation, Session } from './session/session';
