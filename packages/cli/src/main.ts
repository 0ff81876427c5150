import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { CommanderError } from 'commander';
import { configDirOf, LoginFile } from './config/login-file';
import type { Context } from './context';
import { CliError, type ExitCode, exitCodes } from './exit-codes';
import { buildProgram } from './program';

const { version } = JSON.parse(readFileSync(path.join(__dirname, '..', 'package.json'), 'utf8'));

function makeContext(): Context {
  const { env, platform, stdin, stdout, stderr } = process;
  const configDir = configDirOf({ env, platform, homeDir: homedir() });
  return { env, stdin, stdout, stderr, loginFile: new LoginFile(configDir, platform), version };
}

/** What went wrong, in one line on standard error; commander has said by itself what it could not read. */
function report(error: unknown): ExitCode {
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
  if (isBrokenPipe(error)) return exitCodes.ok;
  if (error instanceof CliError) {
    process.stderr.write(`otas: ${error.message}\n`);
    return error.exitCode;
  }
  process.stderr.write(`otas: a fault of this program: ${(error as Error)?.stack ?? error}\n`);
  return exitCodes.failure;
}

const isBrokenPipe = (error: unknown): boolean => (error as NodeJS.ErrnoException)?.code === 'EPIPE';

async function main(): Promise<ExitCode> {
  try {
    await buildProgram(makeContext()).parseAsync();
    return exitCodes.ok;
  } catch (error) {
    return report(error);
  }
}

process.on('SIGINT', () => process.exit(exitCodes.interrupted));
// Whoever reads has had enough, as head has; the write that failed ends the command.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error) => process.exit(isBrokenPipe(error) ? exitCodes.ok : exitCodes.failure));
}
void main().then((code) => process.exit(code));
