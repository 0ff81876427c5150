import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

const sampleMs = 500;
const kibByMib = 1024;

/** The memory of a process at a moment, in MiB. */
export interface MemorySample {
  readonly resident: number;
  /** Without pages of files, such as those of the log, which the system takes back when it needs them; NaN: not known. */
  readonly own: number;
}

/** Watches the memory of a process. */
export class MemoryWatch {
  readonly #pid: number;
  readonly #samples: MemorySample[] = [];
  readonly #timer: NodeJS.Timeout;

  constructor(pid: number) {
    this.#pid = pid;
    this.#timer = setInterval(() => this.#sample(), sampleMs);
    this.#sample();
  }

  /** So far; the last one of now. */
  samples(): readonly MemorySample[] {
    this.#sample();
    return this.#samples;
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #sample(): void {
    this.#samples.push(process.platform === 'linux' ? fromProc(this.#pid) : fromPs(this.#pid));
  }
}

function fromProc(pid: number): MemorySample {
  const text = readFileSync(`/proc/${pid}/status`, 'utf8');
  const mib = (name: string): number =>
    Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(text)?.[1]) / kibByMib;
  return { resident: mib('VmRSS'), own: mib('RssAnon') };
}

function fromPs(pid: number): MemorySample {
  const kib = Number(execFileSync('ps', ['-o', 'rss=', '-p', String(pid)]).toString());
  return { resident: kib / kibByMib, own: Number.NaN };
}
