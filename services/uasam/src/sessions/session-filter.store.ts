import { formatTime, type Micros } from '@otas/event-schema';
import { Prisma } from '../db/generated/client';
import { expiredBefore, type SessionStatus } from './session-status';

/** Which sessions of an agent are wanted; null is whichever. */
export interface SessionFilter {
  readonly status: SessionStatus | null;
  /** Of the creation; inclusive. */
  readonly from: Micros | null;
  /** Of the creation; exclusive. */
  readonly until: Micros | null;
  /** All of these must be in `meta`: where, from its outermost name inwards, and the value as a text. */
  readonly meta: readonly { readonly path: readonly string[]; readonly value: string }[];
}

/** The rows of `agent_sessions` that the filter lets through at `now`, as conditions to be added behind others. */
export function conditionsOf({ status, from, until, meta }: SessionFilter, now: Date): Prisma.Sql {
  const conditions = [
    ...(status === null ? [] : [statusCondition(status, now)]),
    ...(from === null ? [] : [Prisma.sql`created_at >= ${formatTime(from)}::timestamptz`]),
    ...(until === null ? [] : [Prisma.sql`created_at < ${formatTime(until)}::timestamptz`]),
    ...meta.map(({ path, value }) => Prisma.sql`meta #>> ${path}::text[] = ${value}`),
  ];
  return conditions.length === 0 ? Prisma.empty : Prisma.sql`AND ${Prisma.join(conditions, ' AND ')}`;
}

function statusCondition(status: SessionStatus, now: Date): Prisma.Sql {
  if (status === 'ended' || status === 'revoked') return Prisma.sql`end_kind = ${status}`;
  const bound = expiredBefore(now).toISOString();
  return status === 'active'
    ? Prisma.sql`ended_at IS NULL AND created_at >= ${bound}::timestamptz`
    : Prisma.sql`ended_at IS NULL AND created_at < ${bound}::timestamptz`;
}
