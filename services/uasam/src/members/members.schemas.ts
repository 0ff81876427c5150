import { checked, type RawBody, readFields } from '@otas/http-kit';
import { z } from 'zod';
import { privilege } from '../auth/principals';
import { isEmail, normaliseEmail } from '../users/email';
import { requiredId } from '../wire/ids';
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

const { admin, member } = privilege;
const privilegeFault = 'must be 1 (Admin) or 2 (Member)';
const privilegeField = z
  .literal([admin, member], privilegeFault)
  .meta({ description: '1 = Admin, 2 = Member.', examples: [member] });

const newInvitation = z.object({
  email: z
    .unknown()
    .refine((value) => !isMissing(value), { message: 'is required', abort: true })
    .transform((value) => (typeof value === 'string' ? normaliseEmail(value) : ''))
    .refine(isEmail, 'must be an e-mail address')
    .meta({ type: 'string', format: 'email', examples: ['ada@example.com'] }),
  privilege: privilegeField.nullish(),
});

/** `privilege` left out is 2. @throws ApiError 400 `invalid_request`. */
export const parseNewInvitation = checked(newInvitation, (raw: RawBody): NewInvitation => {
  const fields = readFields(newInvitation, raw.json());
  return { email: fields.email, privilege: fields.privilege ?? member };
});

const privilegeChange = z.object({ user_id: requiredId('is required'), privilege: privilegeField });

/** @throws ApiError 400 `invalid_request`. */
export const parsePrivilegeChange = checked(privilegeChange, (raw: RawBody): PrivilegeChange => {
  const { user_id: userId, privilege: wanted } = readFields(privilegeChange, raw.json());
  return { userId, privilege: wanted };
});

const invitationToken = requiredId('is required').meta({ pattern: undefined, examples: ['invite_Zk3pQ9_…'] });

/** The value of one required field as it was sent. @throws ApiError 400 `invalid_request`. */
export function fieldOf(field: 'user_id' | 'invitation_id' | 'token') {
  const schema = z.object({ [field]: field === 'token' ? invitationToken : requiredId('is required') });
  return checked(schema, (raw: RawBody): unknown => readFields(schema, raw.json())[field]);
}
