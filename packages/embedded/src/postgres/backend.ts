import { PGlite } from '@electric-sql/pglite';
import { ClientError } from './messages';
import { Turns } from './turns';

/** Values a client is told when its session starts, and whenever they change. */
const reportedSettings = [
  ...['server_version', 'server_encoding', 'client_encoding', 'is_superuser', 'session_authorization'],
  ...['DateStyle', 'IntervalStyle', 'TimeZone', 'integer_datetimes', 'standard_conforming_strings'],
  ...['default_transaction_read_only', 'in_hot_standby', 'scram_iterations', 'search_path'],
];

/** PGlite's own, with a cache that fits a laptop: it takes all of its memory at the start. */
const startParams = [...PGlite.defaultStartParams, '-c', 'shared_buffers=32MB'];

/** Values of settings by name, in the text form Postgres reads. */
export type SessionSettings = ReadonlyMap<string, string>;

const noSettings: SessionSettings = new Map();

/**
 * The one Postgres session that all connections share. Only the connection whose turn it is may call the methods.
 */
export class Backend {
  readonly turns = new Turns<object>();
  /** The connection whose unnamed prepared statement the session holds. */
  unnamedOwner: object | null = null;
  /** What a client without settings of its own is told at the start of its session. */
  defaultValues: ReadonlyMap<string, string> = new Map();
  private active = noSettings;

  private constructor(private readonly db: PGlite) {}

  /**
   * Opens the database of a directory, made on first use.
   *
   * @param dataDir a directory, or `memory://`
   * @throws Error with what Postgres said last when it cannot
   */
  static async open(dataDir: string): Promise<Backend> {
    const said: string[] = [];
    const onStderr = (text: string) => {
      said.push(text);
      return true;
    };
    try {
      const backend = new Backend(await PGlite.create(dataDir, { onStderr, startParams }));
      backend.defaultValues = await backend.reportedValues();
      return backend;
    } catch (cause) {
      const words = said.slice(-3).join(' ') || (cause instanceof Error ? cause.message : String(cause));
      throw new Error(`the database in ${dataDir} cannot be opened: ${words}`, { cause });
    }
  }

  /**
   * Runs messages of the wire protocol and returns what Postgres answers.
   *
   * @throws when Postgres itself has ended: nothing can be run any more
   */
  async execute(messages: Buffer): Promise<Buffer> {
    const chunks: Buffer[] = [];
    // The chunk is a view on memory that Postgres uses again.
    const onRawData = (chunk: Uint8Array) => void chunks.push(Buffer.from(chunk));
    await this.db.execProtocolRawStream(messages, { onRawData });
    return Buffer.concat(chunks);
  }

  get isInTransaction(): boolean {
    return this.db.isInTransaction();
  }

  /**
   * Gives the session a connection's settings in place of those of the one before.
   *
   * @throws ClientError when Postgres refuses one; the session then has the defaults
   */
  async activate(settings: SessionSettings): Promise<void> {
    if (sameEntries(this.active, settings)) return;
    await this.query('RESET ALL');
    this.active = noSettings;
    try {
      for (const [name, value] of settings)
        await this.query('SELECT set_config($1, $2, false)', [name, value]);
    } catch (err) {
      await this.query('RESET ALL');
      throw new ClientError('22023', (err as Error).message);
    }
    this.active = settings;
  }

  /** What has been set in the session (`SET`, `set_config`) beyond the server's defaults. */
  async currentSettings(): Promise<SessionSettings> {
    const rows = await this.query("SELECT name, setting FROM pg_settings WHERE source = 'session'");
    this.active = new Map(rows.map(([name, value]) => [name as string, value as string]));
    return this.active;
  }

  /** The values a client is told at the start of its session. */
  async reportedValues(): Promise<Map<string, string>> {
    const sql = 'SELECT name, current_setting(name, true) FROM unnest($1::text[]) AS name';
    const rows = await this.query(sql, [reportedSettings]);
    return new Map(rows.filter(([, value]) => value !== null).map(([n, v]) => [n as string, v as string]));
  }

  close(): Promise<void> {
    return this.db.close();
  }

  private async query(sql: string, params: unknown[] = []): Promise<(string | null)[][]> {
    this.unnamedOwner = null;
    const { rows } = await this.db.query<(string | null)[]>(sql, params, { rowMode: 'array' });
    return rows;
  }
}

function sameEntries(a: SessionSettings, b: SessionSettings): boolean {
  return a === b || (a.size === b.size && [...a].every(([name, value]) => b.get(name) === value));
}
