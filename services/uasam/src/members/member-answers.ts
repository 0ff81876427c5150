import { wire } from '@otas/event-schema';
import { z } from 'zod';
import { wireTime } from '../wire/answers';
import type { Invitation } from './invitations.store';
import type { Member } from './members.store';

const email = z.string().meta({ examples: ['ada@example.com'] });

export const privilegeNumber = z.int().meta({ description: '1 = Admin, 2 = Member.', examples: [2] });

export const member = z
  .object({
    user_id: wire.uuid,
    first_name: z.string().meta({ examples: ['Ada'] }),
    last_name: z.string().meta({ examples: ['Lovelace'] }),
    email,
    privilege: privilegeNumber,
    created_at: wire.time,
    updated_at: wire.time,
  })
  .meta({ id: 'Member' });

export const invitation = z
  .object({
    id: wire.uuid,
    email,
    privilege: privilegeNumber,
    invited_by: wire.uuid,
    created_at: wire.time,
    expires_at: wire.time,
  })
  .meta({ id: 'Invitation' });

export function memberAnswer(member: Member): object {
  return {
    user_id: member.userId,
    first_name: member.firstName,
    last_name: member.lastName,
    email: member.email,
    privilege: member.privilege,
    created_at: wireTime(member.createdAt),
    updated_at: wireTime(member.updatedAt),
  };
}

export function invitationAnswer(invitation: Invitation): object {
  return {
    id: invitation.id,
    email: invitation.email,
    privilege: invitation.privilege,
    invited_by: invitation.invitedBy,
    created_at: wireTime(invitation.createdAt),
    expires_at: wireTime(invitation.expiresAt),
  };
}
