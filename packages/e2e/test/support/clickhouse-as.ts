import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { type EngineProcess, startClickHouse } from '@otas/embedded';

const infra = path.join(__dirname, '..', '..', '..', '..', 'infra', 'clickhouse');

export type ClickHouseUser = 'otas_writer' | 'otas_reader' | 'otas_migrator';

/** Like the config.xml and users.xml of a release: what `infra/clickhouse` is laid over. */
const releaseConfig = `<clickhouse>
  <mark_cache_size>5368709120</mark_cache_size>
  <mysql_port>9004</mysql_port>
  <trace_log><database>system</database><table>trace_log</table></trace_log>
  <query_log><database>system</database><table>query_log</table><partition_by>toYYYYMM(event_date)</partition_by></query_log>
  <users_config>USERS</users_config>
</clickhouse>`;
const releaseUsers =
  '<clickhouse><profiles><default/></profiles><users/><quotas><default/></quotas></clickhouse>';

/**
 * A real ClickHouse with the configuration of `infra/clickhouse`, in which everybody has the rights, profile and quota of one
 * user: the embedded engine knows no passwords, and runs everything as `default`.
 *
 * @param dir of the data and, for each user, the configuration; several users may have the same one after the other
 * @param isInCluster with the configuration of a server of the cluster; its other servers are not there
 */
export function startClickHouseAs(
  user: ClickHouseUser,
  dir: string,
  isInCluster = false,
): Promise<EngineProcess> {
  const config = path.join(dir, user);
  mkdirSync(path.join(config, 'users.d'), { recursive: true });
  cpSync(path.join(infra, 'config.d'), path.join(config, 'config.d'), { recursive: true });
  const users = path.join(config, 'users.xml');
  writeFileSync(path.join(config, 'config.xml'), releaseConfig.replace('USERS', users));
  writeFileSync(users, releaseUsers);
  const write = (name: string, text: string) =>
    writeFileSync(path.join(config, 'users.d', name), asDefault(user, text));
  write('otas.xml', read('users.d/otas.xml'));
  if (isInCluster) {
    cpSync(path.join(infra, 'cluster', 'config.d'), path.join(config, 'config.d'), { recursive: true });
    write('otas_cluster.xml', read('cluster/users.d/otas_cluster.xml'));
  }
  return startClickHouse({
    dir: path.join(dir, 'data'),
    configFile: path.join(config, 'config.xml'),
  });
}

const read = (file: string): string => readFileSync(path.join(infra, file), 'utf8');

function asDefault(user: ClickHouseUser, text: string): string {
  const [profiles, users] = text.split('<users>') as [string, string];
  const renamed = users
    .replace('<default remove="remove"/>', '')
    .replace(new RegExp(`<${user}>(?:\\s*<password [^>]*>)?`), '<default><password/>')
    .replace(`</${user}>`, '</default>');
  return `${profiles}<users>${renamed}`;
}
