import type { Run } from './context';
import { escapeText } from './output/escape';
import { shortTime } from './output/format';
import { renderPairs } from './output/table';

/** A key as it is answered once, when it is made. */
export interface NewKey {
  readonly id: string;
  readonly prefix: string;
  readonly api_key: string;
  readonly expires_at: string;
}

/** The one place where a secret is written to standard output; people are told that it does not come again. */
export async function showNewKey(
  run: Run,
  agent: { readonly id: string; readonly name: string },
  key: NewKey,
  document: object,
): Promise<void> {
  const { out } = run;
  if (out.isHuman) {
    const pairs = [
      ['agent', `${escapeText(agent.name)}  ${agent.id}`],
      ['key', out.style.bold(escapeText(key.api_key))],
      ['good until', `${shortTime(key.expires_at)} UTC`],
    ] as const;
    await out.line(renderPairs(out, pairs));
  } else {
    await out.json(JSON.stringify(document));
  }
  await run.note(
    'otas: the key is shown this once and never again; keep it where only the agent can read it',
  );
}
