import { type FieldError, invalidRequest } from '@otas/errors';
import { isKey, type KeyKind } from '@otas/event-schema';
import type { AccessQuestion } from './resolve-access';

export interface PageQuery {
  /** 1–100. */
  readonly limit: number;
  readonly cursor: string | null;
}

export interface SessionPageQuery extends PageQuery {
  readonly agentRef: string;
}

const [limitDefault, limitMax] = [20, 100];

/** @throws ApiError 400 `invalid_request` with every fault. */
export function parseAccessQuery(parameters: URLSearchParams): AccessQuestion {
  const errors: FieldError[] = [];
  const agentRef = readRef('agt', 'agent_ref', parameters, errors);
  const sessionRef = readRef('ase', 'session_ref', parameters, errors);
  if (agentRef === null && sessionRef !== null) errors.push({ field: 'agent_ref', message: 'is required' });
  if (errors.length > 0) throw invalidRequest(errors);
  const withMeta = parameters.get('with_meta') === '1';
  return { action: 'read', agentRef, sessionRef, withMeta, isAgentPlain: false, isSessionPlain: false };
}

/** `limit` (20; 1–100) and `cursor`. @throws ApiError 400 `invalid_request`. */
export function parsePageQuery(parameters: URLSearchParams): PageQuery {
  const text = parameters.get('limit') ?? String(limitDefault);
  const limit = /^\d{1,3}$/.test(text) ? Number(text) : 0;
  if (limit < 1 || limit > limitMax) {
    throw invalidRequest([{ field: 'limit', message: `must be a whole number from 1 to ${limitMax}` }]);
  }
  return { limit, cursor: parameters.get('cursor') };
}

/** @throws ApiError 400 `invalid_request`. */
export function parseSessionPageQuery(parameters: URLSearchParams): SessionPageQuery {
  const { agentRef } = parseAccessQuery(parameters);
  if (agentRef === null) throw invalidRequest([{ field: 'agent_ref', message: 'is required' }]);
  return { agentRef, ...parsePageQuery(parameters) };
}

function readRef(
  kind: KeyKind,
  field: string,
  parameters: URLSearchParams,
  errors: FieldError[],
): string | null {
  const value = parameters.get(field);
  if (value === null || isKey(kind, value)) return value;
  errors.push({ field, message: `must be ${kind}_ and letters, digits, _ or -, 50 characters at most` });
  return null;
}
