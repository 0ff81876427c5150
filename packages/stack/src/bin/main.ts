import { createWriteStream, mkdirSync, rmSync, statSync, type WriteStream } from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Stack, startStack } from '../stack';

const readyPollMs = 100;
const slowStartMs = 15_000;
const logMaxBytes = 20 * 1024 * 1024;
/** One Ctrl-C can arrive twice: from the terminal, and passed on by npm. */
const sameSignalMs = 200;

/** `npm start`: runs everything in the foreground until a signal, and ends with code 0 after an orderly stop. */
async function main(): Promise<void> {
  const env = ownEnvironment();
  const dataDir = path.resolve(process.env.OTAS_DATA_DIR || '.otas');
  await refuseTakenPorts(env);
  const logs = openLogs(dataDir);
  let stack: Stack | null = null;
  const starting = startStack({
    dataDir,
    env,
    onProgress: (text) => console.log(`otas: ${text} …`),
    onLog: (service, chunk) => logs[service].write(chunk),
    onError: (_service, chunk) => process.stderr.write(chunk),
    onUnexpectedExit: (name, exit) => {
      console.error(
        `otas: ${name} ended by itself (${exit.signal ?? `code ${exit.code}`}); see ${dataDir}/logs`,
      );
      void stop(1);
    },
  });
  let stopping: Promise<never> | null = null;
  const stop = (code: number): Promise<never> => {
    // While it starts there is nothing to finish, and every part ends with this process.
    stopping ??= Promise.resolve(stack?.stop()).then(() => process.exit(code));
    return stopping;
  };
  stopOnSignal(() => stop(0));
  stopWithoutParent(() => stop(0));
  const slow = setTimeout(() => console.log(`otas: still starting; ${dataDir}/logs says why`), slowStartMs);
  stack = await starting;
  await waitUntilReady(stack);
  clearTimeout(slow);
  if (stopping === null) announce(stack, dataDir);
}

/** The settings that were given, and what differs between a laptop and a server. */
function ownEnvironment(): Record<string, string> {
  const given = Object.entries(process.env).filter((entry): entry is [string, string] => Boolean(entry[1]));
  return { HOST: '127.0.0.1', AUTH_ATTEMPTS_PER_ADDRESS_PER_MINUTE: '0', ...Object.fromEntries(given) };
}

async function refuseTakenPorts(env: Record<string, string>): Promise<void> {
  const host = env.HOST ?? '127.0.0.1';
  const wanted: Record<string, string> = {
    UASAM_PORT: env.UASAM_PORT ?? '8000',
    BRAIN_PORT: env.BRAIN_PORT ?? '8002',
    ...given(env, ['UASAM_INTERNAL_PORT', 'UASAM_METRICS_PORT', 'BRAIN_METRICS_PORT']),
  };
  for (const [name, text] of Object.entries(wanted)) {
    const port = Number(text);
    // What is not a port is reported by the service, with all other faults of the settings.
    if (!Number.isInteger(port) || port < 1 || port > 65_535) continue;
    const code = await tryPort(host, port);
    if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND')
      throw new Error(`HOST ${host} is no address of this machine`);
    if (code !== null) {
      const reason = code === 'EADDRINUSE' ? 'is taken by another process' : `cannot be used (${code})`;
      throw new Error(`port ${port} ${reason}; set ${name} to another one`);
    }
  }
  const names = Object.keys(wanted);
  for (const name of names) {
    const other = names.find((one) => one > name && wanted[one] === wanted[name] && wanted[one] !== '0');
    if (other !== undefined) throw new Error(`${name} and ${other} are both ${wanted[name]}`);
  }
}

function given(env: Record<string, string>, names: readonly string[]): Record<string, string> {
  return Object.fromEntries(names.flatMap((name) => (env[name] ? [[name, env[name]]] : [])));
}

function tryPort(host: string, port: number): Promise<string | null> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? 'unknown'));
    server.listen(port, host, () => server.close(() => resolve(null)));
  });
}

function openLogs(dataDir: string): Record<'uasam' | 'brain', WriteStream> {
  const dir = path.join(dataDir, 'logs');
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const open = (name: string): WriteStream => {
    const file = path.join(dir, `${name}.log`);
    if ((statSync(file, { throwIfNoEntry: false })?.size ?? 0) > logMaxBytes) rmSync(file);
    return createWriteStream(file, { flags: 'a', mode: 0o600 });
  };
  return { uasam: open('uasam'), brain: open('brain') };
}

function stopOnSignal(stop: () => void): void {
  let firstAtMs: number | null = null;
  const onSignal = (): void => {
    if (firstAtMs === null) {
      firstAtMs = performance.now();
      console.log('otas: stopping; once more ends everything at once');
      stop();
    } else if (performance.now() - firstAtMs > sameSignalMs) {
      // Every part ends when its connection to this process does.
      process.exit(130);
    }
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  process.on('SIGHUP', onSignal);
}

/** npm that was killed passes no signal on. */
function stopWithoutParent(stop: () => void): void {
  if (process.env.npm_lifecycle_event === undefined) return;
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    stop();
  }, 1000);
  timer.unref();
}

async function waitUntilReady(stack: Stack): Promise<void> {
  for (const { url } of [stack.uasam, stack.brain]) {
    while (!(await isReady(url))) await sleep(readyPollMs);
  }
}

async function isReady(url: string): Promise<boolean> {
  try {
    return (await fetch(`${url}/readyz`)).status === 200;
  } catch {
    return false;
  }
}

function announce(stack: Stack, dataDir: string): void {
  const lines = [
    `otas: ready. UASAM ${stack.uasam.url}, Brain ${stack.brain.url}`,
    `  data and secrets   ${dataDir}`,
    `  logs               ${path.join(dataDir, 'logs')}`,
    '  try next           npm run demo, in another terminal; or the five calls in README.md',
    '  stop               Ctrl-C',
  ];
  console.log(lines.join('\n'));
}

main().catch((error: unknown) => {
  console.error(`otas: ${error instanceof Error ? error.message : String(error)}`);
  process.exit(1);
});
