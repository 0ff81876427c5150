import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { createGunzip } from 'node:zlib';
import { decodeFrames, type Frame } from './frames';
import {
  type BackupManifest,
  type BackupStore,
  type BackupTable,
  DamagedBackup,
  fileNameOf,
  manifestName,
} from './manifest';

/** A backup of a store, whole and as it was written. */
export class BackupReader {
  readonly manifest: BackupManifest;
  readonly #dir: string;

  private constructor(dir: string, manifest: BackupManifest) {
    this.#dir = dir;
    this.manifest = manifest;
  }

  /**
   * Opens a backup when every file of it has its checksum.
   *
   * @throws DamagedBackup, also when there is none of this store, or one of a later form
   */
  static async open(dir: string, store: BackupStore): Promise<BackupReader> {
    const file = path.join(dir, manifestName);
    const text = await readFile(file, 'utf8').catch((error: unknown) => {
      throw new DamagedBackup(`${dir} holds no whole backup`, error);
    });
    const manifest = parse(text, file);
    if (manifest.format !== 1 || manifest.store !== store)
      throw new DamagedBackup(`${file} is not of a backup of ${store} that this version can read`);
    for (const table of manifest.tables) await verify(dir, table);
    return new BackupReader(dir, manifest);
  }

  /** The frames of a table, one after the other. @throws DamagedBackup when they are not what the manifest says */
  async *read(table: BackupTable): AsyncGenerator<Frame, void> {
    const file = createReadStream(path.join(this.#dir, fileNameOf(table.name)));
    const text = file.pipe(createGunzip());
    file.once('error', (error) => text.destroy(error));
    let rows = 0;
    for await (const frame of decodeFrames(text)) {
      rows += frame.rows;
      yield frame;
    }
    if (rows !== table.rows) throw new DamagedBackup(`${table.name} has ${rows} rows, not ${table.rows}`);
  }
}

function parse(text: string, file: string): BackupManifest {
  try {
    return JSON.parse(text) as BackupManifest;
  } catch (error) {
    throw new DamagedBackup(`${file} is no JSON`, error);
  }
}

async function verify(dir: string, { name, sha256 }: BackupTable): Promise<void> {
  const hash = createHash('sha256');
  try {
    for await (const chunk of createReadStream(path.join(dir, fileNameOf(name)))) hash.update(chunk);
  } catch (error) {
    throw new DamagedBackup(`the file of ${name} cannot be read`, error);
  }
  if (hash.digest('hex') !== sha256)
    throw new DamagedBackup(`the file of ${name} is not what was written: its checksum is another`);
}
