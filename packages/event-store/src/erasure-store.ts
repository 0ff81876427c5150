import type { ClickHouseClient } from '@clickhouse/client';
import { createClickHouseClient, type EventStoreOptions } from './client';
import { orUnavailable } from './errors';
import {
  type ErasureLevel,
  type ErasureTarget,
  eraseTargets,
  erasureLevels,
  erasureParameters,
  idOf,
  levelOf,
  rowsOfTargets,
  type TableOfProjects,
  tablesOf,
  unfinishedErasures,
} from './queries/erase';
import { run } from './queries/query';

/** Numbers of rows by table; a table without any is left out. */
export type RowCounts = Readonly<Partial<Record<TableOfProjects, number>>>;

/**
 * Erases projects, agents and sessions from every table. Every method throws EventStoreUnavailable while ClickHouse cannot be reached, is too busy
 * or does not answer within the request timeout.
 */
export class ErasureStore {
  readonly #client: ClickHouseClient;

  constructor(options: EventStoreOptions) {
    this.#client = createClickHouseClient(options, options.database);
  }

  /**
   * Begins to erase what there is of the targets, and does not wait for it: ClickHouse does it in the background, also when
   * nobody calls again. To be called again until nothing is found; then the rows are in no part that is read or merged, and
   * ClickHouse removes the files of the old parts within `old_parts_lifetime` (8 minutes by default). Rows that come later
   * are erased by a later call. Where nothing is left it costs a look into the index of each table.
   *
   * @param targets 1,000 at the most
   * @returns the rows that were found, by the id of the project, agent or session; one of which there are none is left out
   */
  async erase(targets: readonly ErasureTarget[]): Promise<Map<string, RowCounts>> {
    const found = new Map<string, RowCounts>();
    if (targets.length === 0) return found;
    const unfinished = await run(this.#client, unfinishedErasures, {});
    for (const level of erasureLevels) {
      const ofLevel = targets.filter((target) => levelOf(target) === level);
      if (ofLevel.length === 0) continue;
      for (const table of tablesOf(level)) {
        const rows = new Map(
          await run(this.#client, rowsOfTargets(table, level), erasureParameters(ofLevel)),
        );
        for (const [id, count] of rows) found.set(id, { ...found.get(id), [table]: count });
        const commands = unfinished.filter(([name]) => name === table).map(([, command]) => command);
        const fresh = ofLevel.filter((target) => {
          const id = idOf(target);
          return rows.has(id) && !commands.some((command) => command.includes(id));
        });
        if (fresh.length > 0) await this.#begin(table, level, fresh);
      }
    }
    return found;
  }

  async close(): Promise<void> {
    await this.#client.close();
  }

  async #begin(
    table: TableOfProjects,
    level: ErasureLevel,
    targets: readonly ErasureTarget[],
  ): Promise<void> {
    const query_params = erasureParameters(targets);
    await orUnavailable(() => this.#client.command({ query: eraseTargets(table, level), query_params }));
  }
}
