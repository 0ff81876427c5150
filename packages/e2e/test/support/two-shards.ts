import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { buffer } from 'node:stream/consumers';
import { startClickHouse } from '@otas/embedded';
import { startLocalServer } from '../../../../test/local-server';

export const clusterName = 'two';

/** The tables that are sharded, and by what. */
const sharded = {
  backend_events: 'agent_session_id',
  agent_events: 'agent_session_id',
  event_ids: 'agent_session_id',
  capture_counts: 'project_id',
  dead_letters: 'project_id',
};

export interface TwoShards {
  /** Of the engine as a cluster; settings that tell it how to are replaced on the way. */
  readonly url: string;
  /** Of the engine itself. */
  readonly engineUrl: string;
  /** The statements that came, but for those in forms. */
  readonly statements: string[];
  /** Settings that every statement runs with from now on. */
  force(settings: Readonly<Record<string, string>>): void;
  stop(): Promise<void>;
}

/**
 * A real engine that is two shards of a cluster at once. It has neither Keeper nor a port for other servers, so it is
 * each shard itself, and sees as one of them only the rows that the sharding key gives to that one. What is left out: that
 * every server runs a statement (`ON CLUSTER`), and that a table has replicas.
 */
export async function startTwoShards(dir: string, database: string): Promise<TwoShards> {
  mkdirSync(dir, { recursive: true });
  const users = path.join(dir, 'users.xml');
  const config = path.join(dir, 'config.xml');
  writeFileSync(users, usersOf(database));
  const shard =
    '<shard><internal_replication>true</internal_replication><replica><host>127.0.0.1</host><port>9000</port></replica></shard>';
  writeFileSync(
    config,
    `<clickhouse><users_config>${users}</users_config><tcp_port>9000</tcp_port>
      <remote_servers><${clusterName}>${shard}${shard}</${clusterName}></remote_servers></clickhouse>`,
  );
  const engine = await startClickHouse({ dir: path.join(dir, 'data'), configFile: config });
  const statements: string[] = [];
  let forced: Readonly<Record<string, string>> = {};
  const server = await startLocalServer(async (req, res) => {
    const url = new URL(req.url ?? '/', engine.url);
    const body = await buffer(req);
    const isForm = req.headers['content-type']?.startsWith('multipart/') ?? false;
    const inBody = isForm ? '' : body.toString('latin1');
    statements.push(url.searchParams.get('query') ?? inBody);
    for (const [name, value] of Object.entries(forced)) url.searchParams.set(name, value);
    if (url.searchParams.has('prefer_localhost_replica'))
      url.searchParams.set('prefer_localhost_replica', '1');
    const { host: _, 'content-length': __, 'transfer-encoding': ___, ...headers } = req.headers;
    const answer = await fetch(url, {
      method: 'POST',
      headers: headers as Record<string, string>,
      body: isDdl(inBody) ? onOneServer(inBody) : body,
    });
    res.statusCode = answer.status;
    for (const name of ['content-type', 'x-clickhouse-exception-code', 'x-clickhouse-format']) {
      const value = answer.headers.get(name);
      if (value !== null) res.setHeader(name, value);
    }
    res.end(Buffer.from(await answer.arrayBuffer()));
  });
  return {
    url: server.url,
    engineUrl: engine.url,
    statements,
    force(settings) {
      forced = settings;
    },
    async stop() {
      await server.stop();
      await engine.stop();
    },
  };
}

const isDdl = (sql: string): boolean => /^\s*(CREATE|ALTER|DROP)\b/.test(sql);

/** What only several servers and a Keeper can do is left out. */
export function onOneServer(sql: string): string {
  return sql
    .replace(/ ON CLUSTER '(?:[^'\\]|\\.)*'/, '')
    .replace(/ENGINE = Replicated(\w*MergeTree)\('[^']*', '[^']*'(?:, )?/, 'ENGINE = $1(');
}

/** As a shard the engine sees the rows of that shard; asked as itself it sees none. */
function usersOf(database: string): string {
  const filters = Object.entries(sharded).map(
    ([table, column]) =>
      `<${table}_local><filter>sipHash64(${column}) % 2 + 1 = shardNum()</filter></${table}_local>`,
  );
  return `<clickhouse><profiles><default/></profiles><quotas><default/></quotas><users><default><password/>
    <networks><ip>::/0</ip></networks><profile>default</profile><quota>default</quota>
    <databases><${database}>${filters.join('')}</${database}></databases></default></users></clickhouse>`;
}
