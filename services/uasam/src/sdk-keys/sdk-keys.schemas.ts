import { ApiError } from '@otas/errors';
import type { RawBody } from '@otas/http-kit';
import { jsonOrFail, requireId, textFault } from '../wire/text';

export interface NewSdkKey {
  readonly validityDays: number;
  readonly name: string;
}

const validityMaxDays = 300;
const nameMaxLength = 255;

/** @throws ApiError 400 `sdk_key_creation_failed` with every fault in `errors`, also for a body that is not JSON. */
export function parseNewSdkKey(raw: RawBody): NewSdkKey {
  const body = jsonOrFail(raw, creationFailed);
  const { validity } = body;
  const name = typeof body.name === 'string' ? body.name.trim() : (body.name ?? '');
  const errors = [validityFault(validity), nameFault(name)].filter((fault) => fault !== null);
  if (errors.length > 0) throw creationFailed(errors);
  return { validityDays: validity as number, name: name as string };
}

/** The id in a revocation as it was sent. @throws ApiError 400 `sdk_key_id_required`. */
export function parseSdkKeyId(raw: RawBody): unknown {
  return requireId(raw.json(), 'sdk_key_id', 'sdk_key_id_required');
}

function creationFailed(errors: readonly string[]): ApiError {
  return new ApiError('sdk_key_creation_failed', { payload: { errors } });
}

function validityFault(validity: unknown): string | null {
  if (!Number.isInteger(validity)) return 'validity must be an integer';
  const days = validity as number;
  return days >= 1 && days <= validityMaxDays ? null : `validity must be between 1 and ${validityMaxDays}`;
}

function nameFault(name: unknown): string | null {
  const fault = textFault(name, nameMaxLength);
  if (fault === 'type') return 'name must be a string';
  if (fault === 'characters') return 'name must not hold U+0000 or half of a surrogate pair';
  return fault === 'length' ? `name too long (max ${nameMaxLength})` : null;
}
