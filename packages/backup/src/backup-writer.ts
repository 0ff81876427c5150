import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, open, readdir, rename } from 'node:fs/promises';
import path from 'node:path';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { constants, createGzip } from 'node:zlib';
import { encodeFrame, type Frame } from './frames';
import {
  type BackupManifest,
  type BackupStore,
  type BackupTable,
  fileNameOf,
  manifestName,
} from './manifest';

/** Writes the tables of a store into a directory, each into a compressed file, and at last the manifest. */
export class BackupWriter {
  readonly #dir: string;
  readonly #store: BackupStore;
  readonly #begunAt: Date;
  readonly #tables: BackupTable[] = [];

  private constructor(dir: string, store: BackupStore) {
    [this.#dir, this.#store, this.#begunAt] = [dir, store, new Date()];
  }

  /**
   * @param dir is made (mode 0700), or is there and empty
   * @throws Error when there is something in it
   */
  static async create(dir: string, store: BackupStore): Promise<BackupWriter> {
    await mkdir(dir, { recursive: true, mode: 0o700 });
    if ((await readdir(dir)).length > 0) throw new Error(`${dir} is not empty`);
    return new BackupWriter(dir, store);
  }

  /** Writes a table as its frames come; no more than two of them are in memory. */
  async add(name: string, columns: readonly string[], frames: AsyncIterable<Frame>): Promise<void> {
    const file = path.join(this.#dir, fileNameOf(name));
    let [rows, bytes] = [0, 0];
    const hash = createHash('sha256');
    async function* encoded(): AsyncGenerator<Buffer> {
      for await (const frame of frames) {
        rows += frame.rows;
        yield encodeFrame(frame);
      }
    }
    const measure = new Transform({
      transform: (chunk: Buffer, _encoding, done) => {
        hash.update(chunk);
        bytes += chunk.length;
        done(null, chunk);
      },
    });
    const gzip = createGzip({ level: constants.Z_BEST_SPEED });
    const source = Readable.from(encoded(), { objectMode: true, highWaterMark: 1 });
    await pipeline(source, gzip, measure, createWriteStream(file, { flags: 'wx', mode: 0o600 }));
    await flush(file);
    this.#tables.push({ name, columns, rows, bytes, sha256: hash.digest('hex') });
  }

  /** Writes the manifest: from now on the directory is a backup. */
  async finish(
    more: Pick<BackupManifest, 'serverVersion' | 'migrations' | 'waitingEvents'>,
  ): Promise<BackupManifest> {
    const manifest: BackupManifest = {
      ...{ format: 1, store: this.#store },
      ...{ begunAt: this.#begunAt.toISOString(), endedAt: new Date().toISOString() },
      ...more,
      tables: this.#tables,
    };
    const file = path.join(this.#dir, manifestName);
    const handle = await open(`${file}.new`, 'wx', 0o600);
    await handle.writeFile(`${JSON.stringify(manifest, null, 2)}\n`);
    await handle.sync();
    await handle.close();
    await rename(`${file}.new`, file);
    await flush(this.#dir);
    return manifest;
  }
}

async function flush(file: string): Promise<void> {
  const handle = await open(file, 'r');
  await handle.sync();
  await handle.close();
}
