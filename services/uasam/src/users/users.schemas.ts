import { ApiError } from '@otas/errors';
import { checked, type JsonObject, type RawBody, readFields } from '@otas/http-kit';
import { z } from 'zod';
import { exactText, optionalText, requiredText } from '../wire/fields';
import { describeTextFault, isMissing, lengthOf } from '../wire/text';
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

const profile = z.object({
  first_name: requiredText({ maxLength: nameMaxLength, example: 'Ada' }, 'missing_required_fields'),
  last_name: requiredText({ maxLength: nameMaxLength, example: 'Lovelace' }, 'missing_required_fields'),
  middle_name: optionalText({ maxLength: nameMaxLength, example: 'King' }),
});
const email = z.string('must be a string').meta({ format: 'email', examples: ['ada@example.com'] });
const password = exactText({ maxLength: passwordMaxLength, example: 'correct horse battery' });
const chosenPassword = password.meta({
  minLength: 1,
  description: 'At least `PASSWORD_MIN_LENGTH` (8) characters.',
});
const newUser = profile.extend({ email, password: chosenPassword });
const newPassword = z.object({ password: chosenPassword });
const loginAttempt = z.object({ email, password: password.optional(), Password: password.optional() });

/** Body of sign-up. What is missing is named first, then what has the wrong type or length, then the form of the rest. */
export const newUserOf = (passwordMinLength: number) =>
  checked(newUser, (raw: RawBody): NewUser => {
    const body = raw.json();
    const missing = ['first_name', 'last_name', 'email'].filter((field) => isMissing(body[field]));
    if (isPasswordMissing(body)) missing.push('password');
    if (missing.length > 0) {
      throw new ApiError('missing_fields', { description: `missing_fields: ${missing.join(', ')}` });
    }
    const fields = readFields(newUser, body);
    const normalised = normaliseEmail(fields.email);
    if (!isEmail(normalised)) throw new ApiError('invalid_email_format');
    refuseShortPassword(fields.password, passwordMinLength);
    return { ...profileOf(fields), email: normalised, password: fields.password };
  });

/** Body of the profile's edit; `middle_name` left out is `''`, as at sign-up. */
export const parseProfile = checked(profile, (raw: RawBody): Profile => {
  return profileOf(readFields(profile, raw.json()));
});

/** Body of the password's change. */
export const newPasswordOf = (passwordMinLength: number) =>
  checked(newPassword, (raw: RawBody): string => {
    const body = raw.json();
    if (isPasswordMissing(body)) throw new ApiError('missing_password');
    const fields = readFields(newPassword, body);
    refuseShortPassword(fields.password, passwordMinLength);
    return fields.password;
  });

/** Body of login; null when it cannot be anybody's, which login answers like a wrong password. */
export const parseLogin = checked(loginAttempt, (raw: RawBody): LoginAttempt | null => {
  const body = jsonOrNull(raw);
  const given = body?.Password ?? body?.password;
  if (typeof body?.email !== 'string' || describeTextFault(given, passwordMaxLength) !== null) return null;
  const normalised = normaliseEmail(body.email);
  return isEmail(normalised) ? { email: normalised, password: given as string } : null;
});

function profileOf(fields: z.output<typeof profile>): Profile {
  return { firstName: fields.first_name, lastName: fields.last_name, middleName: fields.middle_name };
}

/** White space counts in a password: it is never trimmed. */
function isPasswordMissing(body: JsonObject): boolean {
  return body.password === undefined || body.password === null || body.password === '';
}

function refuseShortPassword(given: string, minLength: number): void {
  if (lengthOf(given) < minLength) throw new ApiError('password_too_short');
}

function jsonOrNull(raw: RawBody): JsonObject | null {
  try {
    return raw.json();
  } catch {
    return null;
  }
}
