import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import type { ServiceName } from './service-process';

/**
 * Runs a program of a service to its end, with this terminal.
 *
 * @throws Error when it does not end well; it has then said why
 */
export async function runProgram(
  service: ServiceName,
  name: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<void> {
  const script = path.join(__dirname, '..', '..', '..', 'services', service, 'dist', 'bin', `${name}.js`);
  const child = spawn(process.execPath, [script, ...args], { env, stdio: 'inherit' });
  const [code] = await once(child, 'exit');
  if (code !== 0) throw new Error(`${name} of ${service} did not end well`);
}
