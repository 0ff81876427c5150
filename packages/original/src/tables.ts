/** What is known of a column: the names under which it is looked for, the usual one first. */
export interface ExpectedColumn {
  readonly names: readonly string[];
  /** Without a required one nothing is imported; one that is not, and is not there, reads as null in every row. */
  readonly isRequired: boolean;
  readonly isTime: boolean;
}

const needed = (...names: string[]): ExpectedColumn => ({ names, isRequired: true, isTime: false });
const optional = (...names: string[]): ExpectedColumn => ({ names, isRequired: false, isTime: false });
const neededTime = (...names: string[]): ExpectedColumn => ({ ...needed(...names), isTime: true });
const optionalTime = (...names: string[]): ExpectedColumn => ({ ...optional(...names), isTime: true });

const id = needed('id', 'uuid');
const createdAt = neededTime('created_at', 'date_joined', 'created');
const updatedAt = optionalTime('updated_at', 'updated', 'modified_at');
const isActive = optional('is_active', 'active');
const createdBy = optional('created_by_id', 'created_by', 'creator_id', 'owner_id');
const user = needed('user_id', 'user');
const project = needed('project_id', 'project');
const agent = needed('agent_id', 'agent');

const key = {
  id,
  prefix: needed('prefix', 'key_prefix'),
  key_hash: needed(
    ...['key_hash', 'hashed_key', 'api_key_hash', 'hashed_api_key', 'secret_hash', 'hashed_secret', 'hash'],
  ),
  name: optional('name', 'key_name'),
  created_at: createdAt,
  updated_at: updatedAt,
  expires_at: optionalTime('expires_at', 'expiry', 'expiry_date', 'expires_on'),
  revoked_at: optionalTime('revoked_at', 'revoked_on'),
  active: optional('active', 'is_active'),
};

/** The tables of the original system, in the order in which one refers to those before it, and their columns. */
export const originalTables = {
  users: {
    id,
    first_name: needed('first_name'),
    middle_name: optional('middle_name'),
    last_name: needed('last_name'),
    email: needed('email', 'email_address'),
    password: needed('password', 'password_hash', 'hashed_password'),
    created_at: createdAt,
    updated_at: updatedAt,
    is_active: isActive,
  },
  project: {
    id,
    name: needed('name', 'project_name'),
    description: optional('description', 'project_description'),
    domain: optional('domain', 'project_domain'),
    created_by: needed(...createdBy.names),
    created_at: createdAt,
    updated_at: updatedAt,
    is_active: isActive,
  },
  user_project_mapping: {
    user_id: user,
    project_id: project,
    privilege: needed('privilege'),
    created_at: optionalTime(...createdAt.names),
    updated_at: updatedAt,
    is_active: isActive,
  },
  backend_api_keys: { ...key, project_id: project, created_by: createdBy },
  agent: {
    id,
    project_id: project,
    name: needed('name', 'agent_name'),
    description: optional('description', 'agent_description'),
    provider: optional('provider', 'agent_provider'),
    created_by: createdBy,
    created_at: createdAt,
    updated_at: updatedAt,
    is_active: isActive,
  },
  agent_key: { ...key, agent_id: agent },
  agent_session: {
    id,
    agent_id: agent,
    agent_key_id: needed('agent_key_id', 'agent_key', 'key_id'),
    created_at: createdAt,
    meta: optional('meta', 'metadata'),
  },
  backend_event: {
    event_id: needed('event_id', 'id', 'uuid'),
    event_time: neededTime('event_time', 'timestamp'),
    project_id: project,
    agent_id: agent,
    agent_session_id: needed('agent_session_id', 'agent_session', 'session_id', 'session'),
    path: needed('path'),
    method: needed('method'),
    status_code: needed('status_code'),
    latency_ms: needed('latency_ms', 'latency'),
    request_size_bytes: optional('request_size_bytes'),
    response_size_bytes: optional('response_size_bytes'),
    request_headers: optional('request_headers'),
    request_body: optional('request_body'),
    query_params: optional('query_params'),
    post_data: optional('post_data'),
    response_headers: optional('response_headers'),
    response_body: optional('response_body'),
    request_content_type: optional('request_content_type'),
    response_content_type: optional('response_content_type'),
    custom_properties: optional('custom_properties'),
    error: optional('error'),
    metadata: optional('metadata'),
    created_at: optionalTime('created_at', 'created'),
  },
} as const satisfies Record<string, Record<string, ExpectedColumn>>;

export type OriginalTable = keyof typeof originalTables;

/**
 * A row, by our names of its columns; every value is the text that Postgres writes for it (times in UTC, booleans as `true`
 * and `false`, JSON as it is).
 */
export type OriginalRow<Table extends OriginalTable> = Readonly<
  Record<keyof (typeof originalTables)[Table], string | null>
>;

/** The columns by which rows are read in order. */
export const orderOf: Readonly<Record<OriginalTable, readonly string[]>> = {
  users: ['created_at', 'id'],
  project: ['created_at', 'id'],
  user_project_mapping: ['project_id', 'user_id'],
  backend_api_keys: ['project_id', 'created_at', 'id'],
  agent: ['project_id', 'created_at', 'id'],
  agent_key: ['agent_id', 'created_at', 'id'],
  agent_session: ['created_at', 'id'],
  backend_event: ['event_time', 'event_id'],
};
