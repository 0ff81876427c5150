import { readFileSync } from 'node:fs';
import type { BackendEvent } from '@otas/event-schema';

/** Which events may come, as UASAM's import has left it in a file. */
export class ImportScope {
  readonly #projects = new Set<string>();
  readonly #erased = new Set<string>();

  /** @param text lines `project ID`, `erased-agent ID` and `erased-session ID` */
  constructor(text: string) {
    for (const line of text.split('\n')) {
      const [kind, id = ''] = line.split(' ');
      if (kind === 'project') this.#projects.add(id);
      else if (kind === 'erased-agent' || kind === 'erased-session') this.#erased.add(id);
    }
  }

  /** Null without a file: all events may come. */
  static read(file: string | undefined): ImportScope | null {
    return file ? new ImportScope(readFileSync(file, 'utf8')) : null;
  }

  /** Why an event may not come; null: it may. */
  refusal({ projectId, agentId, agentSessionId }: BackendEvent): string | null {
    if (!this.#projects.has(projectId)) return 'its project is not there';
    const isErased = this.#erased.has(agentId) || this.#erased.has(agentSessionId);
    return isErased ? 'its agent or session was deleted in this installation' : null;
  }
}
