import { ApiError } from '@otas/errors';
import { listIn, numberIn, objectIn, textIn } from './read-json';
import type { UasamHttp } from './uasam-http';

/** For how many days events are kept; 0: for ever. */
export interface RetentionRules {
  /** Of every project that has none of its own. */
  readonly defaultDays: number;
  /** By the project's id. */
  readonly daysOf: ReadonlyMap<string, number>;
}

/**
 * Asks UASAM for how long which project keeps its events.
 *
 * @param http sends the service's token
 * @throws ApiError 503 `auth_service_timeout` or `auth_service_error`
 */
export async function askRetentionRules(http: UasamHttp): Promise<RetentionRules> {
  const { status, body } = await http.get('/internal/v1/retention/');
  if (status !== 200)
    throw new ApiError('auth_service_error', { cause: `UASAM answered with status ${status}` });
  const response = objectIn(body, 'response');
  const own = listIn(response, 'projects').map(
    (one) => [textIn(one, 'project_id'), numberIn(one, 'retention_days')] as const,
  );
  return { defaultDays: numberIn(response, 'default_days'), daysOf: new Map(own) };
}
