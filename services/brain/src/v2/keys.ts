import { type FieldError, invalidRequest } from '@otas/errors';
import { isKey, wire } from '@otas/event-schema';
import type { RequestContext } from '@otas/http-kit';

const kinds = { agent_key: 'agt', session_key: 'ase', event_id: 'aev' } as const;

/** What stands in the paths of v2 routes. */
export const pathKeys = {
  agent_key: wire.key('agt'),
  session_key: wire.key('ase'),
  event_id: wire.key('aev'),
};

/** A parameter in the path of a v2 route. */
export type PathKey = keyof typeof kinds;

/**
 * The keys in the path of a request, by the names that they have in the endpoint's path.
 *
 * @throws ApiError 400 `invalid_request` that names every key of another form.
 */
export function parseKeys<Name extends PathKey>(
  context: RequestContext,
  names: readonly Name[],
): Readonly<Record<Name, string>> {
  const keys: Partial<Record<Name, string>> = {};
  const errors: FieldError[] = [];
  for (const name of names) {
    const [kind, key] = [kinds[name], context.pathParameter(name)];
    if (isKey(kind, key)) keys[name] = key;
    else errors.push({ field: name, message: `must be ${kind}_ and letters, digits, _ or -, 50 at most` });
  }
  if (errors.length > 0) throw invalidRequest(errors);
  return keys as Record<Name, string>;
}
