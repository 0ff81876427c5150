import type { Command } from 'commander';
import { setAction } from '../add-command';
import { type Addresses, defaultAddresses, parseAddress } from '../config/addresses';
import type { Login } from '../config/login-file';
import { readAddresses } from '../config/settings';
import type { Context, Run } from '../context';
import { usageError } from '../exit-codes';
import { ApiClient } from '../http/api-client';
import { escapeText } from '../output/escape';
import { Prompt, readStdin } from '../prompt';

interface Options {
  readonly email?: string;
  readonly passwordStdin?: true;
  readonly uasamUrl?: string;
  readonly brainUrl?: string;
}

interface Project {
  readonly id: string;
  readonly name: string;
  readonly is_active: boolean;
}

export function addLogin(program: Command, context: Context): void {
  const command = program
    .command('login')
    .description('log in, and keep the token (30 days) in the user’s configuration directory')
    .option('--email <email>', 'asked for when left out')
    .option('--password-stdin', 'read the password from standard input instead of asking for it')
    .option('--uasam-url <url>', `address of UASAM (${defaultAddresses.uasamUrl})`)
    .option('--brain-url <url>', `address of Brain (${defaultAddresses.brainUrl})`);
  setAction<Options>(command, context, logIn);
}

async function logIn(run: Run, options: Options): Promise<void> {
  const { context } = run;
  const addresses = addressesOf(options, context.env);
  const { email, password } = await readCredentials(context, options);
  const uasam = new ApiClient('UASAM', addresses.uasamUrl);
  const answer = await uasam.post('/api/user/v1/login/', { email, password });
  const { user, jwt_token: userToken } = answer.value.response;
  const asUser = uasam.with({ 'X-OTAS-USER-TOKEN': userToken });
  const listed = await asUser.get('/api/project/v1/list/');
  const projects = (listed.value.response_body.projects as Project[]).filter((project) => project.is_active);
  const only = projects.length === 1 ? (projects[0] as Project) : null;
  const login: Login = { ...addresses, email: user.email, userToken, projectId: only?.id ?? null };
  await context.loginFile.write(login);
  await report(run, login, only, projects.length);
}

function addressesOf({ uasamUrl, brainUrl }: Options, env: Context['env']): Addresses {
  const fallback = readAddresses(env, defaultAddresses);
  return {
    uasamUrl: uasamUrl === undefined ? fallback.uasamUrl : parseAddress(uasamUrl, '--uasam-url'),
    brainUrl: brainUrl === undefined ? fallback.brainUrl : parseAddress(brainUrl, '--brain-url'),
  };
}

/** @throws CliError 2 when they are not given, and nobody can be asked */
async function readCredentials(
  context: Context,
  { email, passwordStdin }: Options,
): Promise<{ email: string; password: string }> {
  if (passwordStdin) {
    if (email === undefined) throw usageError('--password-stdin needs --email');
    return { email, password: await readStdin(context.stdin) };
  }
  const prompt = new Prompt(context);
  try {
    const given = email ?? (await prompt.ask('E-mail: '));
    return { email: given, password: await prompt.ask('Password: ', true) };
  } finally {
    prompt.close();
  }
}

async function report(
  { out, context }: Run,
  login: Login,
  only: Project | null,
  count: number,
): Promise<void> {
  const file = context.loginFile.path;
  if (!out.isHuman) {
    const { email, uasamUrl, brainUrl, projectId } = login;
    const answer = { email, uasam_url: uasamUrl, brain_url: brainUrl, project_id: projectId, file };
    return out.json(JSON.stringify(answer));
  }
  await out.line(`logged in as ${escapeText(login.email)}; the token is in ${file}`);
  if (only !== null) await out.line(`project: ${escapeText(only.name)}  ${only.id}`);
  else await out.line(count === 0 ? 'this user has no project' : 'choose a project: otas projects use');
}
