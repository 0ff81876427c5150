import type { Command } from 'commander';
import { type CommonOptions, type Context, Run } from './context';

/** What a command does, with its options and then its arguments. */
export type Action<Options> = (run: Run, options: Options, ...args: string[]) => Promise<void>;

/** Makes an action that of a command. */
export function setAction<Options>(command: Command, context: Context, action: Action<Options>): void {
  command.action(async (...given: unknown[]) => {
    const args = given.slice(0, -2) as string[];
    const options = command.optsWithGlobals() as Options & CommonOptions;
    await action(new Run(context, options), options, ...args);
  });
}
