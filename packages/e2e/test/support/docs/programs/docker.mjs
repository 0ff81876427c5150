// In place of Docker, which no build machine has: holds a command against docker-compose.yml and what it names.
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';
import { refuse, root, takeOptions } from './arguments.mjs';

const { services } = parse(readFileSync(path.join(root, 'docker-compose.yml'), 'utf8'), { merge: true });
const profilesOf = (service) => services[service]?.profiles ?? [];
const args = process.argv.slice(2);

function serviceOf(name, profiles) {
  if (!(name in services)) refuse(`there is no service ${name}`);
  const needed = profilesOf(name);
  if (needed.length > 0 && !needed.some((one) => profiles.includes(one)))
    refuse(`${name} wants the profile ${needed}`);
  return services[name];
}

/** What is run in a container: a program of ours must be in its image, which has the service's folder. */
function checkProgram(name, [program, script]) {
  const { target } = services[name].build ?? {};
  if (program !== 'node') return;
  if (!existsSync(path.join(root, 'services', target, script))) refuse(`${target} has no ${script}`);
}

function checkBuildArguments(options) {
  const declared = readFileSync(path.join(root, 'infra/docker/Dockerfile'), 'utf8');
  for (const [, value] of options.filter(([option]) => option === '--build-arg')) {
    const [name] = value.split('=');
    if (!new RegExp(`^ARG ${name}\\b`, 'm').test(declared)) refuse(`the Dockerfile has no argument ${name}`);
  }
}

const commands = {
  up: (profiles) => {
    takeOptions(args, { '--build': false, '--detach': false });
    for (const name of args) serviceOf(name, profiles);
  },
  build: (profiles) => {
    checkBuildArguments(takeOptions(args, { '--build-arg': true }));
    for (const name of args) serviceOf(name, profiles);
  },
  ps: () => takeOptions(args, {}),
  down: () => takeOptions(args, { '--volumes': false }),
  logs: (profiles) => {
    takeOptions(args, { '--follow': false });
    for (const name of args) serviceOf(name, profiles);
  },
  run: (profiles) => {
    takeOptions(args, { '--rm': false, '--no-deps': false, '-v': true });
    const [name, ...program] = args;
    serviceOf(name, profiles);
    checkProgram(name, program);
  },
  exec: (profiles) => {
    takeOptions(args, { '-T': false });
    serviceOf(args[0], profiles);
  },
};

if (args[0] === 'compose') {
  args.shift();
  const profiles = takeOptions(args, { '--profile': true }).map(([, profile]) => profile);
  const known = Object.keys(services).flatMap(profilesOf);
  for (const profile of profiles) if (!known.includes(profile)) refuse(`there is no profile ${profile}`);
  const command = args.shift();
  (commands[command] ?? refuse(`compose ${command} is not known here`))(profiles);
} else if (args.slice(0, 3).join(' ') !== 'buildx imagetools inspect') refuse(`${args[0]} is not known here`);
