import type { Command } from 'commander';
import { setAction } from '../add-command';
import type { Context, Run } from '../context';
import { notFound, usageError } from '../exit-codes';
import { type Agent, type AgentKey, findAgent } from '../find-agent';
import { escapeText } from '../output/escape';
import { parseCount, parseSeconds } from '../parse-options';
import { showNewKey } from '../show-new-key';

interface Options {
  readonly key?: string;
  readonly overlap?: number;
  readonly days?: number;
}

export function addAgentsRotateKey(parent: Command, context: Context): void {
  const command = parent
    .command('rotate-key <agent>')
    .description('a new key in the place of one; it is shown once (Admins)')
    .option('--key <key>', 'id or prefix of the old one, where the agent has several')
    .option(
      '--overlap <time>',
      'how long the old one stays good: 90s, 15m, 2h, 7d (not at all)',
      parseSeconds,
    )
    .option('--days <count>', 'how long the new one is good, 1 to 300 (30)', parseCount(1, 300));
  setAction<Options>(command, context, rotate);
}

async function rotate(run: Run, { key, overlap, days }: Options, text: string): Promise<void> {
  const { uasam } = await run.asMember();
  const agent = await findAgent(uasam, text);
  const answer = await uasam.post('/api/agent/v1/agents/key/rotate/', {
    agent_key_id: chooseKey(agent, key).id,
    expires_in_seconds: overlap,
    validity: days,
  });
  const { agent_key: made, replaced } = answer.value.response;
  const document = { agent_id: agent.id, agent_key: made, replaced };
  await showNewKey(run, agent, made, document);
}

/** @throws CliError 4 when there is none such, 2 when it is not said which of several */
function chooseKey({ agent_keys: keys }: Agent, text: string | undefined): AgentKey {
  const fitting = text === undefined ? keys : keys.filter(({ id, prefix }) => id === text || prefix === text);
  const [first, ...others] = fitting;
  if (first === undefined) {
    throw notFound(text === undefined ? 'the agent has no good key' : `no good key ${escapeText(text)}`);
  }
  if (others.length > 0) {
    const prefixes = keys.map(({ prefix }) => escapeText(prefix)).join(', ');
    throw usageError(`the agent has ${keys.length} good keys: name one with --key (${prefixes})`);
  }
  return first;
}
