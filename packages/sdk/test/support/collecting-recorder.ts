import type { CallRecord, Recorder } from '../../src';

/** A session that keeps what it is given. */
export interface CollectingRecorder extends Recorder {
  readonly calls: CallRecord[];
}

/**
 * Its domain is every URL with `/domain/` in it, its own server every one with `/own/`. Test files share a process: sessions of
 * another one may still try to send.
 */
export function collectingRecorder(sessionToken = 'token'): CollectingRecorder {
  const calls: CallRecord[] = [];
  return {
    calls,
    record: (call) => calls.push(call),
    isOwnUrl: (url) => /\/own\/|\/api\/v1\/backend\/log\/|\/v2\/agents\//.test(url),
    isInDomain: (url) => url.includes('/domain/'),
    sessionToken,
    bodyMaxBytes: 1000,
  };
}
