import type { Recorder } from '../record/recorder';
import { beginRecording, guard } from '../session-context';
import { hookFetch } from './web-fetch';

/**
 * Records every call of the page by `fetch` that belongs to a session. Calls in the project's domain get the session's
 * header instead.
 *
 * @returns ends it and puts everything back as it was
 */
export function instrument(recorder: Recorder): () => void {
  return beginRecording(recorder, () => guard(hookFetch) ?? (() => {}));
}
