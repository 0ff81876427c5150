import { browserPlatform } from './platform/browser-platform';
import { createSession as createSessionOn } from './session/create-session';
import type { SessionOptions } from './session/options';
import type { Session } from './session/session';

export * from './exports';

/**
 * Creates a session of the agent whose key it is, and gives what records it. Whoever opens the page can read that key.
 *
 * @throws OtasError when there is no session, and `onFailure` is not `ignore`: `no_agent_key`, `invalid_option`,
 *   `spool_failed`, `uasam_unreachable` (not with `retry`), or the code with which UASAM refused (`invalid_agent_key`)
 */
export function createSession(options: SessionOptions = {}): Promise<Session> {
  return createSessionOn(browserPlatform, options);
}
