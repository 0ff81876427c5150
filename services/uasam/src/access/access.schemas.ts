import { isKey, type KeyKind, sent } from '@otas/event-schema';
import { checked, firstOfEach, readFields } from '@otas/http-kit';
import { z } from 'zod';
import type { AccessQuestion } from './resolve-access';

export interface PageQuery {
  /** 1–100, or up to the list's own bound. */
  readonly limit: number;
  readonly cursor: string | null;
}

export interface SessionPageQuery extends PageQuery {
  readonly agentRef: string;
}

/** `limit` and `cursor` of a list. */
export function pageFields({ byDefault = 20, max = 100 } = {}) {
  const isWithin = (text: string): boolean => {
    return /^\d{1,3}$/.test(text) && Number(text) >= 1 && Number(text) <= max;
  };
  const limit = z
    .string()
    .refine(isWithin, `must be a whole number from 1 to ${max}`)
    .optional()
    .transform((text) => (text === undefined ? byDefault : Number(text)))
    .meta({
      ...sent.asInteger,
      ...{ minimum: 1, maximum: max, description: `At most so many (${byDefault}).`, examples: [byDefault] },
    });
  return { limit, cursor: sent.cursor.optional() };
}

type PageFields = z.output<z.ZodObject<ReturnType<typeof pageFields>>>;

export function pageOf({ limit, cursor }: PageFields): PageQuery {
  return { limit, cursor: cursor ?? null };
}

const pageQuery = z.object(pageFields());

/** `limit` (20; 1–100) and `cursor`. @throws ApiError 400 `invalid_request`. */
export const parsePageQuery = checked(pageQuery, (parameters: URLSearchParams): PageQuery => {
  return pageOf(readFields(pageQuery, firstOfEach(parameters)));
});

function ref(kind: KeyKind, example: string) {
  const message = `must be ${kind}_ and letters, digits, _ or -, 50 characters at most`;
  return z
    .string('is required')
    .refine((text) => isKey(kind, text), message)
    .meta({ examples: [example] });
}

const [agentRef, sessionRef] = [ref('agt', 'agt_scout'), ref('ase', 'ase_monday')];
const accessQuery = z
  .object({
    agent_ref: agentRef.optional(),
    session_ref: sessionRef.optional(),
    with_meta: z
      .string()
      .optional()
      .meta({ description: '`1`: with the `meta` of the session.', examples: ['1'] }),
  })
  .refine(({ agent_ref: agent, session_ref: session }) => agent !== undefined || session === undefined, {
    path: ['agent_ref'],
    message: 'is required',
  });

/** @throws ApiError 400 `invalid_request` with every fault. */
export const parseAccessQuery = checked(accessQuery, (parameters: URLSearchParams): AccessQuestion => {
  const query = readFields(accessQuery, firstOfEach(parameters));
  return {
    action: 'read',
    agentRef: query.agent_ref ?? null,
    sessionRef: query.session_ref ?? null,
    withMeta: query.with_meta === '1',
    isAgentPlain: false,
    isSessionPlain: false,
  };
});

const sessionPageQuery = z.object({ agent_ref: agentRef, ...pageFields() });

/** @throws ApiError 400 `invalid_request`. */
export const parseSessionPageQuery = checked(
  sessionPageQuery,
  (parameters: URLSearchParams): SessionPageQuery => {
    const query = readFields(sessionPageQuery, firstOfEach(parameters));
    return { agentRef: query.agent_ref, ...pageOf(query) };
  },
);
