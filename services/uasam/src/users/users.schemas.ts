import { ApiError, type FieldError, invalidRequest } from '@otas/errors';
import type { JsonObject, RawBody } from '@otas/http-kit';
import { describeTextFault, isMissing, lengthOf, readText } from '../wire/text';
import { isEmail, normaliseEmail } from './email';

export interface Profile {
  readonly firstName: string;
  readonly middleName: string;
  readonly lastName: string;
}

export interface NewUser extends Profile {
  readonly email: string;
  readonly password: string;
}

export interface LoginAttempt {
  readonly email: string;
  readonly password: string;
}

const nameMaxLength = 100;
const passwordMaxLength = 1024;

/** Body of sign-up. What is missing is named first, then what has the wrong type or length, then the form of the rest. */
export function parseNewUser(raw: RawBody, passwordMinLength: number): NewUser {
  const body = raw.json();
  const missing = ['first_name', 'last_name', 'email'].filter((field) => isMissing(body[field]));
  if (isPasswordMissing(body)) missing.push('password');
  if (missing.length > 0) {
    throw new ApiError('missing_fields', { description: `missing_fields: ${missing.join(', ')}` });
  }
  const errors: FieldError[] = [];
  const profile = readProfile(body, errors);
  const { email: emailText, password } = body;
  if (typeof emailText !== 'string') errors.push({ field: 'email', message: 'must be a string' });
  checkPassword(password, errors);
  if (errors.length > 0) throw invalidRequest(errors);
  const email = normaliseEmail(emailText as string);
  if (!isEmail(email)) throw new ApiError('invalid_email_format');
  refuseShortPassword(password as string, passwordMinLength);
  return { ...profile, email, password: password as string };
}

/** Body of the profile's edit; `middle_name` left out is `''`, as at sign-up. */
export function parseProfile(raw: RawBody): Profile {
  const body = raw.json();
  if (isMissing(body.first_name) || isMissing(body.last_name)) throw new ApiError('missing_required_fields');
  const errors: FieldError[] = [];
  const profile = readProfile(body, errors);
  if (errors.length > 0) throw invalidRequest(errors);
  return profile;
}

/** Body of the password's change. */
export function parseNewPassword(raw: RawBody, passwordMinLength: number): string {
  const body = raw.json();
  if (isPasswordMissing(body)) throw new ApiError('missing_password');
  const errors: FieldError[] = [];
  checkPassword(body.password, errors);
  if (errors.length > 0) throw invalidRequest(errors);
  refuseShortPassword(body.password as string, passwordMinLength);
  return body.password as string;
}

/** Body of login; null when it cannot be anybody's, which login answers like a wrong password. */
export function parseLogin(raw: RawBody): LoginAttempt | null {
  const body = jsonOrNull(raw);
  const password = body?.Password ?? body?.password;
  if (typeof body?.email !== 'string' || describeTextFault(password, passwordMaxLength) !== null) return null;
  const email = normaliseEmail(body.email);
  return isEmail(email) ? { email, password: password as string } : null;
}

function readProfile(body: JsonObject, errors: FieldError[]): Profile {
  return {
    firstName: readText(body, 'first_name', nameMaxLength, errors),
    lastName: readText(body, 'last_name', nameMaxLength, errors),
    middleName: readText(body, 'middle_name', nameMaxLength, errors),
  };
}

/** White space counts in a password: it is never trimmed. */
function isPasswordMissing(body: JsonObject): boolean {
  return body.password === undefined || body.password === null || body.password === '';
}

function checkPassword(password: unknown, errors: FieldError[]): void {
  const message = describeTextFault(password, passwordMaxLength);
  if (message !== null) errors.push({ field: 'password', message });
}

function refuseShortPassword(password: string, minLength: number): void {
  if (lengthOf(password) < minLength) throw new ApiError('password_too_short');
}

function jsonOrNull(raw: RawBody): JsonObject | null {
  try {
    return raw.json();
  } catch {
    return null;
  }
}
