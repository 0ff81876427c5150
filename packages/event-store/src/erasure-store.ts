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
import { type ExpiringTable, expiredCondition, expiringTables } from './queries/expire';
import { run } from './queries/query';
import { renderDdl } from './render-ddl';
import type { Retention } from './retention';

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

  /**
   * Begins to erase the events that are past their retention, and gives the tables that have some. A part of a table is written
   * anew for it at most once a day: what is past it for less than a day, and cannot be read any more, waits.
   */
  async eraseExpired(retention: Retention): Promise<ExpiringTable[]> {
    const tables: ExpiringTable[] = [];
    const unfinished = await run(this.#client, unfinishedErasures(this.#cluster), {
      database: this.#database,
    });
    for (const table of Object.keys(expiringTables) as ExpiringTable[]) {
      const [due, all] = [expiredCondition(table, retention, 1), expiredCondition(table, retention, 0)];
      if (due === null || all === null || unfinished.some(([name]) => name === table)) continue;
      const sql = () => `SELECT 1 FROM ${table} WHERE ${due.where} LIMIT 1`;
      if ((await run(this.#client, { name: 'expired-rows', sql }, due.parameters)).length === 0) continue;
      const query = `ALTER TABLE ${table} DELETE WHERE ${all.where} SETTINGS mutations_sync = 0`;
      await this.#change(query, all.parameters);
      tables.push(table);
    }
    return tables;
  }

  async close(): Promise<void> {
    await this.#client.close();
  }

  async #begin(
    table: TableOfProjects,
    level: ErasureLevel,
    targets: readonly ErasureTarget[],
  ): Promise<void> {
    await this.#change(eraseTargets(table, level), erasureParameters(targets));
  }

  async #change(statement: string, query_params: Record<string, unknown>): Promise<void> {
    for (const query of renderDdl(statement, this.#database, this.#cluster))
      await orUnavailable(() => this.#client.command({ query, query_params }));
  }
}
