import { type ExactJson, type Micros, parseTime } from '@otas/event-schema';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { setAction } from '../add-command';
import type { Context, Run } from '../context';
import { type Agent, findAgents } from '../find-agent';
import type { ApiClient } from '../http/api-client';
import { formatDuration, shortTime } from '../output/format';
import { writeTable } from '../output/table';
import { collect, parseCount, parseMoment } from '../parse-options';

interface Options {
  readonly agent?: string;
  readonly status?: string;
  readonly from?: string;
  readonly until?: string;
  readonly meta?: readonly string[];
  readonly limit: number;
}

interface Listed {
  readonly agent: Agent;
  readonly createdAt: Micros;
  // biome-ignore lint/suspicious/noExplicitAny: a session as UASAM gives it.
  readonly session: any;
  readonly json: ExactJson;
}

const [limitDefault, limitMax, pageMax] = [50, 100_000, 500];

export function addSessionsList(parent: Command, context: Context): void {
  const command = parent
    .command('list')
    .description('the sessions of an agent, or of all active agents, newest first')
    .option('--agent <agent>', 'id, key or name')
    .addOption(
      new Option('--status <status>', 'only these').choices(['active', 'ended', 'revoked', 'expired']),
    )
    .option('--from <time>', 'begun then or later: ISO 8601, or how long ago (2h, 7d)', parseMoment)
    .option('--until <time>', 'begun before', parseMoment)
    .option('--meta <key=value>', 'a value in meta; again for more, all of which hold', collectMeta)
    .option('--limit <count>', 'how many at most', parseCount(1, limitMax), limitDefault);
  setAction<Options>(command, context, list);
}

async function list(run: Run, options: Options): Promise<void> {
  const { out } = run;
  const { uasam } = await run.asMember();
  const agents = await findAgents(uasam, options.agent);
  const found: Listed[] = [];
  for (const agent of agents) found.push(...(await listOfAgent(uasam, agent, options)));
  const shown = found.sort((one, other) => other.createdAt - one.createdAt).slice(0, options.limit);
  if (!out.isHuman) {
    const texts = shown.map(({ agent, session, json }) => json.textOf({ agent_id: agent.id, ...session }));
    return out.json(`{"sessions":[${texts.join(',\n')}]}`);
  }
  if (shown.length === 0) return out.line('no sessions');
  await writeTable(out, shown, [
    { title: 'id', isWhole: true, text: ({ session }) => session.id },
    { title: 'status', text: ({ session }) => session.status },
    { title: 'begun (UTC)', text: ({ session }) => shortTime(session.created_at) },
    { title: 'length', align: 'right', text: lengthOf },
    { title: 'agent', text: ({ agent }) => agent.name },
    { title: 'meta', text: ({ session, json }) => json.textOf(session.meta).slice(0, 200) },
  ]);
}

/** The newest sessions of one agent that are asked for. */
async function listOfAgent(uasam: ApiClient, agent: Agent, options: Options): Promise<Listed[]> {
  const { status = null, from = null, until = null, meta = [], limit } = options;
  const wanted = { agent_id: agent.id, status, from, until, ...Object.fromEntries(meta.map(asCondition)) };
  const found: Listed[] = [];
  let cursor: string | null = null;
  do {
    const page = String(Math.min(pageMax, limit - found.length));
    const json = await uasam.get('/api/agent/v1/sessions/list/', { ...wanted, limit: page, cursor });
    for (const session of json.value.response.sessions) {
      found.push({ agent, createdAt: parseTime(session.created_at) ?? 0, session, json });
    }
    cursor = json.value.response.next_cursor ?? null;
  } while (cursor !== null && found.length < limit);
  return found;
}

function lengthOf({ session, createdAt }: Listed): string {
  const end = session.ended_at === null ? null : parseTime(session.ended_at);
  return end === null ? '' : formatDuration((end - createdAt) / 1000);
}

function collectMeta(text: string, before?: readonly string[]): string[] {
  if (!/^[^=]+=/.test(text)) throw new InvalidArgumentError('Give a key and a value: task=tidy.');
  return collect(text, before);
}

function asCondition(text: string): [string, string] {
  const at = text.indexOf('=');
  return [`meta.${text.slice(0, at)}`, text.slice(at + 1)];
}
