// In place of npm, which would start, install and test things for minutes: holds a command against the package.json that it is
// about. What takes seconds is run.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { refuse, root, takeOptions } from './arguments.mjs';

const { scripts } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));
const args = process.argv.slice(2);
const command = args.shift();

/** The texts of all that may read a script's options. */
function sourcesOf(script) {
  const folders = ['scripts', 'packages/stack/src', `packages/${script}/src`].map((one) =>
    path.join(root, one),
  );
  return folders
    .filter(existsSync)
    .flatMap((folder) => readdirSync(folder, { recursive: true }).map((file) => path.join(folder, file)))
    .filter((file) => file.endsWith('.mjs') || file.endsWith('.ts'))
    .map((file) => readFileSync(file, 'utf8'))
    .join('\n');
}

function checkScript(script) {
  if (!(script in scripts)) refuse(`package.json has no script ${script}`);
  if (script === 'demo')
    process.exit(
      spawnSync(process.execPath, [path.join(root, 'scripts/demo.mjs')], { stdio: 'inherit' }).status ?? 1,
    );
  const sources = sourcesOf(script);
  for (const option of args.filter((arg) => arg.startsWith('--') && arg !== '--')) {
    if (!new RegExp(`${option}\\b|\\b${option.slice(2)}['"]?: \\{ type`).test(sources))
      refuse(`${script} does not know ${option}`);
  }
}

if (command === 'start' || command === 'test') checkScript(command);
else if (command === 'run') checkScript(args.shift());
else if (command === 'install') {
  takeOptions(args, { '--global': false, '-g': false, '--save-dev': false });
  const folders = readdirSync(path.join(root, 'packages'));
  const manifests = folders
    .map((name) => path.join(root, 'packages', name, 'package.json'))
    .filter(existsSync);
  const names = manifests
    .map((file) => JSON.parse(readFileSync(file, 'utf8')))
    .filter((one) => !one.private)
    .map((one) => one.name);
  for (const name of args)
    if (name.startsWith('@otas/') && !names.includes(name)) refuse(`no package ${name} is published`);
} else refuse(`${command} is not known here`);
