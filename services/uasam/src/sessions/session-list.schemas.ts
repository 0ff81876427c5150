import { parseTime, sent } from '@otas/event-schema';
import { checked, firstOfEach, readFields } from '@otas/http-kit';
import { z } from 'zod';
import { requiredId } from '../wire/ids';
import { describeTextFault } from '../wire/text';
import type { SessionFilter } from './session-filter.store';
import { sessionStatuses } from './session-status';

export interface SessionListQuery {
  /** As it was sent; it need not be a UUID. */
  readonly agentId: string;
  /** 1–500; null: as many as there are, up to the store's bound. */
  readonly limit: number | null;
  readonly cursor: string | null;
  readonly filter: SessionFilter;
}

const limitMax = 500;
const metaPrefix = 'meta.';
const [metaMax, metaPathMaxLength, metaValueMaxLength] = [10, 200, 1000];

const limit = z
  .string()
  .regex(/^\s*[+-]?\d+\s*$/, 'limit_not_an_integer')
  .transform((text) => Math.min(limitMax, Math.max(1, Number(text))))
  .meta({
    ...sent.asInteger,
    description: `At most so many, up to ${limitMax}; left out: all, up to 10,000.`,
    examples: [20],
  });

/** `meta.<name>=<value>`; a dot in the name goes one level further in. */
const meta = z
  .array(z.tuple([z.string(), z.string()]))
  .transform((given, context): SessionFilter['meta'] => {
    const refuse = (message: string, ...path: string[]) =>
      context.addIssue({ code: 'custom', message, path });
    if (given.length > metaMax) refuse(`has at most ${metaMax} conditions`);
    return given.slice(0, metaMax).map(([name, value]) => {
      const path = name.split('.');
      const fault =
        describeTextFault(name, metaPathMaxLength) ??
        describeTextFault(value, metaValueMaxLength) ??
        (path.includes('') ? 'must name a key at each level' : null);
      if (fault !== null) refuse(fault, name);
      return { path, value };
    });
  })
  .meta({
    ...{
      type: 'object',
      items: undefined,
      propertyNames: { pattern: '^meta\\.' },
      additionalProperties: { type: 'string' },
    },
    description: `A value in \`meta\`, as \`meta.<key>=<text>\`; a dot goes one level further in. Up to ${metaMax}, all of which hold.`,
    examples: [{ 'meta.task': 'tidy' }],
  });

const time = sent.time.transform((text) => parseTime(text) as number).optional();

const sessionListQuery = z.object({
  agent_id: requiredId('agent_id_required'),
  limit: limit.optional(),
  cursor: sent.cursor.optional(),
  status: z.enum(sessionStatuses, `must be one of ${sessionStatuses.join(', ')}`).optional(),
  from: time,
  until: time,
  meta: meta.optional(),
});

/** @throws ApiError 400 `agent_id_required`, `limit must be an integer`, `invalid_request` for what filters. */
export const parseSessionListQuery = checked(
  sessionListQuery,
  (parameters: URLSearchParams): SessionListQuery => {
    const conditions = [...parameters].filter(([name]) => name.startsWith(metaPrefix));
    const query = readFields(sessionListQuery, {
      ...firstOfEach(parameters),
      meta: conditions.map(([name, value]) => [name.slice(metaPrefix.length), value]),
    });
    const { agent_id: agentId, limit = null, cursor = null, status = null } = query;
    const { from = null, until = null, meta = [] } = query;
    return { agentId: agentId as string, limit, cursor, filter: { status, from, until, meta } };
  },
);
