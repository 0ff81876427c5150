import { ApiError } from '@otas/errors';
import type { RawBody } from '@otas/http-kit';
import { scopesOf } from '../keys/key';
import {
  type KeyOptions,
  type KeyRotation,
  parseKeyRotation,
  scopesFault,
  validityFault,
} from '../keys/keys.schemas';
import { jsonOrFail, requireId, textFault } from '../wire/text';

const nameMaxLength = 255;

/** Of the options only `scopes` may be null. @throws ApiError 400 `sdk_key_creation_failed` with every fault in `errors`, also for a body that is not JSON. */
export function parseNewSdkKey(raw: RawBody): KeyOptions {
  const body = jsonOrFail(raw, creationFailed);
  const scopes = body.scopes ?? null;
  const name = typeof body.name === 'string' ? body.name.trim() : (body.name ?? '');
  const errors = [
    named('validity', validityFault(body.validity)),
    nameFault(name),
    named('scopes', scopes === null ? null : scopesFault(scopes)),
  ].filter((fault) => fault !== null);
  if (errors.length > 0) throw creationFailed(errors);
  return {
    validityDays: body.validity as number,
    name: name as string,
    scopes: Array.isArray(scopes) ? scopesOf(scopes) : null,
  };
}

/** @throws ApiError 400 `sdk_key_id_required`, `invalid_request`. */
export function parseSdkKeyRotation(raw: RawBody): KeyRotation {
  const body = raw.json();
  return parseKeyRotation(body, requireId(body, 'sdk_key_id', 'sdk_key_id_required'));
}

/** The id in a revocation as it was sent. @throws ApiError 400 `sdk_key_id_required`. */
export function parseSdkKeyId(raw: RawBody): unknown {
  return requireId(raw.json(), 'sdk_key_id', 'sdk_key_id_required');
}

function creationFailed(errors: readonly string[]): ApiError {
  return new ApiError('sdk_key_creation_failed', { payload: { errors } });
}

function named(field: string, fault: string | null): string | null {
  return fault === null ? null : `${field} ${fault}`;
}

function nameFault(name: unknown): string | null {
  const fault = textFault(name, nameMaxLength);
  if (fault === 'type') return 'name must be a string';
  if (fault === 'characters') return 'name must not hold U+0000 or half of a surrogate pair';
  return fault === 'length' ? `name too long (max ${nameMaxLength})` : null;
}
