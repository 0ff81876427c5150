import { asNumber, type Micros, parseTime } from '@otas/event-schema';
import type { Command } from 'commander';
import { setAction } from '../add-command';
import type { Context, Run } from '../context';
import { notFound } from '../exit-codes';
import { type FoundSession, findSession } from '../find-session';
import type { Answer } from '../http/api-client';
import { escapeText } from '../output/escape';
import { formatCount, formatDuration, shortTime } from '../output/format';
import { renderPairs } from '../output/table';
import { cut } from '../output/text-width';
import { type Item, readItem } from '../timeline/item';
import { readTimelinePages } from '../timeline/read-pages';
import { renderBarLine, renderHeading, type Scale } from '../timeline/waterfall';

interface Options {
  readonly agent?: string;
}

export function addSessionShow(parent: Command, context: Context): void {
  const command = parent
    .command('show <session>')
    .description('everything that happened in a session, with bars to scale')
    .option('--agent <agent>', 'id, key or name of its agent (looked for when left out)');
  setAction<Options>(command, context, show);
}

async function show(run: Run, { agent }: Options, text: string): Promise<void> {
  const session = await findSession(await run.asMember(), text, agent);
  const summary = await session.brain.get('/api/v1/agent/session/summary/', { session_id: session.id });
  const pages = readTimelinePages(session.brain, session.id);
  if (run.out.isHuman) await showWaterfall(run, session, summary, pages);
  else await writeDocument(run, session, summary, pages);
}

/** One JSON document, written as the pages come. */
async function writeDocument(
  { out }: Run,
  { agent, answer }: FoundSession,
  summary: Answer,
  pages: AsyncIterable<Answer>,
): Promise<void> {
  const { status, status_description, ...counts } = summary.value;
  const described = answer.textOf(answer.value.response.session);
  const head = { id: agent.id, name: agent.name, agent_ref: agent.agent_ref };
  await out.json(
    `{"session":${described},"agent":${JSON.stringify(head)},"summary":${summary.textOf(counts)},"events":[`,
  );
  let separator = '';
  for await (const page of pages) {
    for (const event of page.value.events) {
      await out.json(separator + page.textOf(event));
      separator = ',';
    }
  }
  await out.json(']}');
}

async function showWaterfall(
  { out }: Run,
  session: FoundSession,
  summary: Answer,
  pages: AsyncGenerator<Answer>,
): Promise<void> {
  const first = await pages.next();
  if (first.done) throw notFound('Brain gave no page');
  let items: Item[] = first.value.value.events.map(readItem);
  const isWhole = first.value.value.next_cursor === undefined;
  await out.line(describe(session, summary, out.width, out));
  if (items.length === 0) return out.line('\nno events');
  const scale = makeScale(items, isWhole, summary.value);
  await out.line(`\n${renderHeading(out)}`);
  while (items.length > 0) {
    await out.line(items.map((item) => renderBarLine(out, item, scale)).join('\n'));
    const next = await pages.next();
    items = next.done ? [] : next.value.value.events.map(readItem);
  }
}

/** To the end of the last call where that is known already, else to the begin of the last event. */
function makeScale(items: readonly Item[], isWhole: boolean, summary: Answer['value']): Scale {
  const times = [summary.first_event_time, summary.last_event_time].map((text) => parseTime(text ?? ''));
  const begin = Math.min(times[0] ?? Number.POSITIVE_INFINITY, (items[0] as Item).time);
  const toolCalls = new Map<string, number | null>();
  for (const { tool_call_id: id, duration_ms: ms } of summary.tool_calls.calls) {
    toolCalls.set(id, ms === null ? null : asNumber(ms));
  }
  const ends = isWhole ? items.map((item) => endOf(item, toolCalls)) : [times[1] ?? 0];
  // Not Math.max(...ends, ends): a page has 500 events at most.
  return { begin, end: Math.max(begin, ...ends), toolCalls };
}

function endOf({ time, latencyMs, toolCallId }: Item, toolCalls: Scale['toolCalls']): Micros {
  const tookMs = latencyMs ?? (toolCallId === null ? 0 : (toolCalls.get(toolCallId) ?? 0));
  return time + tookMs * 1000;
}

function describe(
  { agent, id, answer }: FoundSession,
  { value: summary }: Answer,
  width: number,
  out: Run['out'],
): string {
  const { session } = answer.value.response;
  const { counts, error_count: errors, latency_ms: latency, tool_calls: tools } = summary;
  const line = (text: string): string => cut(text, width - 9);
  const calls = `${formatCount(counts.backend_event)} calls, ${formatCount(counts.agent_event)} agent events`;
  const percentiles = ['p50', 'p95', 'p99']
    .map((name) => [name, asNumber(latency[name])] as const)
    .flatMap(([name, ms]) => (ms === null ? [] : [`${name} ${formatDuration(ms)}`]));
  const meta = answer.textOf(session.meta);
  return renderPairs(out, [
    ['session', line(`${id}  ${session.status}, begun ${shortTime(session.created_at)} UTC`)],
    ['agent', line(`${escapeText(agent.name)}  ${agent.id}`)],
    ...(meta === '{}' ? [] : [['meta', line(escapeText(meta.slice(0, 1000)))] as const]),
    ['events', line(`${formatCount(counts.total)}: ${calls}`)],
    ['errors', line(`${formatCount(errors)} of calls, ${formatCount(tools.errors)} of tools`)],
    ...(percentiles.length === 0 ? [] : [['latency', line(percentiles.join('   '))] as const]),
  ]);
}
