import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import type { Person, World } from './world';

const script = path.join(__dirname, '..', '..', 'bin', 'otas.js');

export interface Ended {
  /** Null when a signal ended it. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** Standard input; left out: none. */
  readonly input?: string;
}

/** The command line as a process that runs. */
export interface Running {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  stdout(): string;
  stderr(): string;
  /** Resolves once what it has written is so; rejects when it ends before. */
  until(isSo: () => boolean): Promise<void>;
}

/** Runs `otas` with these arguments, and nothing of this process's environment but the path. */
export function startOtas(args: readonly string[], { env = {}, input }: RunOptions = {}): Running {
  return startProgram(process.execPath, [script, ...args], env, input);
}

export function otas(args: readonly string[], options: RunOptions = {}): Promise<Ended> {
  return startOtas(args, options).ended;
}

/** Runs a line of bash in which `otas` is the command line. */
export function inBash(line: string, env: Readonly<Record<string, string>>): Promise<Ended> {
  const named = `otas() { ${process.execPath} ${script} "$@"; }; ${line}`;
  return startProgram('bash', ['--norc', '-c', named], env).ended;
}

/** Whether there is a program that makes a terminal. */
export const hasTerminal = existsSync('/usr/bin/script');

/** Runs `otas` on a terminal with so many columns; gives what it shows, and is told what is typed, as it is asked for. */
export function onTerminal(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  columns = 100,
): Running {
  const line = ['stty', 'cols', columns, '&&', process.execPath, script, ...args].join(' ');
  return startProgram('script', ['-qec', line, '/dev/null'], { TERM: 'xterm', ...env }, null);
}

function startProgram(
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  input?: string | null,
): Running {
  const child = spawn(program, args, { env: { PATH: process.env.PATH ?? '', ...env } });
  const texts = { stdout: '', stderr: '' };
  let look = (): void => undefined;
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8');
    child[name].on('data', (text: string) => {
      texts[name] += text;
      look();
    });
  }
  if (input !== null) child.stdin.end(input);
  const ended = new Promise<Ended>((resolve) => child.once('close', (code) => resolve({ code, ...texts })));
  const until = (isSo: () => boolean): Promise<void> =>
    new Promise((resolve, reject) => {
      look = () => (isSo() ? resolve() : undefined);
      look();
      void ended.then(() => reject(new Error(`it ended before: ${texts.stdout}${texts.stderr}`)));
    });
  return { child, ended, until, stdout: () => texts.stdout, stderr: () => texts.stderr };
}

/** The environment of somebody who is logged in by it. */
export function envOf(
  world: Pick<World, 'uasam' | 'brain'>,
  { userToken, projectId }: Pick<Person, 'userToken' | 'projectId'>,
): Record<string, string> {
  return {
    OTAS_UASAM_URL: world.uasam.url,
    OTAS_BRAIN_URL: world.brain.url,
    OTAS_USER_TOKEN: userToken,
    OTAS_PROJECT_ID: projectId,
    XDG_CONFIG_HOME: '/nonexistent/otas',
  };
}
