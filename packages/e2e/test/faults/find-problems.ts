import { setTimeout as sleep } from 'node:timers/promises';
import { send } from '../support/http';
import { readSession, type Tenant } from '../support/tenant';
import type { SentEvent } from './sent-event';

type ReadEvent = Awaited<ReturnType<typeof readSession>>[number];

const drainedWithinMs = 120_000;
const countedWithinMs = 5000;
const shown = 10;

/**
 * Waits until nothing waits for ClickHouse, reads everything back and compares it with what was sent: each event that
 * got a 201 is there exactly once, in order and as it was sent; each other one at most once, and not at all when it was
 * refused; and every count says the same.
 *
 * @param brains all that have taken events of this tenant
 * @param clocksApartMs how far the clocks of the Brains are apart; what was taken within that time has no order
 * @returns the first ten faults, in words
 */
export async function findProblems(
  brains: readonly { readonly url: string }[],
  tenant: Tenant,
  ledger: readonly SentEvent[],
  clocksApartMs = 0,
): Promise<string[]> {
  const brain = brains[0] as { readonly url: string };
  await Promise.all(
    brains.map((one) => untilCounted(one, tenant, drainedWithinMs, (counts) => counts.waiting === 0)),
  );
  const events = await readSession({ brain }, tenant);
  const pairs = events.map((event) => ({ event, sent: ledger[event.metadata?.number] }));
  const problems = [
    ...findStrangers(pairs),
    ...findMissing(events, ledger),
    ...pairs.flatMap(({ event, sent }) => (sent === undefined ? [] : findDifferences(event, sent))),
    ...findDisorder(pairs, clocksApartMs),
    ...(await findMiscounts(brains, tenant, events.length)),
  ];
  const more = problems.length > shown ? [`and ${problems.length - shown} more`] : [];
  return [...problems.slice(0, shown), ...more];
}

interface Pair {
  readonly event: ReadEvent;
  readonly sent: SentEvent | undefined;
}

function findStrangers(pairs: readonly Pair[]): string[] {
  const seen = new Set<unknown>();
  return pairs.flatMap(({ event, sent }) => {
    if (sent === undefined) return [`${event.event_id} was never sent`];
    const isTwin = seen.has(sent) || seen.has(event.event_id);
    seen.add(sent).add(event.event_id);
    if (isTwin) return [`${describe(sent)} is there twice`];
    const isRefused = sent.isRefused && sent.takenAtMs === null;
    return isRefused ? [`${describe(sent)} was refused and is there`] : [];
  });
}

function findMissing(events: readonly ReadEvent[], ledger: readonly SentEvent[]): string[] {
  const there = new Set(events.map((event) => event.metadata?.number));
  const missing = ledger.filter((sent) => sent.takenAtMs !== null && !there.has(sent.number));
  return missing.map((sent) => `${describe(sent)} got a 201 and is not there`);
}

function findDifferences(event: ReadEvent, sent: SentEvent): string[] {
  const { event_time: _time, event_id: _id, ...content } = sent.body;
  const differing = Object.entries(content).filter(
    ([name, value]) => JSON.stringify(event[name]) !== JSON.stringify(value),
  );
  const problems = differing.map(([name]) => `${describe(sent)} has another ${name} than was sent`);
  if (sent.eventId !== null && sent.eventId !== event.event_id)
    problems.push(`${describe(sent)} has the id ${event.event_id}`);
  if (sent.timeMs !== null && sent.timeMs !== Date.parse(event.event_time))
    problems.push(`${describe(sent)} has the time ${event.event_time}`);
  return problems;
}

/** Times ascend; and what was taken before another was sent is in front of it, where Brain gave both their times. */
function findDisorder(pairs: readonly Pair[], clocksApartMs: number): string[] {
  const problems: string[] = [];
  let [lastPlace, lastSentAtMs] = ['', Number.NEGATIVE_INFINITY];
  for (const { event, sent } of pairs) {
    const place = `${event.event_time} ${event.event_id}`;
    if (place < lastPlace) problems.push(`${place} comes after ${lastPlace}`);
    lastPlace = place;
    if (sent === undefined || sent.timeMs !== null || sent.takenAtMs === null) continue;
    if (sent.takenAtMs + clocksApartMs < lastSentAtMs)
      problems.push(`${describe(sent)} comes after one that was sent when it had been taken`);
    lastSentAtMs = Math.max(lastSentAtMs, sent.sentAtMs);
  }
  return problems;
}

async function findMiscounts(
  brains: readonly { readonly url: string }[],
  tenant: Tenant,
  count: number,
): Promise<string[]> {
  const problems: string[] = [];
  for (const brain of brains) {
    const { accepted, stored, waiting, dead } = await untilCounted(
      brain,
      tenant,
      countedWithinMs,
      (counts) => counts.accepted === count && counts.stored === count,
    );
    const counted = JSON.stringify({ accepted, stored, waiting, dead });
    if (counted !== JSON.stringify({ accepted: count, stored: count, waiting: 0, dead: 0 }))
      problems.push(`${count} events are there, and the counts are ${counted}`);
  }
  const calls = await countCalls(brains[0] as { readonly url: string }, tenant);
  if (calls !== count) problems.push(`${count} events are there, and ${calls} calls are counted`);
  return problems;
}

/** The project's counts, once they are as they should be; the last ones when they are not in time. */
async function untilCounted(
  brain: { readonly url: string },
  tenant: Tenant,
  withinMs: number,
  isReached: (counts: Record<string, number>) => boolean,
): Promise<Record<string, number>> {
  const deadlineMs = performance.now() + withinMs;
  for (;;) {
    const answer = await send('GET', `${brain.url}/api/v1/project/capture/`, tenant.reader);
    const isLate = performance.now() > deadlineMs;
    if (answer.status === 200 && (isLate || isReached(answer.body.response))) return answer.body.response;
    if (isLate) throw new Error(`the counts still answer ${answer.status}: ${answer.text}`);
    await sleep(50);
  }
}

async function countCalls(brain: { readonly url: string }, tenant: Tenant): Promise<number> {
  const dayOf = (offsetDays: number) =>
    new Date(Date.now() + offsetDays * 86_400_000).toISOString().slice(0, 10);
  const days = `start_date=${dayOf(-1)}&end_date=${dayOf(1)}`;
  const answer = await send('GET', `${brain.url}/api/v1/agent/path-timeseries/?${days}`, tenant.reader);
  const counts: { count: number }[] = answer.body.paths.flatMap((path: { data: unknown }) => path.data);
  return counts.reduce((sum, { count }) => sum + count, 0);
}

function describe({ number, naming, eventId, takenAtMs }: SentEvent): string {
  return `event ${number} (${naming}, ${eventId}, ${takenAtMs === null ? 'no 201' : '201'})`;
}
