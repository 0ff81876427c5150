import type { Retention } from '../retention';
import type { TableOfProjects } from './erase';

/** The tables with rows of events, and the column that has an event's time, or is next to it. */
export const expiringTables = {
  backend_events: 'event_time',
  agent_events: 'event_time',
  event_ids: 'event_time',
  dead_letters: 'created_at',
} as const satisfies Partial<Record<TableOfProjects, string>>;

export type ExpiringTable = keyof typeof expiringTables;

const dayMicros = 24 * 60 * 60 * 1_000_000;

/**
 * The condition of the rows that are to be gone, and its parameters; null: there are none.
 *
 * @param days that they are to be gone at least
 */
export function expiredCondition(
  table: ExpiringTable,
  retention: Retention,
  days: number,
): { readonly where: string; readonly parameters: Record<string, unknown> } | null {
  const groups = retention.groups();
  if (groups.length === 0) return null;
  const parameters: Record<string, unknown> = {};
  const conditions = groups.map(({ begin, projectIds, except }, at) => {
    parameters[`begin${at}`] = Math.floor(begin) - days * dayMicros;
    parameters[`ids${at}`] = except ?? projectIds;
    const isIn = except === null ? 'IN' : 'NOT IN';
    return `project_id ${isIn} {ids${at}:Array(UUID)}
      AND ${expiringTables[table]} < fromUnixTimestamp64Micro({begin${at}:Int64}, 'UTC')`;
  });
  return { where: conditions.map((one) => `(${one})`).join(' OR '), parameters };
}
