import { AsyncLocalStorage } from 'node:async_hooks';
import type { Recorder } from '../record/recorder';
import { beginRecording, type ContextStorage, guard, provideStorage } from '../session-context';
import { hookNodeHttp } from './node-http';
import { hookUndici } from './undici';
import { hookFetch } from './web-fetch';

provideStorage(() => new AsyncLocalStorage() as ContextStorage);

/** Bun and Deno have a `fetch` of their own. */
const isFetchUndici = !('Bun' in globalThis || 'Deno' in globalThis);

/**
 * Records every outgoing HTTP call of this process that belongs to a session: by `fetch`, undici, `node:http` and
 * `node:https`. Calls in the project's domain get the session's header instead.
 *
 * @returns ends it and puts everything back as it was
 */
export function instrument(recorder: Recorder): () => void {
  return beginRecording(recorder, () => {
    const unhooks = [hookNodeHttp, isFetchUndici ? hookUndici : hookFetch].map((hook) => guard(hook));
    return () => {
      for (const unhook of unhooks) guard(() => unhook?.());
    };
  });
}
