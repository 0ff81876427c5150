import { readdir, readFile, rename, stat, unlink } from 'node:fs/promises';
import path from 'node:path';
import type { LeftEvent, SpoolLeftover } from '../../delivery/spool';
import { parseObject } from '../../record/parse-object';
import { readSessionToken } from '../../session/session-token';
import type { Seal } from './seal';
import { isAbandoned, parseName } from './spool-files';

/** A session's token lasts 30 days: what is older is refused by Brain. */
const ageMaxMs = 31 * 86_400_000;

/**
 * The events in files that processes left which have ended, oldest first. A file is taken by its renaming, so that two
 * who look at once don't both have it; those of another key stay where they are. Never throws.
 *
 * @param newName gives this process's own names
 */
export async function* readLeftovers(
  dir: string,
  seal: Seal,
  newName: () => string,
): AsyncIterable<SpoolLeftover> {
  for (const file of await listAbandoned(dir)) {
    try {
      const text = await readFile(file, 'utf8');
      const events = eventsOf(text, seal);
      if (events === null) continue;
      const taken = path.join(dir, newName());
      await rename(file, taken);
      const remove = (): void => void unlink(taken).catch(() => undefined);
      if (events.length === 0) remove();
      else yield { events, remove };
    } catch {
      // Somebody else took it.
    }
  }
}

async function listAbandoned(dir: string): Promise<string[]> {
  const found: { file: string; modifiedMs: number; number: number }[] = [];
  for (const name of await readdir(dir).catch(() => [])) {
    const parsed = parseName(name);
    if (parsed === null || !isAbandoned(parsed)) continue;
    const file = path.join(dir, name);
    const modifiedMs = await stat(file).then(
      ({ mtimeMs }) => mtimeMs,
      () => 0,
    );
    if (modifiedMs > Date.now() - ageMaxMs) found.push({ file, modifiedMs, number: parsed.number });
    else await unlink(file).catch(() => undefined);
  }
  found.sort((a, b) => a.modifiedMs - b.modifiedMs || a.number - b.number);
  return found.map(({ file }) => file);
}

/** Null when the file's tokens were sealed with another key. A line that was cut by the end of the process is left out. */
function eventsOf(text: string, seal: Seal): LeftEvent[] | null {
  const lanes = new Map<number, Pick<LeftEvent, 'kind' | 'identity'>>();
  const events: LeftEvent[] = [];
  for (const line of text.split('\n')) {
    const { lane, kind, token, of } = parseObject(line);
    if (typeof token === 'string') {
      const opened = seal.open(token);
      if (opened === null) return null;
      const known = kind === 'agent_event' ? kind : 'call';
      lanes.set(Number(lane), { kind: known, identity: readSessionToken(opened) });
    }
    const session = lanes.get(Number(of));
    // As it was written: a parser would round long numbers.
    const json = /^\{"of":\d+,"event":(.*)\}$/s.exec(line)?.[1];
    if (session !== undefined && json !== undefined) events.push({ ...session, json });
  }
  return events;
}
