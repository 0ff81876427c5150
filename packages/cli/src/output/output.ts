import { escapeJson } from './escape';
import { isColourWanted, makeStyle, type Style } from './style';

/** Where text goes: standard output or standard error. */
export interface Sink {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(data: string | Uint8Array, done: (error?: Error | null) => void): boolean;
}

export interface OutputOptions {
  readonly sink: Sink;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** `--json` or `--human`; null: for people on a terminal, JSON elsewhere. */
  readonly form: 'json' | 'human' | null;
}

const [widthDefault, widthMin] = [100, 20];

/** Standard output, in the form that is wanted. Each write resolves when whoever reads has taken it. */
export class Output {
  readonly isHuman: boolean;
  readonly isTerminal: boolean;
  readonly style: Style;
  /** Columns of the terminal, or of `COLUMNS`. */
  readonly width: number;
  readonly #sink: Sink;

  constructor({ sink, env, form }: OutputOptions) {
    this.#sink = sink;
    this.isTerminal = sink.isTTY === true;
    this.isHuman = form === null ? this.isTerminal : form === 'human';
    this.style = makeStyle(isColourWanted(env, this.isTerminal));
    // A terminal without a size says 0.
    const width = sink.columns || Number(env.COLUMNS) || widthDefault;
    this.width = Math.max(widthMin, Math.floor(width));
  }

  write(data: string | Uint8Array): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#sink.write(data, (error) => (error ? reject(error) : resolve()));
    });
  }

  line(text = ''): Promise<void> {
    return this.write(`${text}\n`);
  }

  /** JSON text, in which no terminal finds anything to obey, and the end of its line. */
  json(text: string): Promise<void> {
    return this.line(this.isTerminal ? escapeJson(text) : text);
  }
}
