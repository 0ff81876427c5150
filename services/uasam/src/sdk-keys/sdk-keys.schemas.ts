import { ApiError } from '@otas/errors';
import { checked, type RawBody, readFields } from '@otas/http-kit';
import { z } from 'zod';
import {
  type KeyOptions,
  type KeyRotation,
  keyNameMaxLength,
  keyRotation,
  rotationOf,
  scopesField,
  validityField,
} from '../keys/keys.schemas';
import { optionalText, readListed } from '../wire/fields';
import { requiredId } from '../wire/ids';
import { jsonOrFail } from '../wire/text';

const newSdkKey = z.object({
  validity: validityField,
  name: optionalText({
    maxLength: keyNameMaxLength,
    example: 'shop back end',
    words: { length: `too long (max ${keyNameMaxLength})` },
  }),
  scopes: scopesField.nullish(),
});
const sdkKeyId = z.object({ sdk_key_id: requiredId('sdk_key_id_required') });
const sdkKeyRotation = sdkKeyId.extend(keyRotation);

/** Of the options only `scopes` may be null. @throws ApiError 400 `sdk_key_creation_failed` with every fault in `errors`, also for a body that is not JSON. */
export const parseNewSdkKey = checked(newSdkKey, (raw: RawBody): KeyOptions => {
  const body = jsonOrFail(raw, (errors) => new ApiError('sdk_key_creation_failed', { payload: { errors } }));
  const { validity, name, scopes } = readListed(newSdkKey, body, 'sdk_key_creation_failed');
  return { validityDays: validity, name, scopes: scopes ?? null };
});

/** @throws ApiError 400 `sdk_key_id_required`, `invalid_request`. */
export const parseSdkKeyRotation = checked(sdkKeyRotation, (raw: RawBody): KeyRotation => {
  const { sdk_key_id: id, ...fields } = readFields(sdkKeyRotation, raw.json());
  return rotationOf(id, fields);
});

/** The id in a revocation as it was sent. @throws ApiError 400 `sdk_key_id_required`. */
export const parseSdkKeyId = checked(sdkKeyId, (raw: RawBody): unknown => {
  return readFields(sdkKeyId, raw.json()).sdk_key_id;
});
