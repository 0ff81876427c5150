import { execFileSync } from 'node:child_process';

const sampleMs = 500;
const kib = 1024;
const mib = 1024 * 1024;

/** Watches the resident memory of a process. */
export class MemoryWatch {
  readonly #pid: number;
  readonly #samples: number[] = [];
  readonly #timer: NodeJS.Timeout;

  constructor(pid: number) {
    this.#pid = pid;
    this.#timer = setInterval(() => this.#sample(), sampleMs);
    this.#sample();
  }

  #sample(): void {
    this.#samples.push(residentBytes(this.#pid) / mib);
  }

  /** So far, in MiB; the last one of now. */
  samples(): readonly number[] {
    this.#sample();
    return this.#samples;
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}

function residentBytes(pid: number): number {
  return Number(execFileSync('ps', ['-o', 'rss=', '-p', String(pid)]).toString()) * kib;
}
