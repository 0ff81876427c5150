import { appendFileSync, closeSync, mkdirSync, openSync, unlinkSync } from 'node:fs';
import path from 'node:path';
import type { EventKind } from '../../delivery/request';
import type { Spool, SpoolEntry, SpoolFactory, SpoolLeftover, SpoolOwner } from '../../delivery/spool';
import { OtasError } from '../../session/otas-error';
import type { SessionIdentity } from '../../session/session-token';
import { readLeftovers } from './read-leftovers';
import { Seal } from './seal';
import { newRun } from './spool-files';

/** A file past this is written to no more, so that it can be removed once its events are settled. */
const fileMaxBytes = 1024 * 1024;
/** How long the disk is left alone after it refused. */
const pauseMs = 1000;

export interface FileSpoolOptions {
  /** Bytes of files that one process keeps at most; events past it are sent, and not spooled. Default 64 MiB. */
  readonly maxBytes?: number;
}

const maxBytesDefault = 64 * 1024 * 1024;

/**
 * A spool of files in a directory of this machine, which only their owner may read: a line for each session (its token
 * sealed), and a line for each event. They are not forced to the disk: they survive the process, not the machine.
 *
 * @param dir is made, with mode 0700, when it is not there; several processes may share it
 * @returns opens it; throws OtasError `spool_failed` when the directory can't be made
 */
export function fileSpool(dir: string, { maxBytes = maxBytesDefault }: FileSpoolOptions = {}): SpoolFactory {
  return (owner) => {
    try {
      mkdirSync(dir, { recursive: true, mode: 0o700 });
    } catch (cause) {
      throw new OtasError('spool_failed', `The spool directory ${dir} can't be made.`, { cause });
    }
    return new FileSpool(dir, maxBytes, owner);
  };
}

class FileSpool implements Spool {
  readonly #dir: string;
  readonly #maxBytes: number;
  readonly #owner: SpoolOwner;
  readonly #seal: Seal;
  readonly #run = newRun();
  readonly #files = new Set<SpoolFile>();
  #current: SpoolFile | null = null;
  #bytes = 0;
  /** `performance.now()` before which nothing is written, after the disk refused. */
  #pausedUntil = 0;

  constructor(dir: string, maxBytes: number, owner: SpoolOwner) {
    this.#dir = dir;
    this.#maxBytes = maxBytes;
    this.#owner = owner;
    this.#seal = new Seal(owner.key);
  }

  add(kind: EventKind, identity: SessionIdentity, json: string): SpoolEntry | null {
    if (performance.now() < this.#pausedUntil) return null;
    try {
      const file = this.#open();
      const bytes = file.add(kind, identity.token, json, {
        seal: this.#seal,
        maxBytes: this.#maxBytes - this.#bytes,
      });
      if (bytes === 0) return null;
      this.#bytes += bytes;
      if (file.bytes > fileMaxBytes) this.#current = null;
      return { settle: () => this.#settle(file) };
    } catch (error) {
      this.#fail(error);
      return null;
    }
  }

  leftovers(): AsyncIterable<SpoolLeftover> {
    return readLeftovers(this.#dir, this.#seal, () => this.#run.name());
  }

  close(): void {
    if (this.#files.size === 0) this.#run.end();
  }

  #open(): SpoolFile {
    if (this.#current === null) {
      this.#current = new SpoolFile(path.join(this.#dir, this.#run.name()));
      this.#files.add(this.#current);
    }
    return this.#current;
  }

  /** The file may end within a line: nothing is written behind it. */
  #fail(error: unknown): void {
    this.#pausedUntil = performance.now() + pauseMs;
    const file = this.#current;
    this.#current = null;
    if (file?.unsettled === 0) this.#remove(file);
    this.#owner.onFailure(error);
  }

  #settle(file: SpoolFile): void {
    file.unsettled--;
    if (file.unsettled > 0) return;
    if (file === this.#current) this.#current = null;
    this.#remove(file);
  }

  #remove(file: SpoolFile): void {
    this.#files.delete(file);
    this.#bytes -= file.bytes;
    try {
      file.remove();
    } catch (error) {
      this.#owner.onFailure(error);
    }
  }
}

/** One file, which only its owner may read. */
class SpoolFile {
  readonly #name: string;
  readonly #fd: number;
  /** Numbers of the sessions that have their line. */
  readonly #lanes = new Map<string, number>();
  unsettled = 0;
  bytes = 0;

  constructor(name: string) {
    this.#name = name;
    this.#fd = openSync(name, 'ax', 0o600);
  }

  /**
   * Writes an event, behind the line of its session where that is missing.
   *
   * @returns how many bytes; 0 when they were more than `maxBytes`, and nothing was written
   * @throws Error when the disk refuses
   */
  add(
    kind: EventKind,
    token: string,
    json: string,
    { seal, maxBytes }: { seal: Seal; maxBytes: number },
  ): number {
    const name = `${kind} ${token}`;
    const lane = this.#lanes.get(name) ?? this.#lanes.size;
    const head = this.#lanes.has(name) ? '' : `${JSON.stringify({ lane, kind, token: seal.close(token) })}\n`;
    const lines = `${head}{"of":${lane},"event":${json}}\n`;
    const bytes = Buffer.byteLength(lines);
    if (bytes > maxBytes) return 0;
    appendFileSync(this.#fd, lines);
    this.#lanes.set(name, lane);
    this.bytes += bytes;
    this.unsettled++;
    return bytes;
  }

  remove(): void {
    closeSync(this.#fd);
    unlinkSync(this.#name);
  }
}
