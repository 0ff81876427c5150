export type { CallRecord } from './record/call-record';
export type { Recorder } from './record/recorder';
