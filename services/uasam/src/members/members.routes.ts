import { authentication, endpoint, type MountedEndpoint } from '@otas/http-kit';
import { privilege } from '../auth/principals';
import type { Deps } from '../deps';
import { acceptInvitation } from './accept-invitation';
import { changePrivilege } from './change-privilege';
import { inviteMember } from './invite-member';
import { invitationAnswer, memberAnswer } from './member-answers';
import { parseField, parseNewInvitation, parsePrivilegeChange } from './members.schemas';
import { removeMember } from './remove-member';
import { revokeInvitation } from './revoke-invitation';

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
    }),
    endpoint({
      methods: ['POST'],
      path: '/api/project/v1/members/invite/revoke/',
      authenticate: credentials.admin,
      body: parseField('invitation_id'),
      status: 200,
      description: 'invitation_revoked',
      handle: async ({ principal, body }) => ({
        response_body: { id: await revokeInvitation(deps, principal, body) },
      }),
    }),
    endpoint({
      methods: ['POST'],
      path: '/api/project/v1/members/accept/',
      authenticate: credentials.user,
      body: parseField('token'),
      status: 200,
      description: 'invitation_accepted',
      handle: async ({ principal, body }) => {
        const { projectId, privilege: given } = await acceptInvitation(deps, principal, body);
        return { response_body: { project_id: projectId, privilege: given } };
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
    }),
    endpoint({
      methods: ['POST'],
      path: '/api/project/v1/members/remove/',
      authenticate: adminOrOneself,
      body: parseField('user_id'),
      status: 200,
      description: 'member_removed',
      handle: async ({ principal, body }) => ({
        response_body: { user_id: await removeMember(deps, principal, body) },
      }),
    }),
  ];
}
