import { wireTime } from '../wire/answers';
import type { Invitation } from './invitations.store';
import type { Member } from './members.store';

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
