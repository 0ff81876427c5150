import { Argument, type Command } from 'commander';
import { setAction } from '../add-command';
import { renderBash } from '../completion/bash';
import { type CommandWords, listCommandWords } from '../completion/command-words';
import { renderFish } from '../completion/fish';
import { renderZsh } from '../completion/zsh';
import type { Context } from '../context';

const scripts: Readonly<Record<string, (commands: readonly CommandWords[]) => string>> = {
  bash: renderBash,
  zsh: renderZsh,
  fish: renderFish,
};

export function addCompletion(program: Command, context: Context): void {
  const command = program
    .command('completion')
    .description('a script that completes these commands in a shell')
    .addArgument(new Argument('<shell>').choices(Object.keys(scripts)));
  setAction(command, context, async ({ out }, _options, shell: string) => {
    const render = scripts[shell] as (typeof scripts)[string];
    await out.write(render(listCommandWords(program)));
  });
}
