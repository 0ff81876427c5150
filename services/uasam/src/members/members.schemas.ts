import { type FieldError, invalidRequest } from '@otas/errors';
import type { JsonObject, RawBody } from '@otas/http-kit';
import { privilege } from '../auth/principals';
import { isEmail, normaliseEmail } from '../users/email';
import { isMissing } from '../wire/text';

export interface NewInvitation {
  /** In the form in which users' e-mails are kept. */
  readonly email: string;
  /** 1 = Admin, 2 = Member. */
  readonly privilege: number;
}

export interface PrivilegeChange {
  /** As it was sent; it need not be a UUID. */
  readonly userId: unknown;
  readonly privilege: number;
}

/** `privilege` left out is 2. @throws ApiError 400 `invalid_request`. */
export function parseNewInvitation(raw: RawBody): NewInvitation {
  const body = raw.json();
  const email = typeof body.email === 'string' ? normaliseEmail(body.email) : '';
  const fault = isMissing(body.email) ? 'is required' : isEmail(email) ? null : 'must be an e-mail address';
  const wanted = body.privilege ?? privilege.member;
  failIf([faultOf('email', fault), privilegeFault(wanted)]);
  return { email, privilege: wanted as number };
}

/** @throws ApiError 400 `invalid_request`. */
export function parsePrivilegeChange(raw: RawBody): PrivilegeChange {
  const body = raw.json();
  failIf([missingFault(body, 'user_id'), privilegeFault(body.privilege)]);
  return { userId: body.user_id, privilege: body.privilege as number };
}

/** The value of one required field as it was sent. @throws ApiError 400 `invalid_request`. */
export function parseField(field: 'user_id' | 'invitation_id' | 'token'): (raw: RawBody) => unknown {
  return (raw) => {
    const body = raw.json();
    failIf([missingFault(body, field)]);
    return body[field];
  };
}

function failIf(faults: readonly (FieldError | null)[]): void {
  const errors = faults.filter((fault) => fault !== null);
  if (errors.length > 0) throw invalidRequest(errors);
}

function faultOf(field: string, message: string | null): FieldError | null {
  return message === null ? null : { field, message };
}

function missingFault(body: JsonObject, field: string): FieldError | null {
  return isMissing(body[field]) ? { field, message: 'is required' } : null;
}

function privilegeFault(value: unknown): FieldError | null {
  const isKnown = value === privilege.admin || value === privilege.member;
  return isKnown ? null : { field: 'privilege', message: 'must be 1 (Admin) or 2 (Member)' };
}
