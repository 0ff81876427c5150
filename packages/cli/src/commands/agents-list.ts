import type { Command } from 'commander';
import { setAction } from '../add-command';
import type { Context, Run } from '../context';
import { type Agent, listAgents } from '../find-agent';
import { shortTime } from '../output/format';
import { writeTable } from '../output/table';

interface Options {
  readonly all?: true;
}

export function addAgentsList(parent: Command, context: Context): void {
  const command = parent
    .command('list')
    .description('the agents of the project, newest first')
    .option('--all', 'also those that are inactive');
  setAction<Options>(command, context, list);
}

async function list(run: Run, { all }: Options): Promise<void> {
  const { out } = run;
  const agents = await listAgents((await run.asMember()).uasam, all === true);
  if (!out.isHuman) return out.json(JSON.stringify({ agents }));
  if (agents.length === 0) return out.line('the project has no agent: otas agents create');
  await writeTable<Agent>(out, agents, [
    { title: 'id', isWhole: true, text: ({ id }) => id },
    { title: 'name', text: ({ name }) => name },
    { title: 'provider', text: ({ provider }) => provider },
    { title: 'state', text: ({ is_active }) => (is_active ? 'active' : 'inactive') },
    { title: 'keys', align: 'right', text: ({ agent_keys: keys }) => String(keys.length) },
    { title: 'created (UTC)', text: ({ created_at }) => shortTime(created_at) },
  ]);
}
