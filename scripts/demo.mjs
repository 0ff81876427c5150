// npm run demo: an agent works for a few seconds, and a person replays what it did. It needs a running stack.
import { isDeepStrictEqual } from 'node:util';
import { asStored, performTasks } from './demo/agent.mjs';
import { logEvent, read, readSession, refuseUnready, setUp } from './demo/client.mjs';
import { renderIdentity, renderMark, renderTimeline, renderTotals } from './demo/timeline.mjs';

/** How many events one read brings: small, so that the demo has to turn pages. */
const pageSize = 10;

const urls = {
  uasam: (process.env.UASAM_URL || 'http://127.0.0.1:8000').replace(/\/+$/, ''),
  brain: (process.env.BRAIN_URL || 'http://127.0.0.1:8002').replace(/\/+$/, ''),
};

/** The whole story: an agent acts, each of its calls is logged, and a person reads them back. */
async function demo() {
  await refuseUnready(urls);
  const identity = await setUp(urls.uasam);
  console.log(renderIdentity(identity));

  const logged = await work(identity);
  const { events, pages } = await readSession(urls.brain, identity, pageSize);
  console.log(renderTimeline(events));

  const days = { start_date: events.at(0)?.event_date, end_date: events.at(-1)?.event_date };
  const { data: percentiles } = await read(urls.brain, identity, 'latency-percentiles', days);
  const { data: errorCounts } = await read(urls.brain, identity, 'error-count', days);
  console.log(renderTotals(events, percentiles, errorCounts));

  refuseDifference(logged.map(asStored), events);
  console.log(`\n  read back in ${pages} pages: exactly what was logged, in the same order\n`);
}

/** Does the agent's tasks and logs each call when it has ended; gives the events that were logged. */
async function work(identity) {
  const logged = [];
  process.stdout.write('  at work  ');
  try {
    for await (const event of performTasks(urls, identity)) {
      await logEvent(urls.brain, identity, event);
      logged.push(event);
      process.stdout.write(renderMark(event));
    }
  } finally {
    process.stdout.write('\n\n');
  }
  return logged;
}

/** @throws Error at the first event that was read back as another one than was logged, or not at all. */
function refuseDifference(logged, events) {
  if (events.length !== logged.length) throw new Error(`${logged.length} logged, ${events.length} read back`);
  logged.forEach((event, at) => {
    const wrong = Object.keys(event).find((field) => !isDeepStrictEqual(event[field], events[at][field]));
    if (wrong !== undefined) {
      const [sent, found] = [event[wrong], events[at][wrong]].map((value) => JSON.stringify(value));
      throw new Error(`event ${at + 1}: ${wrong} was logged as ${sent} and read back as ${found}`);
    }
  });
}

demo().catch((error) => {
  console.error(`demo: ${error.message}`);
  process.exitCode = 1;
});
