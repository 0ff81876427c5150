import { agentEventTypes, formatTime, parseExactJson } from '@otas/event-schema';
import { type Command, Option } from 'commander';
import { setAction } from '../add-command';
import type { Context, Run, Services } from '../context';
import { readExport } from '../export/read-export';
import { findAgents } from '../find-agent';
import { findSession } from '../find-session';
import type { ApiClient } from '../http/api-client';
import { parseCount, parseMoment } from '../parse-options';
import { type Exported, type Filters, fits, kindsOf, parsePath, parseStatus } from '../search/filters';
import { Latest } from '../search/latest';
import { type Item, readItem } from '../timeline/item';
import { renderItem } from '../timeline/item-line';

interface Options extends Filters {
  readonly agent?: string;
  readonly session?: string;
  readonly from?: string;
  readonly until?: string;
  readonly limit: number;
}

interface Found {
  readonly json: string;
  readonly item: Item;
}

const [limitDefault, limitMax, dayMs] = [100, 10_000, 86_400_000];

export function addEventsSearch(parent: Command, context: Context): void {
  const command = parent
    .command('search')
    .description('the latest events of the project that are so')
    .option('--agent <agent>', 'id, key or name (all active ones)')
    .option('--session <session>', 'this session alone')
    .option(
      '--from <time>',
      'not before: ISO 8601, or how long ago (24h; in one session: its begin)',
      parseMoment,
    )
    .option('--until <time>', 'before', parseMoment)
    .option(
      '--path <path>',
      'calls of which the path has this in it, or is this with * for anything',
      parsePath,
    )
    .option('--method <method>', 'calls with it')
    .option(
      '--status <codes>',
      'calls with 404, 5xx, ">=400", 0 (no answer), or several: 404,5xx',
      parseStatus,
    )
    .option('--min-latency <ms>', 'calls that took as long', parseCount(0, 999_999_999))
    .addOption(new Option('--type <type>', 'steps of the agent').choices(agentEventTypes))
    .option('--tool <name>', 'steps with this tool')
    .option('--error', 'what went wrong')
    .option('--text <text>', 'what has this text anywhere, in capitals or not')
    .option(
      '--limit <count>',
      'how many at most; 0: all, in the order of agent, session and time',
      parseCount(0, limitMax),
      limitDefault,
    );
  setAction<Options>(command, context, search);
}

async function search(run: Run, options: Options): Promise<void> {
  const latest = options.limit === 0 ? null : new Latest<Found>(options.limit);
  for await (const found of findAll(run, options)) {
    if (latest === null) await write(run, found);
    else latest.add(found.item.time, found);
  }
  for (const found of latest?.take() ?? []) await write(run, found);
}

/** Brain has no search of its own: what may fit is read as an export, and looked at here. */
async function* findAll(run: Run, options: Options): AsyncGenerator<Found> {
  const kinds = kindsOf(options);
  const { sources, from } = await findSources(await run.asMember(), options);
  const onRetry = (reason: string): Promise<void> => run.note(`otas: ${reason}; going on behind what came`);
  for (const { brain, sessionId } of sources) {
    for (const kind of kinds) {
      const query = { kind, sessionId, from, until: options.until ?? null, cursor: null };
      for await (const { bytes } of readExport(brain, query, 'ndjson', onRetry)) {
        for (const json of bytes.toString().split('\n')) {
          const found = json === '' ? null : readLine(json, options);
          if (found !== null) yield found;
        }
      }
    }
  }
}

function readLine(json: string, filters: Filters): Found | null {
  const event = parseExactJson(json).value as Exported;
  const item = readItem(event);
  return fits(filters, event, item.isError) ? { json, item } : null;
}

interface Sources {
  readonly sources: readonly { readonly brain: ApiClient; readonly sessionId: string | null }[];
  readonly from: string | null;
}

async function findSources(services: Services, { agent, session, from }: Options): Promise<Sources> {
  if (session !== undefined) {
    const found = await findSession(services, session, agent);
    return { sources: [{ brain: found.brain, sessionId: found.id }], from: from ?? null };
  }
  const agents = await findAgents(services.uasam, agent);
  const sources = agents.map(({ id }) => ({
    brain: services.brain.with({ 'X-OTAS-AGENT-ID': id }),
    sessionId: null,
  }));
  return { sources, from: from ?? formatTime((Date.now() - dayMs) * 1000) };
}

async function write({ out }: Run, { json, item }: Found): Promise<void> {
  // Sessions are version 7 UUIDs, of which the end tells apart what was begun at the same moment.
  if (out.isHuman) await out.line(renderItem(out, item, `…${item.sessionId.slice(-6)}  `));
  else await out.json(json);
}
