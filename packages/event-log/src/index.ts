export { EventLog, EventLogFull, type EventLogOptions } from './event-log';
export { comparePositions, type LogEntry, type LogPosition } from './position';
