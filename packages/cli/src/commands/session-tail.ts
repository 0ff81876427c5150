import { parseExactJson } from '@otas/event-schema';
import type { Command } from 'commander';
import { setAction } from '../add-command';
import type { Context, Run } from '../context';
import { findSession } from '../find-session';
import { parseCount } from '../parse-options';
import { followTimeline } from '../timeline/follow-timeline';
import { readItem } from '../timeline/item';
import { renderItem } from '../timeline/item-line';

interface Options {
  readonly agent?: string;
  readonly lines: number;
}

const [linesDefault, linesMax] = [10, 10_000];

export function addSessionTail(parent: Command, context: Context): void {
  const command = parent
    .command('tail <session>')
    .description('the last events of a session, then each that arrives, until Ctrl-C')
    .option('--agent <agent>', 'id, key or name of its agent (looked for when left out)')
    .option(
      '-n, --lines <count>',
      'how many of the events that are there already, 0 to 10000',
      parseCount(0, linesMax),
      linesDefault,
    );
  setAction<Options>(command, context, tail);
}

async function tail(run: Run, { agent, lines }: Options, text: string): Promise<void> {
  const session = await findSession(await run.asMember(), text, agent);
  let isLive = false;
  let before: string[] = [];
  for await (const part of followTimeline(session.brain, session.id)) {
    if (part.kind === 'lost') {
      await run.note(`otas: ${part.reason}; trying again`);
    } else if (part.kind === 'live') {
      isLive = true;
      for (const json of before.slice(-lines)) await write(run, json);
      before = [];
    } else if (isLive) {
      await write(run, part.json);
    } else if (lines > 0) {
      before.push(part.json);
      if (before.length >= 2 * lines) before = before.slice(-lines);
    }
  }
}

async function write({ out }: Run, json: string): Promise<void> {
  if (out.isHuman)
    await out.line(renderItem(out, readItem(parseExactJson(json).value as Record<string, unknown>)));
  else await out.json(json);
}
