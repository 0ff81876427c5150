import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { cp, symlink } from 'node:fs/promises';
import path from 'node:path';
import { root } from '../deployment';
import type { Services } from '../services';
import { hasCurl, makeShell, ownCurl, type Shell } from '../shell/run-shell';
import { makeTenant, password } from '../tenant';

/** Where the examples of one document run, one after the other, as one reader would run them. */
export interface Workplace extends Shell {
  /** The variables that the examples may use. */
  readonly env: Readonly<Record<string, string>>;
  /** The database of the running Brain. */
  readonly clickhouseUrl: string;
  /** A text in which the addresses that `npm start` has by default are those of the running services. */
  at(text: string): string;
}

/** Those of our packages and services. */
const folders = ['packages', 'services']
  .flatMap((group) => readdirSync(path.join(root, group)).map((name) => path.join(root, group, name)))
  .filter((folder) => existsSync(path.join(folder, 'package.json')));

interface Manifest {
  readonly name: string;
  readonly bin?: Readonly<Record<string, string>>;
}

const manifestOf = (folder: string): Manifest =>
  JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8'));

const program = (name: string): string => path.join(__dirname, 'programs', `${name}.mjs`);

/** A folder with what the examples find at the project's root, and somebody who is signed up with a project and an agent. */
export async function makeWorkplace(services: Services): Promise<Workplace> {
  const tools = ['docker', 'kubectl', 'npm', 'npx', 'git'].map((name) => [name, program(name)] as const);
  const shell = await makeShell({
    ...Object.fromEntries(tools),
    ...(hasCurl ? {} : { curl: ownCurl }),
    ...ownPrograms(),
  });
  await cp(path.join(root, 'infra'), path.join(shell.dir, 'infra'), { recursive: true });
  for (const name of ['packages', 'services'])
    await symlink(path.join(root, name), path.join(shell.dir, name));
  linkModules(path.join(shell.dir, 'node_modules'));
  const tenant = await makeTenant(services);
  const { url: uasam } = services.uasam;
  const { url: brain } = services.brain;
  const { CLICKHOUSE_URL, CLICKHOUSE_DATABASE } = services.env;
  return {
    ...shell,
    clickhouseUrl: `${CLICKHOUSE_URL}/?database=${CLICKHOUSE_DATABASE}`,
    env: {
      ...{ OTAS_UASAM_URL: uasam, OTAS_BRAIN_URL: brain, UASAM_URL: uasam, BRAIN_URL: brain },
      ...{ OTAS_EMAIL: tenant.email, OTAS_PASSWORD: password, OTAS_USER_TOKEN: tenant.userToken },
      ...{
        OTAS_PROJECT_ID: tenant.projectId,
        OTAS_AGENT_ID: tenant.agentId,
        OTAS_AGENT_KEY: tenant.agentKey,
      },
      ...{ OTAS_SDK_KEY: tenant.sdkKey, OTAS_SESSION_ID: tenant.sessionId },
      OTAS_SESSION_TOKEN: tenant.sessionToken,
      // What the README's five calls set.
      ...{ AGENT_KEY: tenant.agentKey, SESSION_TOKEN: tenant.sessionToken },
    },
    at: (text) =>
      text
        .replace(/http:\/\/(?:127\.0\.0\.1|localhost):8000/g, uasam)
        .replace(/http:\/\/(?:127\.0\.0\.1|localhost):8002/g, brain),
  };
}

/** The programs that our packages install, such as `otas`, by name. */
function ownPrograms(): Record<string, string> {
  const ofPackage = (folder: string): [string, string][] => {
    const { bin = {} } = manifestOf(folder);
    return Object.entries(bin).map(([command, file]) => [command, path.join(folder, file)]);
  };
  return Object.fromEntries(folders.flatMap(ofPackage));
}

/** Modules as an example's reader has installed them: what our packages publish, and what they themselves are tried with. */
function linkModules(dir: string): void {
  const link = (name: string, target: string): void => {
    const place = path.join(dir, name);
    if (existsSync(place)) return;
    mkdirSync(path.dirname(place), { recursive: true });
    symlinkSync(target, place);
  };
  for (const folder of folders) link(manifestOf(folder).name, folder);
  for (const modules of folders.map((folder) => path.join(folder, 'node_modules')).filter(existsSync)) {
    for (const name of readdirSync(modules).filter((one) => !one.startsWith('.'))) {
      const names = name.startsWith('@')
        ? readdirSync(path.join(modules, name)).map((one) => `${name}/${one}`)
        : [name];
      for (const one of names) link(one, path.join(modules, one));
    }
  }
}
