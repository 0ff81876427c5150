import { readFileSync } from 'node:fs';
import { type KeySource, parseSecrets, secretKeys } from './key-source';
import type { TokenKey } from './token-key';

/** Reads the keys in a file's text, or throws an Error whose message says what is wrong and shows nothing of it. */
export type KeyParser = (text: string) => readonly TokenKey[];

export interface KeyFileOptions {
  readonly path: string;
  readonly parse: KeyParser;
  readonly log: KeyLog;
}

/** A logger, or something like one. Hears when the keys have become others, and once of every fault. */
export interface KeyLog {
  info(fields: object, text: string): void;
  error(fields: object, text: string): void;
}

const pollMs = 2000;
const refreshPauseMs = 1000;

/** @throws Error when the file cannot be read, or `parse` refuses it. The message holds neither path nor content. */
export function readKeyFile(path: string, parse: KeyParser): readonly TokenKey[] {
  return parse(readText(path));
}

/**
 * The keys of secrets in a file, or of the given ones where there is no file.
 *
 * @throws Error as {@link readKeyFile}.
 */
export function openSecrets(path: string | null, secrets: readonly string[], log: KeyLog): KeySource {
  return path === null ? secretKeys(secrets) : new KeyFile({ path, parse: parseSecrets, log });
}

/**
 * Keys in a file, which is read again every two seconds, when it is told to, and at most once a second for a token
 * that names a key which is not there. A file that cannot be used leaves the keys as they were.
 */
export class KeyFile implements KeySource {
  readonly #options: KeyFileOptions;
  readonly #timer: NodeJS.Timeout;
  #text: string;
  #keys: readonly TokenKey[];
  #fault: string | null = null;
  #refreshedAtMs = Number.NEGATIVE_INFINITY;

  /** @throws Error as {@link readKeyFile}. */
  constructor(options: KeyFileOptions) {
    this.#options = options;
    this.#text = readText(options.path);
    this.#keys = options.parse(this.#text);
    this.#timer = setInterval(() => this.reload(), pollMs).unref();
  }

  get keys(): readonly TokenKey[] {
    return this.#keys;
  }

  refresh(): void {
    const nowMs = performance.now();
    if (nowMs - this.#refreshedAtMs < refreshPauseMs) return;
    this.#refreshedAtMs = nowMs;
    this.reload();
  }

  reload(): void {
    const { path: file, log } = this.#options;
    try {
      // The text itself is compared: a file may change twice within one tick of its time, and keep its size.
      const text = readText(file);
      if (text !== this.#text) this.#take(text);
      this.#fault = null;
    } catch (error) {
      const fault = error instanceof Error ? error.message : 'an unknown fault';
      if (fault !== this.#fault)
        log.error({ file, fault }, 'a file of keys is of no use; the keys stay as they are');
      this.#fault = fault;
    }
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #take(text: string): void {
    const { path: file, parse, log } = this.#options;
    this.#keys = parse(text);
    this.#text = text;
    log.info({ file, kids: this.#keys.map((key) => key.kid) }, 'the keys of tokens are others now');
  }
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new Error(`it cannot be read (${(error as NodeJS.ErrnoException).code})`);
  }
}
