import type { ClickHouseClient } from '@clickhouse/client';
import { createClickHouseClient, type EventStoreOptions } from './client';
import type { Cluster } from './cluster';
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
import { renderDdl } from './render-ddl';

/** Numbers of rows by table; a table without any is left out. */
export type RowCounts = Readonly<Partial<Record<TableOfProjects, number>>>;

/**
 * Erases projects, agents and sessions from every table. Every method throws EventStoreUnavailable while ClickHouse cannot be reached, is too busy
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
    const unfinished = await run(this.#client, unfinishedErasures(this.#cluster), {
      database: this.#database,
    });
    for (const level of erasureLevels) {
      const ofLevel = targets.filter((target) => levelOf(target) === level);
      if (ofLevel.length === 0) continue;
      for (const table of tablesOf(level)) {
        const rows = new Map(
          await run(this.#client, rowsOfTargets(table, level), erasureParameters(ofLevel)),
        );
        for (const [id, count] of rows) found.set(id, { ...found.get(id), [table]: count });
        const commands = unfinished.filter(([name]) => name === table).map(([, command]) => command);
        const isUnderWay = (target: ErasureTarget) => commands.some((one) => one.includes(idOf(target)));
        const fresh = ofLevel.filter((target) => rows.has(idOf(target)) && !isUnderWay(target));
        if (fresh.length > 0) await this.#begin(table, level, fresh);
        // A replica that nobody reads may still have what the others have erased.
        const late = this.#cluster === null ? [] : ofLevel.filter(isUnderWay).map(idOf);
        for (const id of late) found.set(id, found.get(id) ?? {});
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
    for (const query of renderDdl(eraseTargets(table, level), this.#database, this.#cluster))
      await orUnavailable(() => this.#client.command({ query, query_params }));
  }
}
