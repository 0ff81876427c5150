export { EventStoreUnavailable, EventsRejected } from './errors';
export { backendEventRow, EventStore, type EventStoreOptions, eventKey } from './event-store';
export { migrate } from './migrate';
export type { DayRange } from './queries/day-range';
export type { PathSeries } from './queries/path-timeseries';
export type { EventPlace, SessionPage } from './queries/session-events';
