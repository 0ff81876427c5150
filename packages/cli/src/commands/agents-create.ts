import type { Command } from 'commander';
import { setAction } from '../add-command';
import type { Context, Run } from '../context';
import { showNewKey } from '../show-new-key';

interface Options {
  readonly provider: string;
  readonly description?: string;
  readonly ref?: string;
}

export function addAgentsCreate(parent: Command, context: Context): void {
  const command = parent
    .command('create <name>')
    .description('make an agent; its key is shown once (Admins)')
    .requiredOption('--provider <provider>', 'who runs it, or which model it is')
    .option('--description <text>', 'what it is for')
    .option('--ref <key>', 'a key of its own for the v2 API: agt_…');
  setAction<Options>(command, context, create);
}

async function create(run: Run, { provider, description, ref }: Options, name: string): Promise<void> {
  const { uasam } = await run.asMember();
  const answer = await uasam.post('/api/agent/v1/create/', {
    agent_name: name,
    agent_provider: provider,
    agent_description: description,
    agent_ref: ref,
  });
  const { agent, agent_key: key } = answer.value.response;
  await showNewKey(run, agent, key, { agent, agent_key: key });
}
