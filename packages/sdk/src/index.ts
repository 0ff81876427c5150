export {
  type OtasMiddleware,
  type OtasMiddlewareOptions,
  otasMiddleware,
} from './middleware/otas-middleware';
export type { CallRecord } from './record/call-record';
export { newEventId, newStamp } from './record/event-id';
export type { Recorder } from './record/recorder';
