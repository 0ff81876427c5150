import { type FieldError, invalidRequest } from '@otas/errors';
import type { JsonObject } from '@otas/http-kit';
import { type KeyScope, keyScopes } from '../auth/principals';
import { readText } from '../wire/text';
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

const [nameMaxLength, validityMaxDays] = [255, 300];
const overlapMaxSeconds = 30 * 24 * 60 * 60;

/** `name?`, `scopes?` and `validity?` of a body. @throws ApiError 400 `invalid_request` with every fault. */
export function parseKeyOptions(body: JsonObject): KeyOptions {
  const errors: FieldError[] = [];
  const options = readKeyOptions(body, errors);
  if (errors.length > 0) throw invalidRequest(errors);
  return options;
}

/** The same, and `expires_in_seconds?` (0). @throws ApiError 400 `invalid_request` with every fault. */
export function parseKeyRotation(body: JsonObject, keyId: unknown): KeyRotation {
  const errors: FieldError[] = [];
  const options = readKeyOptions(body, errors);
  const overlap = body.expires_in_seconds ?? 0;
  addFault(errors, 'expires_in_seconds', integerFault(overlap, 0, overlapMaxSeconds));
  if (errors.length > 0) throw invalidRequest(errors);
  return { keyId, options, overlapSeconds: overlap as number };
}

/** What is wrong with a list of scopes; null when nothing is. */
export function scopesFault(value: unknown): string | null {
  const known: readonly unknown[] = keyScopes;
  const isList = Array.isArray(value) && value.length > 0 && value.every((scope) => known.includes(scope));
  if (isList && new Set(value).size === value.length) return null;
  return `must be an array of one or more of ${keyScopes.join(', ')}, each once`;
}

/** What is wrong with a validity in days; null when nothing is. */
export function validityFault(value: unknown): string | null {
  return integerFault(value, 1, validityMaxDays);
}

function readKeyOptions(body: JsonObject, errors: FieldError[]): KeyOptions {
  const [name, scopes, validity] = [body.name ?? null, body.scopes ?? null, body.validity ?? null];
  if (scopes !== null) addFault(errors, 'scopes', scopesFault(scopes));
  if (validity !== null) addFault(errors, 'validity', validityFault(validity));
  return {
    name: name === null ? null : readText(body, 'name', nameMaxLength, errors),
    scopes: Array.isArray(scopes) ? scopesOf(scopes) : null,
    validityDays: validity as number | null,
  };
}

function addFault(errors: FieldError[], field: string, message: string | null): void {
  if (message !== null) errors.push({ field, message });
}

function integerFault(value: unknown, min: number, max: number): string | null {
  if (!Number.isInteger(value)) return 'must be an integer';
  const number = value as number;
  return number >= min && number <= max ? null : `must be between ${min} and ${max}`;
}
