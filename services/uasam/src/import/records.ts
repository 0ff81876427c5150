import { formatTime } from '@otas/event-schema';
import { noPassword } from '../auth/passwords';
import { parsePbkdf2 } from '../auth/pbkdf2';
import { privilege } from '../auth/principals';
import { isEmail, normaliseEmail } from '../users/email';
import { idOf, isActive, timeOrNull, timesOf, Unfit } from './fields';
import { agentNotErased, projectNotErased, projectThere, type Target, userThere } from './target';

const times = { created_at: 'timestamptz', updated_at: 'timestamptz' };
/** The year 9999: no token is valid. */
const endOfTimeSeconds = 253_402_300_799;
const createdAtTheSame = 't.created_at = r.created_at';

export const users: Target<'users'> = {
  ...{ from: 'users', into: 'users', key: ['id'], isSame: createdAtTheSame, needs: [], chain: 'user' },
  columns: {
    ...{ id: 'uuid', first_name: 'text', middle_name: 'text', last_name: 'text', email: 'text' },
    ...{ password_hash: 'text', tokens_valid_from: 'bigint', ...times },
  },
  expressions: {},
  conflict: 'another user has its e-mail',
  audit: {
    ...{ action: 'user.imported', targetKind: 'user', targetId: 'id' },
    after: ['first_name', 'middle_name', 'last_name', 'email'],
  },
  convert(row) {
    const email = normaliseEmail(row.email ?? '');
    if (!isEmail(email)) throw new Unfit('its e-mail is none');
    const hash = row.password ?? '';
    const isKnown = parsePbkdf2(hash) !== null;
    const mayLogIn = isActive(row.is_active);
    const converted = {
      id: idOf(row.id, 'id'),
      first_name: row.first_name ?? '',
      middle_name: row.middle_name ?? '',
      last_name: row.last_name ?? '',
      email,
      password_hash: isKnown && mayLogIn ? hash : noPassword,
      // One who was deactivated may have tokens of the original system, under the same secret.
      tokens_valid_from: mayLogIn ? 0 : endOfTimeSeconds,
      ...timesOf(row),
    };
    if (!mayLogIn) return { row: converted, note: 'is not active: cannot log in' };
    return { row: converted, note: isKnown ? null : 'the password is kept in another form: cannot log in' };
  },
};

export const projects: Target<'project'> = {
  ...{ from: 'project', into: 'projects', key: ['id'], isSame: createdAtTheSame, chain: 'project' },
  columns: {
    ...{ id: 'uuid', name: 'text', description: 'text', domain: 'text', is_active: 'boolean' },
    ...{ created_by: 'uuid', ...times },
  },
  expressions: {},
  needs: [projectNotErased, userThere('created_by', 'the user who created it is not there')],
  conflict: 'it is there',
  audit: {
    ...{ action: 'project.imported', targetKind: 'project', targetId: 'id' },
    after: ['name', 'description', 'domain', 'is_active', 'created_by'],
  },
  convert: (row) => ({
    row: {
      id: idOf(row.id, 'id'),
      name: row.name ?? '',
      description: row.description ?? '',
      domain: row.domain ?? '',
      is_active: isActive(row.is_active),
      created_by: idOf(row.created_by, 'created_by'),
      ...timesOf(row),
    },
    note: null,
  }),
};

export const members: Target<'user_project_mapping'> = {
  ...{ from: 'user_project_mapping', into: 'project_members', chain: 'project' },
  columns: { user_id: 'uuid', project_id: 'uuid', privilege: 'smallint', is_active: 'boolean', ...times },
  expressions: {},
  key: ['user_id', 'project_id'],
  isSame: 'true',
  needs: [projectThere, userThere('user_id', 'its user is not there')],
  conflict: 'it is there',
  audit: {
    ...{ action: 'member.imported', targetKind: 'member', targetId: 'user_id' },
    after: ['privilege', 'is_active'],
  },
  convert(row, at) {
    const known: readonly (string | null)[] = Object.values(privilege).map(String);
    if (!known.includes(row.privilege)) throw new Unfit('its privilege is neither 1 nor 2');
    const createdAt =
      timeOrNull(row.created_at, 'created_at') ??
      timeOrNull(row.updated_at, 'updated_at') ??
      at.getTime() * 1000;
    return {
      row: {
        user_id: idOf(row.user_id, 'user_id'),
        project_id: idOf(row.project_id, 'project_id'),
        privilege: Number(row.privilege),
        is_active: isActive(row.is_active),
        ...timesOf({ created_at: formatTime(createdAt), updated_at: row.updated_at }),
      },
      note: null,
    };
  },
};

/** Who created something; the project's creator where that is not told, or is not there. */
const creator = `coalesce((SELECT u.id FROM users u WHERE u.id = r.created_by),
  (SELECT p.created_by FROM projects p WHERE p.id = r.project_id))`;

export const ofProject = {
  chain: 'project' as const,
  isSame: createdAtTheSame,
  needs: [projectThere],
  expressions: { created_by: creator },
};

export const agents: Target<'agent'> = {
  ...{ from: 'agent', into: 'agents', key: ['id'], ...ofProject },
  needs: [agentNotErased, projectThere],
  columns: {
    ...{ id: 'uuid', project_id: 'uuid', name: 'text', description: 'text', provider: 'text' },
    ...{ is_active: 'boolean', created_by: 'uuid', ...times },
  },
  conflict: 'it is there',
  audit: {
    ...{ action: 'agent.imported', targetKind: 'agent', targetId: 'id' },
    after: ['name', 'description', 'provider', 'is_active'],
  },
  convert: (row) => ({
    row: {
      id: idOf(row.id, 'id'),
      project_id: idOf(row.project_id, 'project_id'),
      name: row.name ?? '',
      description: row.description ?? '',
      provider: row.provider ?? '',
      is_active: isActive(row.is_active),
      created_by: row.created_by === null ? null : idOf(row.created_by, 'created_by'),
      ...timesOf(row),
    },
    note: null,
  }),
};
