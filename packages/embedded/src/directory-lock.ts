import { link, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** A directory that this process alone may use until it releases it or ends. */
export interface DirectoryLock {
  release(): Promise<void>;
}

/**
 * Takes a directory for this process. The lock is a file `lock` with the process id and the time that process
 * started; the lock of a process that is gone, for instance after `kill -9`, is taken over.
 *
 * @throws Error naming the process that holds the directory.
 */
export async function lockDirectory(dir: string): Promise<DirectoryLock> {
  const path = join(dir, 'lock');
  const mine = `${process.pid} ${await startOf(process.pid)}\n`;
  for (let attempt = 0; attempt < 10; attempt++) {
    if (await create(path, mine)) return { release: () => rm(path, { force: true }) };
    const held = await readFile(path, 'utf8').catch(() => '');
    const [pid, start] = held.trim().split(' ');
    if (await isAlive(Number(pid), start)) {
      throw new Error(`the directory ${dir} is in use by process ${pid} (see ${path})`);
    }
    await removeStale(path, held);
  }
  throw new Error(`the directory ${dir} cannot be locked (see ${path})`);
}

/** Creates the lock with its content in one step, so that nobody ever reads half of it. */
async function create(path: string, content: string): Promise<boolean> {
  const draft = `${path}.${process.pid}`;
  await writeFile(draft, content, { mode: 0o600 });
  try {
    await link(draft, path);
    return true;
  } catch (err) {
    if ((err as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw err;
  } finally {
    await rm(draft, { force: true });
  }
}

/** Two processes may find the same stale lock: only what was judged stale is removed, never the other's new one. */
async function removeStale(path: string, judged: string): Promise<void> {
  const aside = `${path}.stale.${process.pid}`;
  try {
    await rename(path, aside);
  } catch {
    return;
  }
  if ((await readFile(aside, 'utf8')) !== judged) await link(aside, path).catch(() => undefined);
  await rm(aside, { force: true });
}

async function isAlive(pid: number, start: string | undefined): Promise<boolean> {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
  } catch (err) {
    if ((err as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  return (await startOf(pid)) === start;
}

/**
 * Tells a process from a later one with the same id; `-` where the system does not say (no /proc), `ended` for one that
 * only waits for its parent to take note.
 */
async function startOf(pid: number): Promise<string> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  // The second field is the program's name in parentheses and may hold spaces; starttime is field 22.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields[0] === 'Z' || fields[0] === 'X' ? 'ended' : (fields[19] ?? '-');
}
