import { randomBytes } from 'node:crypto';
import { mkdir, open, readFile, rename } from 'node:fs/promises';
import path from 'node:path';

/** The secrets of the two services, by the names of their environment variables. */
export interface Secrets {
  readonly USER_TOKEN_SECRETS: string;
  readonly SESSION_TOKEN_SECRETS: string;
  readonly KEY_PEPPER: string;
}

const names = ['USER_TOKEN_SECRETS', 'SESSION_TOKEN_SECRETS', 'KEY_PEPPER'] as const;

/** New ones: 256 random bits each. */
export function makeSecrets(): Secrets {
  const [user, session, pepper] = names.map(() => randomBytes(32).toString('base64url')) as [
    string,
    string,
    string,
  ];
  return { USER_TOKEN_SECRETS: user, SESSION_TOKEN_SECRETS: session, KEY_PEPPER: pepper };
}

/**
 * The secrets that are kept in `<dir>/secrets.json` (mode 0600); made on the first call. They are on disk, whole,
 * before anything is signed with them.
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
  if (text !== null) return parse(text, file);
  const secrets = makeSecrets();
  await mkdir(dir, { recursive: true, mode: 0o700 });
  const unfinished = `${file}.${process.pid}`;
  const handle = await open(unfinished, 'w', 0o600);
  await handle.writeFile(`${JSON.stringify(secrets, null, 2)}\n`);
  await handle.sync();
  await handle.close();
  await rename(unfinished, file);
  return secrets;
}

function parse(text: string, file: string): Secrets {
  try {
    const secrets = JSON.parse(text);
    if (names.every((name) => typeof secrets[name] === 'string')) return secrets;
  } catch {
    // Not JSON: told below.
  }
  throw new Error(`${file} is damaged; restore it, or give ${names.join(', ')} in the environment`);
}
