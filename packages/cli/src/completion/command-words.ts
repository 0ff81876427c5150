import type { Command, Option } from 'commander';

/** What may be completed behind one command. */
export interface CommandWords {
  /** The command with those above it, from the program's own name on. */
  readonly path: readonly string[];
  readonly subcommands: readonly { readonly name: string; readonly description: string }[];
  readonly options: readonly OptionWords[];
  /** What its first argument may be; empty where anything may. */
  readonly choices: readonly string[];
}

export interface OptionWords {
  /** `--format`, and `-o` where there is one. */
  readonly flags: readonly string[];
  readonly description: string;
  readonly takesValue: boolean;
  /** Empty where any value may stand. */
  readonly choices: readonly string[];
}

/** Every command of a program, the program itself first. */
export function listCommandWords(program: Command): CommandWords[] {
  const ofAll = program.options.map(toWords);
  const visit = (command: Command, above: readonly string[]): CommandWords[] => {
    const path = [...above, command.name()];
    const own = command === program ? [] : command.options.map(toWords);
    const words = {
      path,
      subcommands: command.commands.map((one) => ({ name: one.name(), description: one.description() })),
      options: [...own, ...ofAll],
      choices: command.registeredArguments[0]?.argChoices ?? [],
    };
    return [words, ...command.commands.flatMap((one) => visit(one, path))];
  };
  return visit(program, []);
}

function toWords({ long, short, description, required, optional, argChoices }: Option): OptionWords {
  const flags = [long, short].filter((flag): flag is string => flag != null);
  return { flags, description, takesValue: required || optional, choices: argChoices ?? [] };
}

/** The names of the commands that make up a path, in one word. */
export const nameOf = ({ path }: CommandWords): string => path.join(' ');
