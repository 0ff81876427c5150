import { type ClickHouseClient, type ClickHouseSettings, SettingsMap } from '@clickhouse/client';
import { createClickHouseClient, type EventStoreOptions } from './client';

/** The client for what is read on behalf of others: it does not see events past their retention. */
export class Reader {
  readonly client: ClickHouseClient;
  readonly #retention: EventStoreOptions['retention'];
  readonly #tables: readonly string[];

  constructor(options: EventStoreOptions) {
    this.client = createClickHouseClient(
      { ...options, url: options.readerUrl ?? options.url },
      options.database,
    );
    this.#retention = options.retention;
    const names = ['backend_events', 'agent_events'];
    // A shard knows its own tables, by their full names, and not from where it was asked.
    this.#tables = options.cluster ? names.map((name) => `${options.database}.${name}_local`) : names;
  }

  /**
   * For a statement about a project: events that are to be gone are not there, wherever it reads. Throws while nobody says which
   * these are.
   */
  async settingsFor(projectId: unknown): Promise<ClickHouseSettings> {
    if (typeof projectId !== 'string') return {};
    await this.#retention?.untilKnown();
    const begin = this.#retention?.beginOf(projectId) ?? null;
    if (begin === null) return {};
    const filter = `event_time >= fromUnixTimestamp64Micro(${Math.floor(begin)})`;
    return {
      additional_table_filters: SettingsMap.from(
        Object.fromEntries(this.#tables.map((table) => [table, filter])),
      ),
    };
  }

  async close(): Promise<void> {
    await this.client.close();
  }
}
