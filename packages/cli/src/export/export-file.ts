import { type FileHandle, open, rename, stat } from 'node:fs/promises';
import { CliError, exitCodes, usageError } from '../exit-codes';
import { describeHead, findLastEnd, type RecordFormat } from './record-ends';

const [tailFirstBytes, headBytes] = [1024 * 1024, 64 * 1024];

/** What an export in a file is of. */
export interface ExportOf {
  readonly agentId: string;
  readonly kind: string;
}

/** A file that has its name only once it is whole; until then it is `<name>.part`. */
export class ExportFile {
  readonly path: string;
  /** Behind which it goes on; null: from the begin. */
  readonly cursor: string | null;
  readonly #handle: FileHandle;

  private constructor(path: string, handle: FileHandle, cursor: string | null) {
    this.path = path;
    this.#handle = handle;
    this.cursor = cursor;
  }

  /** @throws CliError 2 when there is one already, whole or not, unless it is to be overwritten */
  static async create(path: string, overwrite: boolean): Promise<ExportFile> {
    if (!overwrite) {
      await refuseExisting(path, `${path} is there already: --overwrite replaces it`);
      const how = '--resume goes on with it, --overwrite begins anew';
      await refuseExisting(
        partOf(path),
        `${partOf(path)} is there, of an export that was interrupted: ${how}`,
      );
    }
    const handle = await openFile(partOf(path), 'w');
    return new ExportFile(path, handle, null);
  }

  /**
   * Goes on behind the last whole record of a file that was interrupted; what is not whole in it is cut off.
   *
   * @throws CliError 2 when there is none, or it is an export of something else
   */
  static async resume(path: string, format: RecordFormat, of: ExportOf): Promise<ExportFile> {
    const part = partOf(path);
    if (!(await exists(part))) throw usageError(`there is no ${part} to go on with`);
    const handle = await openFile(part, 'r+');
    try {
      const { size } = await handle.stat();
      const head = describeHead(await readAt(handle, 0, Math.min(headBytes, size)), format);
      if (head !== null && (head.agentId !== of.agentId || head.kind !== of.kind)) {
        throw usageError(`${part} is an export of another agent or kind`);
      }
      const last = await findEnd(handle, size, format);
      await handle.truncate(last?.end ?? 0);
      await handle.close();
      return new ExportFile(path, await openFile(part, 'a'), last?.cursor ?? null);
    } catch (error) {
      await handle.close().catch(() => undefined);
      throw error;
    }
  }

  async write(bytes: Uint8Array): Promise<void> {
    await this.#handle.appendFile(bytes).catch((error: NodeJS.ErrnoException) => {
      throw new CliError(exitCodes.failure, `${partOf(this.path)} cannot be written (${error.code})`);
    });
  }

  /** It is whole. */
  async finish(): Promise<void> {
    await this.#handle.sync();
    await this.#handle.close();
    await rename(partOf(this.path), this.path);
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }
}

const partOf = (path: string): string => `${path}.part`;

async function openFile(path: string, flags: string): Promise<FileHandle> {
  // What agents did is for those who may read it.
  return open(path, flags, 0o600).catch((error: NodeJS.ErrnoException) => {
    throw new CliError(exitCodes.failure, `${path} cannot be opened (${error.code})`);
  });
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

async function refuseExisting(path: string, message: string): Promise<void> {
  if (await exists(path)) throw usageError(message);
}

/** Looks further and further back from the end: a record may be long. */
async function findEnd(handle: FileHandle, size: number, format: RecordFormat) {
  for (let length = tailFirstBytes; ; length *= 4) {
    const from = Math.max(0, size - length);
    const last = findLastEnd(await readAt(handle, from, size - from), format);
    if (last !== null) return { end: from + last.end, cursor: last.cursor };
    if (from === 0) return null;
  }
}

async function readAt(handle: FileHandle, position: number, length: number): Promise<Buffer> {
  const { buffer, bytesRead } = await handle.read({ buffer: Buffer.alloc(length), position, length });
  return buffer.subarray(0, bytesRead);
}
