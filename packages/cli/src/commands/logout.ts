import type { Command } from 'commander';
import { setAction } from '../add-command';
import type { Context, Run } from '../context';

interface Options {
  readonly everywhere?: true;
}

export function addLogout(program: Command, context: Context): void {
  const command = program
    .command('logout')
    .description('forget the login')
    .option('--everywhere', 'first end every token of the user, on all machines');
  setAction<Options>(command, context, logOut);
}

async function logOut(run: Run, { everywhere }: Options): Promise<void> {
  const { out, context } = run;
  if (everywhere) await (await run.asUser()).post('/api/user/v1/logout-everywhere/');
  const wasLoggedIn = await context.loginFile.remove();
  if (!out.isHuman) return out.json(JSON.stringify({ was_logged_in: wasLoggedIn }));
  await out.line(wasLoggedIn ? 'logged out' : 'nobody was logged in');
}
