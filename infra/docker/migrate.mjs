// The migration job: brings both databases to the schema of this version, and ends. It may be run again at any time.
import { spawn } from 'node:child_process';
import { once } from 'node:events';

for (const service of ['uasam', 'brain']) {
  const script = new URL(`${service}/dist/bin/migrate.js`, import.meta.url).pathname;
  const child = spawn(process.execPath, [script], { stdio: 'inherit' });
  // As the first process of a container this one hears no signal that it does not listen to.
  const passOn = (signal) => child.kill(signal);
  for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, passOn);
  const [code] = await once(child, 'exit');
  for (const signal of ['SIGTERM', 'SIGINT']) process.off(signal, passOn);
  if (code !== 0) process.exit(code ?? 1);
}
