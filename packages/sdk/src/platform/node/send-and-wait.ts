import { Worker } from 'node:worker_threads';
import type { ExitRequest } from '../../delivery/request';

/**
 * What runs beside the thread that waits. In `flags` the first number becomes 1 at the end, and each further one the
 * status that its request was answered with.
 */
const sending = `
const { flags, requests, timeoutMs } = require('node:worker_threads').workerData;
const signal = AbortSignal.timeout(Math.ceil(timeoutMs));
(async () => {
  for (const [index, { url, headers, body }] of requests.entries()) {
    const answer = await fetch(url, { method: 'POST', headers, body, redirect: 'error', signal });
    await answer.arrayBuffer();
    flags[index + 1] = answer.status;
  }
})().catch(() => {}).finally(() => {
  flags[0] = 1;
  Atomics.notify(flags, 0);
});`;

/** Sends requests in their order while this thread stands still, at most for the given time. Never throws. */
export function sendAndWait(requests: readonly ExitRequest[], timeoutMs: number): void {
  try {
    const flags = new Int32Array(new SharedArrayBuffer(4 * (requests.length + 1)));
    const sent = requests.map(({ url, headers, body }) => ({ url, headers, body }));
    const worker = new Worker(sending, {
      eval: true,
      // Nothing that the host loads before its own program, and nothing on its terminal.
      execArgv: [],
      env: {},
      stdout: true,
      stderr: true,
      workerData: { flags, requests: sent, timeoutMs },
    });
    worker.unref();
    Atomics.wait(flags, 0, 0, timeoutMs);
    for (const [index, { accept }] of requests.entries()) {
      const status = flags[index + 1] ?? 0;
      if (status >= 200 && status < 300) accept();
    }
  } catch {
    // Where no thread can be started there is nobody left to tell.
  }
}
