import { type CommandWords, nameOf } from './command-words';

/** A completion script for bash, for `source` or a file in its directory of completions. */
export function renderBash(commands: readonly CommandWords[]): string {
  return `# bash completion of otas
_otas() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD-1]} path=otas words= word
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "$path $word" in
${lines(paths(commands), '      ')}
    esac
  done
  case "$path $previous" in
${lines(values(commands), '    ')}
  esac
  case "$path" in
${lines(commands.map(ownWords), '    ')}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -o default -F _otas otas
`;
}

const lines = (texts: readonly string[], indent: string): string =>
  texts.map((text) => indent + text).join('\n');

function paths(commands: readonly CommandWords[]): string[] {
  return commands.slice(1).map((command) => `'${nameOf(command)}') path='${nameOf(command)}' ;;`);
}

/** Behind an option with a value: its choices, or a file. */
function values(commands: readonly CommandWords[]): string[] {
  return commands.flatMap((command) =>
    command.options
      .filter(({ takesValue }) => takesValue)
      .map(({ flags, choices }) => {
        const names = flags.map((flag) => `'${nameOf(command)} ${flag}'`).join('|');
        const reply =
          choices.length === 0 ? '' : `COMPREPLY=($(compgen -W '${choices.join(' ')}' -- "$current")); `;
        return `${names}) ${reply}return ;;`;
      }),
  );
}

function ownWords(command: CommandWords): string {
  const names = command.subcommands.map(({ name }) => name);
  const flags = command.options.flatMap((option) => option.flags);
  return `'${nameOf(command)}') words='${[...names, ...command.choices, ...flags].join(' ')}' ;;`;
}
