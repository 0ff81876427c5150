import type { Context } from './context';
import { CliError, exitCodes, usageError } from './exit-codes';

/** Asks a person on the terminal, one line at a time. What comes for one question too early is kept for the next. */
export class Prompt {
  readonly #context: Context;
  readonly #characters: AsyncIterator<string>;

  /** @throws CliError 2 when standard input is no terminal */
  constructor(context: Context) {
    if (context.stdin.isTTY !== true) {
      throw usageError('standard input is no terminal: give --email and --password-stdin');
    }
    this.#context = context;
    this.#characters = charactersOf(context.stdin);
  }

  /** `isHidden`: nothing of what is typed is shown. @throws CliError 130 on Ctrl-C, 2 at the end of the input */
  async ask(question: string, isHidden = false): Promise<string> {
    const { stdin } = this.#context;
    // Raw, the terminal itself shows nothing.
    stdin.setRawMode?.(true);
    try {
      this.#show(question);
      return await this.#readLine(isHidden);
    } finally {
      stdin.setRawMode?.(false);
      this.#show('\n');
    }
  }

  close(): void {
    this.#context.stdin.destroy();
  }

  async #readLine(isHidden: boolean): Promise<string> {
    let line: string[] = [];
    for (;;) {
      const { value: character, done } = await this.#characters.next();
      if (done || character === '\u0004') throw usageError('nothing was entered');
      if (character === '\u0003') throw new CliError(exitCodes.interrupted, 'interrupted');
      if (character === '\r' || character === '\n') return line.join('');
      if (character === '\u007f' || character === '\b') {
        if (line.length > 0 && !isHidden) this.#show('\b \b');
        line = line.slice(0, -1);
      } else if (character >= ' ') {
        line.push(character);
        if (!isHidden) this.#show(character);
      }
    }
  }

  #show(text: string): void {
    this.#context.stderr.write(text, () => undefined);
  }
}

async function* charactersOf(stdin: Context['stdin']): AsyncGenerator<string> {
  stdin.setEncoding('utf8');
  for await (const text of stdin) yield* text as string;
}

/** All of standard input, without the end of its last line. */
export async function readStdin(stdin: Context['stdin']): Promise<string> {
  stdin.setEncoding('utf8');
  let text = '';
  for await (const piece of stdin) text += piece;
  return text.replace(/\r?\n$/, '');
}
