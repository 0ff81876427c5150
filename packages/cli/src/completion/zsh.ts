import { type CommandWords, nameOf, type OptionWords } from './command-words';

/** A completion script for zsh, for `source` or a file `_otas` in its `fpath`. */
export function renderZsh(commands: readonly CommandWords[]): string {
  return `#compdef otas
_otas() {
  local path_=otas word
  local -a subcommands options
  for word in "\${words[@]:1:CURRENT-2}"; do
    case "$path_ $word" in
${commands
  .slice(1)
  .map((command) => `      ${quote(nameOf(command))}) path_=${quote(nameOf(command))} ;;`)
  .join('\n')}
    esac
  done
  case "$path_ \${words[CURRENT-1]}" in
${commands.flatMap(values).join('\n')}
  esac
  case "$path_" in
${commands.map(ownWords).join('\n')}
  esac
  (( \${#subcommands} )) && _describe command subcommands
  [[ "\${words[CURRENT]}" == -* ]] && _describe option options
  (( \${#subcommands} )) || _files
}
if [[ "$funcstack[1]" = _otas ]]; then _otas "$@"; else compdef _otas otas; fi
`;
}

function values(command: CommandWords): string[] {
  return command.options
    .filter(({ takesValue }) => takesValue)
    .map(({ flags, choices }) => {
      const names = flags.map((flag) => quote(`${nameOf(command)} ${flag}`)).join('|');
      const reply = choices.length === 0 ? '_files' : `compadd -- ${choices.join(' ')}`;
      return `    ${names}) ${reply}; return ;;`;
    });
}

function ownWords(command: CommandWords): string {
  const subcommands = [
    ...command.subcommands.map(({ name, description }) => describe(name, description)),
    ...command.choices.map((choice) => describe(choice, '')),
  ];
  const options = command.options.flatMap(({ flags, description }: OptionWords) =>
    flags.map((flag) => describe(flag, description)),
  );
  return `    ${quote(nameOf(command))}) subcommands=(${subcommands.join(' ')}); options=(${options.join(' ')}) ;;`;
}

const describe = (name: string, description: string): string =>
  quote(`${name}:${description.replaceAll(':', '\\:')}`);

const quote = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;
