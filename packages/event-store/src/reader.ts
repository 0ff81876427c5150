import { type ClickHouseClient, type ClickHouseSettings, SettingsMap } from '@clickhouse/client';
import { createClickHouseClient, type EventStoreOptions } from './client';

/** The client for what is read on behalf of others: it does not see events past their retention. */
export class Reader {
  readonly client: ClickHouseClient;
  readonly #retention: EventStoreOptions['retention'];

  constructor(options: EventStoreOptions) {
    this.client = createClickHouseClient(
      { ...options, url: options.readerUrl ?? options.url },
      options.database,
    );
    this.#retention = options.retention;
  }

  /** For a statement about a project: events that are to be gone are not there, wherever it reads. */
  settingsFor(projectId: unknown): ClickHouseSettings {
    const begin = typeof projectId === 'string' ? (this.#retention?.beginOf(projectId) ?? null) : null;
    if (begin === null) return {};
    const filter = `event_time >= fromUnixTimestamp64Micro(${Math.floor(begin)})`;
    const tables = { backend_events: filter, agent_events: filter };
    return { additional_table_filters: SettingsMap.from(tables) };
  }

  async close(): Promise<void> {
    await this.client.close();
  }
}
