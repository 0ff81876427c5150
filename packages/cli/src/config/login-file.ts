import { chmod, mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { CliError, exitCodes } from '../exit-codes';

/** Who is logged in, where. */
export interface Login {
  readonly uasamUrl: string;
  readonly brainUrl: string;
  readonly email: string;
  readonly userToken: string;
  /** Null until one was chosen. */
  readonly projectId: string | null;
}

interface Where {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly platform: NodeJS.Platform;
  readonly homeDir: string;
}

/** `$XDG_CONFIG_HOME/otas`, else `~/.config/otas`; `%APPDATA%\otas` on Windows. */
export function configDirOf({ env, platform, homeDir }: Where): string {
  if (platform === 'win32') return path.join(env.APPDATA || path.join(homeDir, 'AppData', 'Roaming'), 'otas');
  const base = env.XDG_CONFIG_HOME;
  // The specification of these directories says to ignore a relative path.
  return path.join(base && path.isAbsolute(base) ? base : path.join(homeDir, '.config'), 'otas');
}

/** `credentials.json` in a directory: readable by its owner alone, and replaced as a whole. */
export class LoginFile {
  readonly path: string;
  readonly #platform: NodeJS.Platform;

  constructor(dir: string, platform: NodeJS.Platform) {
    this.path = path.join(dir, 'credentials.json');
    this.#platform = platform;
  }

  /**
   * Null when nobody is logged in.
   *
   * @throws CliError 3 when others may read it, or it is not what {@link write} wrote
   */
  async find(): Promise<Login | null> {
    const text = await readFile(this.path, 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return null;
      throw this.#unusable(`cannot be read (${error.code})`);
    });
    if (text === null) return null;
    await this.#refuseOthers();
    const login = parseLogin(text);
    if (login === null) throw this.#unusable('is damaged: log in again');
    return login;
  }

  /** @throws CliError 1 when the directory or the file cannot be made; a login that was there before is as it was */
  async write(login: Login): Promise<void> {
    const unfinished = `${this.path}.${process.pid}`;
    try {
      await this.#makeDirectory();
      await rm(unfinished, { force: true });
      await writeSynced(unfinished, `${JSON.stringify(toJson(login), null, 2)}\n`);
      await rename(unfinished, this.path);
    } catch (error) {
      // It holds the token.
      await rm(unfinished, { force: true }).catch(() => undefined);
      const { code } = error as NodeJS.ErrnoException;
      if (code === undefined) throw error;
      throw new CliError(exitCodes.failure, `${this.path} cannot be written (${code})`, { cause: error });
    }
  }

  async #makeDirectory(): Promise<void> {
    const dir = path.dirname(this.path);
    await mkdir(dir, { recursive: true, mode: 0o700 });
    if (this.#platform !== 'win32') await chmod(dir, 0o700);
  }

  /** Gives whether there was one. */
  async remove(): Promise<boolean> {
    try {
      await rm(this.path);
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
      throw error;
    }
  }

  async #refuseOthers(): Promise<void> {
    if (this.#platform === 'win32') return;
    const mode = (await stat(this.path)).mode & 0o777;
    if ((mode & 0o077) === 0) return;
    const octal = mode.toString(8).padStart(4, '0');
    throw this.#unusable(`can be read by others (mode ${octal}): chmod 600 it, or log in again`);
  }

  #unusable(why: string): CliError {
    return new CliError(exitCodes.notAllowed, `${this.path} ${why}`);
  }
}

async function writeSynced(file: string, text: string): Promise<void> {
  const handle = await open(file, 'wx', 0o600);
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function toJson({ uasamUrl, brainUrl, email, userToken, projectId }: Login): object {
  const login = { uasam_url: uasamUrl, brain_url: brainUrl, email, user_token: userToken };
  return { ...login, project_id: projectId };
}

function parseLogin(text: string): Login | null {
  try {
    const { uasam_url, brain_url, email, user_token, project_id } = JSON.parse(text);
    const isWhole = [uasam_url, brain_url, email, user_token].every((value) => typeof value === 'string');
    if (!isWhole) return null;
    const projectId = typeof project_id === 'string' ? project_id : null;
    return { uasamUrl: uasam_url, brainUrl: brain_url, email, userToken: user_token, projectId };
  } catch {
    return null;
  }
}
