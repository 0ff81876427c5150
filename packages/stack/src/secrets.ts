import { randomBytes } from 'node:crypto';
import { mkdir, open, readFile, rename } from 'node:fs/promises';
import path from 'node:path';

const firstNames = ['USER_TOKEN_SECRETS', 'SESSION_TOKEN_SECRETS', 'KEY_PEPPER'] as const;
/** Those that a file of an earlier version does not have. */
const laterNames = ['SERVICE_TOKENS', 'UASAM_SERVICE_TOKEN'] as const;
const names = [...firstNames, ...laterNames];

/** The secrets of the two services, by the names of their environment variables. */
export type Secrets = Readonly<Record<(typeof names)[number], string>>;

/** New ones: 256 random bits each. The token with which Brain asks UASAM is the one that UASAM accepts. */
export function makeSecrets(): Secrets {
  const serviceToken = newSecret();
  return {
    USER_TOKEN_SECRETS: newSecret(),
    SESSION_TOKEN_SECRETS: newSecret(),
    KEY_PEPPER: newSecret(),
    SERVICE_TOKENS: serviceToken,
    UASAM_SERVICE_TOKEN: serviceToken,
  };
}

const newSecret = (): string => randomBytes(32).toString('base64url');

/**
 * The secrets that are kept in `<dir>/secrets.json` (mode 0600); made on the first call. A file of an earlier version
 * gets what it lacks, and keeps what it has. They are on disk, whole, before anything is signed with them.
 *
 * @throws Error when the file is there and is not what this function wrote: to make new ones over it would end every
 *   key and token.
 */
export async function readOrMakeSecrets(dir: string): Promise<Secrets> {
  const file = path.join(dir, 'secrets.json');
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
  const kept = text === null ? {} : parse(text, file);
  const isWhole = names.every((name) => name in kept);
  const secrets = { ...makeSecrets(), ...kept };
  if (!isWhole) await write(file, secrets);
  return secrets;
}

async function write(file: string, secrets: Secrets): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
  const unfinished = `${file}.${process.pid}`;
  const handle = await open(unfinished, 'w', 0o600);
  await handle.writeFile(`${JSON.stringify(secrets, null, 2)}\n`);
  await handle.sync();
  await handle.close();
  await rename(unfinished, file);
}

/** Those that came with one version are all there or all missing: a token alone would be one that nobody accepts. */
function parse(text: string, file: string): Partial<Secrets> {
  try {
    const secrets = JSON.parse(text);
    const isGiven = (name: string): boolean => typeof secrets[name] === 'string';
    const isMissing = (name: string): boolean => secrets[name] === undefined;
    const hasLater = laterNames.every(isGiven) || laterNames.every(isMissing);
    if (firstNames.every(isGiven) && hasLater) return secrets;
  } catch {
    // Not JSON: told below.
  }
  throw new Error(`${file} is damaged; restore it, or give ${names.join(', ')} in the environment`);
}

/**
 * The service tokens of both sides, where the environment gives those of one side only: Brain sends the first of
 * `SERVICE_TOKENS`, UASAM accepts `UASAM_SERVICE_TOKEN`.
 */
export function givenServiceTokens(env: Readonly<Record<string, string>>): Record<string, string> {
  const accepted = env.SERVICE_TOKENS || env.UASAM_SERVICE_TOKEN;
  if (!accepted) return {};
  const [first = ''] = accepted.split(',');
  return { SERVICE_TOKENS: accepted, UASAM_SERVICE_TOKEN: env.UASAM_SERVICE_TOKEN || first.trim() };
}
