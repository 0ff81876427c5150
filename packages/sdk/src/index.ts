export type { CallRecord } from './record/call-record';
export { newEventId, newStamp } from './record/event-id';
export type { Recorder } from './record/recorder';
