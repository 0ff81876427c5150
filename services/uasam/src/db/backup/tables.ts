/** Every table that is backed up, each behind those to which its rows refer; a test holds this against the schema. */
export const backedUpTables = [
  'users',
  'projects',
  'project_members',
  'project_invitations',
  'sdk_keys',
  'agents',
  'agent_keys',
  'agent_sessions',
  'erasures',
  'audit_log',
] as const;

/** Those that are not: the history of migrations is compared, and revocations are of the last hour of one database. */
export const leftOutTables = ['_prisma_migrations', 'revocations'] as const;
