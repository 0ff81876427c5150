import http from 'node:http';
import { createSession, type Session } from '@otas/sdk';
import { serveCalls } from '../support/worker';

/** How a program calls; the same server answers all of them. */
const ways = {
  fetch: (url: string) => fetch(url, post).then((answer) => answer.text()),
  'node:http': (url: string) =>
    new Promise<string>((resolve, reject) => {
      let text = '';
      const request = http.request(url, { ...post, agent }, (answer) =>
        answer.on('data', (chunk) => (text += chunk)).on('end', () => resolve(text)),
      );
      request.on('error', reject).end(post.body);
    }),
};
const post = {
  method: 'POST',
  headers: { 'Content-Type': 'application/json', Accept: 'application/json' },
  body: JSON.stringify({ query: 'bolts, M8', warehouse: 'north', below: 10 }),
};
const agent = new http.Agent({ keepAlive: true });
let session: Session;

export type Way = keyof typeof ways;

/** A round of calls, one after the other. */
export interface SdkPlan {
  readonly way: Way;
  readonly url: string;
  readonly isRecorded: boolean;
  readonly durationMs: number;
}

async function begin(options: { agentKey: string; uasamUrl: string; brainUrl: string }): Promise<void> {
  session = await createSession(options);
}

/** @returns microseconds of this process's CPU for a call, all of its recording and sending included */
async function run({ way, url, isRecorded, durationMs }: SdkPlan): Promise<number> {
  const instrumentation = isRecorded ? session.instrument() : null;
  const before = process.cpuUsage();
  const endsAt = performance.now() + durationMs;
  let count = 0;
  for (; performance.now() < endsAt; count++) await ways[way](url);
  if (isRecorded && !(await session.flush())) throw new Error('not all was sent');
  const { user, system } = process.cpuUsage(before);
  instrumentation?.restore();
  const { dropped, rejected } = session.stats();
  if (Object.keys({ ...dropped, ...rejected }).length > 0) throw new Error('not all was taken');
  return (user + system) / count;
}

serveCalls({ begin, run });
