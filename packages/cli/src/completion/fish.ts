import { type CommandWords, nameOf } from './command-words';

/** A completion script for fish, for `source` or a file in its directory of completions. */
export function renderFish(commands: readonly CommandWords[]): string {
  return `# fish completion of otas
function __otas_at
    set -l path otas
    for word in (commandline -opc)[2..-1]
        switch "$path $word"
            case ${commands
              .slice(1)
              .map((command) => quote(nameOf(command)))
              .join(' ')}
                set path "$path $word"
        end
    end
    test "$path" = "$argv[1]"
end
complete -c otas -f
${commands.flatMap(completions).join('\n')}
`;
}

function completions(command: CommandWords): string[] {
  const at = `complete -c otas -n ${quote(`__otas_at ${quote(nameOf(command))}`)}`;
  const subcommands = command.subcommands.map(
    ({ name, description }) => `${at} -a ${quote(name)} -d ${quote(description)}`,
  );
  const choices = command.choices.map((choice) => `${at} -a ${quote(choice)}`);
  const options = command.options.map(({ flags, description, takesValue, choices: values }) => {
    const names = flags.map((flag) =>
      flag.startsWith('--') ? `-l ${flag.slice(2)}` : `-s ${flag.slice(1)}`,
    );
    const value = values.length > 0 ? ` -x -a ${quote(values.join(' '))}` : takesValue ? ' -r -F' : '';
    return `${at} ${names.join(' ')}${value} -d ${quote(description)}`;
  });
  return [...subcommands, ...choices, ...options];
}

const quote = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
