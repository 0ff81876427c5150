import { wire } from '@otas/event-schema';
import { authentication, endpoint, type MountedEndpoint } from '@otas/http-kit';
import { z } from 'zod';
import { privilege } from '../auth/principals';
import type { Deps } from '../deps';
import { acceptInvitation } from './accept-invitation';
import { changePrivilege } from './change-privilege';
import { inviteMember } from './invite-member';
import { invitation, invitationAnswer, member, memberAnswer, privilegeNumber } from './member-answers';
import { fieldOf, parseNewInvitation, parsePrivilegeChange } from './members.schemas';
import { removeMember } from './remove-member';
import { revokeInvitation } from './revoke-invitation';

const tag = 'Members';

export function memberEndpoints(deps: Deps): MountedEndpoint[] {
  const { credentials } = deps;
  // Whom he removes is in the body, so that who may is told there.
  const adminOrOneself = authentication('admin or oneself', credentials.member);

  return [
    endpoint({
      methods: ['GET'],
      path: '/api/project/v1/members/list/',
      authenticate: credentials.member,
      status: 200,
      description: 'members_listed',
      handle: async ({ principal }) => {
        const { id } = principal.project;
        const members = (await deps.members.list(id)).map(memberAnswer);
        if (principal.privilege !== privilege.admin) return { response_body: { members } };
        const invitations = await deps.invitations.listOpen(id, deps.now());
        return { response_body: { members, invitations: invitations.map(invitationAnswer) } };
      },
      about: {
        name: 'listMembers',
        tag,
        summary: 'Lists the members of a project, and for its Admins the open invitations',
        answer: z.object({
          response_body: z.object({ members: z.array(member), invitations: z.array(invitation).optional() }),
        }),
      },
    }),
    endpoint({
      methods: ['POST'],
      path: '/api/project/v1/members/invite/',
      authenticate: credentials.admin,
      body: parseNewInvitation,
      status: 201,
      description: 'member_invited',
      handle: async ({ principal, body }) => {
        const { invitation, token } = await inviteMember(deps, principal, body);
        return { response_body: { invitation: invitationAnswer(invitation), token } };
      },
      about: {
        name: 'inviteMember',
        tag,
        summary: 'Invites somebody into a project by e-mail address',
        details:
          'Nothing is sent: hand the token on. It cannot be had again; another invitation takes its place.',
        answer: z.object({
          response_body: z.object({ invitation, token: z.string().meta({ examples: ['invite_Zk3pQ9_…'] }) }),
        }),
        errors: ['invalid_request', 'already_a_member'],
      },
    }),
    endpoint({
      methods: ['POST'],
      path: '/api/project/v1/members/invite/revoke/',
      authenticate: credentials.admin,
      body: fieldOf('invitation_id'),
      status: 200,
      description: 'invitation_revoked',
      handle: async ({ principal, body }) => ({
        response_body: { id: await revokeInvitation(deps, principal, body) },
      }),
      about: {
        name: 'revokeInvitation',
        tag,
        summary: 'Takes an invitation back',
        answer: z.object({ response_body: z.object({ id: wire.uuid }) }),
        errors: ['invalid_request', 'invitation_not_found'],
      },
    }),
    endpoint({
      methods: ['POST'],
      path: '/api/project/v1/members/accept/',
      authenticate: credentials.user,
      body: fieldOf('token'),
      status: 200,
      description: 'invitation_accepted',
      handle: async ({ principal, body }) => {
        const { projectId, privilege: given } = await acceptInvitation(deps, principal, body);
        return { response_body: { project_id: projectId, privilege: given } };
      },
      about: {
        name: 'acceptInvitation',
        tag,
        summary: 'Accepts an invitation; the caller has its e-mail address',
        answer: z.object({ response_body: z.object({ project_id: wire.uuid, privilege: privilegeNumber }) }),
        errors: ['invalid_request', 'invitation_not_found'],
      },
    }),
    endpoint({
      methods: ['POST'],
      path: '/api/project/v1/members/privilege/',
      authenticate: credentials.admin,
      body: parsePrivilegeChange,
      status: 200,
      description: 'member_privilege_changed',
      handle: async ({ principal, body }) => {
        const userId = await changePrivilege(deps, principal, body);
        return { response_body: { user_id: userId, privilege: body.privilege } };
      },
      about: {
        name: 'changePrivilege',
        tag,
        summary: 'Makes a member an Admin, or an Admin a member',
        answer: z.object({ response_body: z.object({ user_id: wire.uuid, privilege: privilegeNumber }) }),
        errors: ['invalid_request', 'member_not_found', 'last_admin'],
      },
    }),
    endpoint({
      methods: ['POST'],
      path: '/api/project/v1/members/remove/',
      authenticate: adminOrOneself,
      body: fieldOf('user_id'),
      status: 200,
      description: 'member_removed',
      handle: async ({ principal, body }) => ({
        response_body: { user_id: await removeMember(deps, principal, body) },
      }),
      about: {
        name: 'removeMember',
        tag,
        summary: 'Removes a member from a project; anybody may remove himself',
        answer: z.object({ response_body: z.object({ user_id: wire.uuid }) }),
        errors: ['invalid_request', 'member_not_found', 'last_admin'],
      },
    }),
  ];
}
