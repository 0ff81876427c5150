export type { LogBlock, LogRecord } from './block';
export { EventLog, EventLogFull, type EventLogOptions, type LogTransaction } from './event-log';
export { comparePositions, type LogPosition, laterBy } from './position';
