import { z } from 'zod';
import { type KeyScope, keyScopes } from '../auth/principals';
import { changedText, integerField } from '../wire/fields';
import { scopesOf } from './key';

/** What a new key can be told; null is left out. */
export interface KeyOptions {
  /** Trimmed. */
  readonly name: string | null;
  /** At least one. */
  readonly scopes: readonly KeyScope[] | null;
  /** 1–300. */
  readonly validityDays: number | null;
}

export interface KeyRotation {
  /** As it was sent; it need not be a UUID. */
  readonly keyId: unknown;
  /** Of the successor. */
  readonly options: KeyOptions;
  /** How much longer the old key lives, 0–2,592,000. */
  readonly overlapSeconds: number;
}

export const noOptions: KeyOptions = { name: null, scopes: null, validityDays: null };

export const keyNameMaxLength = 255;
const validityMaxDays = 300;
const overlapMaxSeconds = 30 * 24 * 60 * 60;

export const scopesField = z
  .unknown()
  .refine(isScopes, `must be an array of one or more of ${keyScopes.join(', ')}, each once`)
  .transform((value) => scopesOf(value as string[]))
  .meta({
    type: 'array',
    items: { type: 'string', enum: [...keyScopes] },
    ...{ minItems: 1, uniqueItems: true, examples: [['capture', 'read']] },
  });

/** For how many days a key is valid. */
export const validityField = integerField(1, validityMaxDays, 30);

/** `scopes?`, `validity?` and `name?` of a body. */
export const keyOptions = {
  scopes: scopesField.nullish(),
  validity: validityField.nullish(),
  name: changedText({ maxLength: keyNameMaxLength, example: 'nightly' }, 'mayBeBlank'),
};

/** The same, and `expires_in_seconds?`. */
export const keyRotation = {
  ...keyOptions,
  expires_in_seconds: integerField(0, overlapMaxSeconds, 3600)
    .nullish()
    .meta({ description: 'How much longer the old key lives; left out: not at all.', examples: [3600] }),
};

type Options = z.output<z.ZodObject<typeof keyOptions>>;
type Rotation = z.output<z.ZodObject<typeof keyRotation>>;

export function optionsOf({ name, scopes, validity }: Options): KeyOptions {
  return { name: name ?? null, scopes: scopes ?? null, validityDays: validity ?? null };
}

export function rotationOf(keyId: unknown, fields: Rotation): KeyRotation {
  return { keyId, options: optionsOf(fields), overlapSeconds: fields.expires_in_seconds ?? 0 };
}

function isScopes(value: unknown): boolean {
  const known: readonly unknown[] = keyScopes;
  return (
    Array.isArray(value) &&
    value.length > 0 &&
    value.every((scope) => known.includes(scope)) &&
    new Set(value).size === value.length
  );
}
