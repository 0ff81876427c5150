import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';

/** The user `node` of the base image. */
const imageUser = { uid: 1000, gid: 1000 };

/**
 * Who runs what is checked: as in the image a user who owns nothing in it. That takes root; without it, or where that
 * user cannot reach Node.js, it is the user who checks.
 */
export const user = isRoot() && canRunNode(imageUser) ? imageUser : {};

/** Whether that user can be held from writing: root cannot. */
export const mayNotWrite = user.uid !== undefined || !isRoot();

function isRoot() {
  return process.getuid?.() === 0;
}

function canRunNode(as) {
  return spawnSync(process.execPath, ['--version'], { ...as, cwd: '/' }).status === 0;
}

/**
 * Runs a command of a stage in its tree, with the environment of the stage and `env` and nothing else.
 *
 * @returns a process that ended within `timeoutMs` (milliseconds): its code, null after a signal, and what it printed
 */
export async function runIn(tree, command, env, timeoutMs) {
  const child = start(tree, command, env);
  const timer = setTimeout(() => child.process.kill('SIGKILL'), timeoutMs);
  const [code] = await once(child.process, 'close');
  clearTimeout(timer);
  return { code, output: child.output() };
}

/** Starts a command of a stage in its tree; `output` gives what it has printed so far, on both outputs. */
export function start(tree, [program, ...args], env) {
  if (program !== 'node') throw new Error(`an image runs node, not ${program}`);
  const child = spawn(process.execPath, args, {
    ...user,
    cwd: tree,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (text += chunk));
  return { process: child, output: () => text };
}

/** Tells a process to end as Docker does; gives its code (null: it had to be killed) and how long it took. */
export async function stop(child, timeoutMs) {
  const startedMs = performance.now();
  if (child.exitCode === null) {
    const ended = once(child, 'exit');
    child.kill('SIGTERM');
    const timer = setTimeout(() => child.kill('SIGKILL'), timeoutMs);
    await ended;
    clearTimeout(timer);
  }
  return { code: child.exitCode, tookMs: performance.now() - startedMs };
}
