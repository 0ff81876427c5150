import { Command, Option } from 'commander';
import { addAgentsCreate } from './commands/agents-create';
import { addAgentsList } from './commands/agents-list';
import { addAgentsRotateKey } from './commands/agents-rotate-key';
import { addCompletion } from './commands/completion';
import { addDoctor } from './commands/doctor';
import { addEventsSearch } from './commands/events-search';
import { addExport } from './commands/export';
import { addLogin } from './commands/login';
import { addLogout } from './commands/logout';
import { addProjects } from './commands/projects';
import { addSessionShow } from './commands/session-show';
import { addSessionTail } from './commands/session-tail';
import { addSessionsList } from './commands/sessions-list';
import type { Context } from './context';

/** Every command. Parsing throws a CommanderError for what it cannot read; an action throws a CliError. */
export function buildProgram(context: Context): Command {
  const program = new Command('otas')
    .description('The record of what AI agents did.')
    .version(context.version)
    .addOption(new Option('--json', 'JSON, as it is wherever no terminal reads').conflicts('human'))
    .addOption(new Option('--human', 'text for people, as it is on a terminal'))
    .configureHelp({ showGlobalOptions: true })
    .exitOverride()
    .configureOutput({ writeErr: (text) => context.stderr.write(text, () => undefined) });
  addLogin(program, context);
  addLogout(program, context);
  addProjects(program, context);
  const agents = program.command('agents').description('the agents of the project, and their keys');
  addAgentsList(agents, context);
  addAgentsCreate(agents, context);
  addAgentsRotateKey(agents, context);
  const sessions = program.command('sessions').description('the sessions of agents');
  addSessionsList(sessions, context);
  const session = program.command('session').description('what happened in one session');
  addSessionShow(session, context);
  addSessionTail(session, context);
  const events = program.command('events').description('what agents did, wherever they did it');
  addEventsSearch(events, context);
  addExport(program, context);
  addDoctor(program, context);
  addCompletion(program, context);
  return program;
}
