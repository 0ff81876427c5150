import type { ClickHouseClient } from '@clickhouse/client';
import { createClickHouseClient, type EventStoreOptions } from './client';
import type { Cluster } from './cluster';
import { orUnavailable } from './errors';
import {
  eraseProjects,
  rowsOfProjects,
  type TableOfProjects,
  tablesOfProjects,
  unfinishedErasures,
} from './queries/erase-projects';
import { run } from './queries/query';
import { renderDdl } from './render-ddl';

/** Numbers of rows by table; a table without any is left out. */
export type RowCounts = Readonly<Partial<Record<TableOfProjects, number>>>;

/**
 * Erases projects from every table. Every method throws EventStoreUnavailable while ClickHouse cannot be reached, is too busy
 * or does not answer within the request timeout.
 */
export class ErasureStore {
  readonly #client: ClickHouseClient;
  readonly #database: string;
  readonly #cluster: Cluster | null;

  constructor(options: EventStoreOptions) {
    this.#client = createClickHouseClient(options, options.database);
    this.#database = options.database;
    this.#cluster = options.cluster ?? null;
  }

  /**
   * Begins to erase what there is of projects, and does not wait for it: ClickHouse does it in the background, also when
   * nobody calls again. To be called again until nothing is found; then the rows are in no part that is read or merged, and
   * ClickHouse removes the files of the old parts within `old_parts_lifetime` (8 minutes by default). Rows that come later
   * are erased by a later call. Where nothing is left it costs a look into the index of each table.
   *
   * @param projectIds UUIDs, 1,000 at the most
   * @returns the rows that were found, by project; one of which there are none is left out
   */
  async eraseProjects(projectIds: readonly string[]): Promise<Map<string, RowCounts>> {
    const found = new Map<string, RowCounts>();
    if (projectIds.length === 0) return found;
    const unfinished = await run(this.#client, unfinishedErasures(this.#cluster), {
      database: this.#database,
    });
    for (const table of tablesOfProjects) {
      const rows = await run(this.#client, rowsOfProjects(table), { projectIds });
      for (const [projectId, count] of rows)
        found.set(projectId, { ...found.get(projectId), [table]: count });
      const commands = unfinished.filter(([name]) => name === table).map(([, command]) => command);
      const isUnderWay = (projectId: string) => commands.some((command) => command.includes(projectId));
      const fresh = rows.map(([projectId]) => projectId).filter((projectId) => !isUnderWay(projectId));
      if (fresh.length > 0) await this.#begin(table, fresh);
      // A replica that nobody reads may still have what the others have erased.
      const late = this.#cluster === null ? [] : projectIds.filter(isUnderWay);
      for (const projectId of late) found.set(projectId, found.get(projectId) ?? {});
    }
    return found;
  }

  async close(): Promise<void> {
    await this.#client.close();
  }

  async #begin(table: TableOfProjects, projectIds: readonly string[]): Promise<void> {
    const query_params = { projectIds };
    for (const query of renderDdl(eraseProjects(table), this.#database, this.#cluster))
      await orUnavailable(() => this.#client.command({ query, query_params }));
  }
}
