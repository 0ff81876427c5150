export { AgentEventStore, agentEventOfRow, agentEventRow } from './agent-event-store';
export { backUpEvents } from './backup/back-up';
export { restoreEvents } from './backup/restore';
export { CapturedEvents, type EventIdentity } from './captured-events';
export type { Cluster } from './cluster';
export { type EncodedRows, encodeRows, type Row } from './encode-rows';
export { ErasureStore, type RowCounts } from './erasure-store';
export { AnswerTooLarge, EventStoreUnavailable, EventsRejected } from './errors';
export type { EventKind } from './event-kinds';
export { backendEventRow, EventStore, type EventStoreOptions, eventOfRow } from './event-store';
export type { ExportPart } from './export-rows';
export { ExportStore } from './export-store';
export { MigrationRefused, migrate, OtherForm, SchemaTooNew } from './migrate';
export type { AgentEventPage, AgentEventPlace, StoredAgentEvent } from './queries/agent-event-page';
export type { InstanceCounts } from './queries/capture-counts';
export type { Change } from './queries/change-agent-event';
export type { DayRange } from './queries/day-range';
export type { DeadLetter } from './queries/dead-letters';
export { type ErasureTarget, idOf } from './queries/erase';
export {
  type ExportFormat,
  type ExportPlace,
  type ExportScope,
  exportColumns,
  placeOfCursor,
} from './queries/export-events';
export type { KnownEvent } from './queries/known-event-ids';
export type { PathSeries } from './queries/path-timeseries';
export type { SessionScope } from './queries/session';
export type { EventPlace, SessionPage } from './queries/session-events';
export type { Arrival } from './queries/timeline-arrivals';
export { Retention, type RetentionRules } from './retention';
export { ServerTooOld, serverVersionMin } from './server-version';
export {
  comparePlaces,
  placeOf,
  type TimelineAgentEvent,
  type TimelineItem,
  type TimelineKind,
  type TimelinePlace,
} from './timeline-item';
export { type SessionSummary, TimelineStore, type ToolCall } from './timeline-store';
