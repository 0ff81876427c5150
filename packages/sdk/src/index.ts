import { nodePlatform } from './platform/node/node-platform';
import { createSession as createSessionOn } from './session/create-session';
import type { SessionOptions } from './session/options';
import type { Session } from './session/session';

export * from './exports';
export {
  type OtasMiddleware,
  type OtasMiddlewareOptions,
  otasMiddleware,
} from './middleware/otas-middleware';
export { type FileSpoolOptions, fileSpool } from './platform/node/file-spool';
export { type BackEndRecorder, createRecorder, type RecorderOptions } from './session/create-recorder';
export { type InstrumentStats, instrumentStats } from './session-context';

/**
 * Creates a session of the agent whose key it is, and gives what records it.
 *
 * @throws OtasError when there is no session, and `onFailure` is not `ignore`: `no_agent_key`, `invalid_option`,
 *   `spool_failed`, `uasam_unreachable` (not with `retry`), or the code with which UASAM refused (`invalid_agent_key`)
 */
export function createSession(options: SessionOptions = {}): Promise<Session> {
  return createSessionOn(nodePlatform, options);
}
