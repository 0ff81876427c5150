import type { Query } from './query';

/** Which server answers, and when it was started, in seconds since 1970, give or take one. */
export const serverStart: Query<Record<string, never>, [host: string, startedSeconds: number]> = {
  name: 'server-start',
  sql: () => 'SELECT hostName(), toUnixTimestamp(now()) - uptime()',
};
