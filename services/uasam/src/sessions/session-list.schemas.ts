import { ApiError, type FieldError, invalidRequest } from '@otas/errors';
import { parseTime } from '@otas/event-schema';
import { queryFields } from '../wire/query-fields';
import { describeTextFault, isMissing } from '../wire/text';
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

/** @throws ApiError 400 `agent_id_required`, `limit must be an integer`, `invalid_request` for what filters. */
export function parseSessionListQuery(parameters: URLSearchParams): SessionListQuery {
  const agentId = parameters.get('agent_id');
  if (agentId === null || isMissing(agentId)) throw new ApiError('agent_id_required');
  const limit = parseLimit(parameters.get('limit'));
  return { agentId, limit, cursor: parameters.get('cursor'), filter: parseFilter(parameters) };
}

function parseLimit(text: string | null): number | null {
  if (text === null) return null;
  if (!/^\s*[+-]?\d+\s*$/.test(text)) throw new ApiError('limit_not_an_integer');
  return Math.min(limitMax, Math.max(1, Number(text)));
}

function parseFilter(parameters: URLSearchParams): SessionFilter {
  const errors: FieldError[] = [];
  const read = queryFields(parameters, errors);
  const oneOf = `must be one of ${sessionStatuses.join(', ')}`;
  const filter = {
    status: read('status', oneOf, (text) => sessionStatuses.find((status) => status === text) ?? null),
    from: read('from', 'must be a time', parseTime),
    until: read('until', 'must be a time', parseTime),
    meta: readMeta(parameters, errors),
  };
  if (errors.length > 0) throw invalidRequest(errors);
  return filter;
}

/** `meta.<name>=<value>`; a dot in the name goes one level further in. */
function readMeta(parameters: URLSearchParams, errors: FieldError[]): SessionFilter['meta'] {
  const given = [...parameters].filter(([name]) => name.startsWith(metaPrefix));
  if (given.length > metaMax) errors.push({ field: 'meta', message: `has at most ${metaMax} conditions` });
  return given.slice(0, metaMax).map(([field, value]) => {
    const name = field.slice(metaPrefix.length);
    const path = name.split('.');
    const fault =
      describeTextFault(name, metaPathMaxLength) ??
      describeTextFault(value, metaValueMaxLength) ??
      (path.includes('') ? 'must name a key at each level' : null);
    if (fault !== null) errors.push({ field: field.slice(0, metaPathMaxLength), message: fault });
    return { path, value };
  });
}
