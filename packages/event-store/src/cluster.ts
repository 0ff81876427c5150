import type { ClickHouseSettings } from '@clickhouse/client';

/** ClickHouse servers that share the tables: each shard has its part of the rows, each of its replicas all of them. */
export interface Cluster {
  /** As `remote_servers` calls it. Every server of it needs the macros `shard` and `replica`. */
  readonly name: string;
  /** How many replicas of a shard must have the rows of an insert before it is answered; 1: the one that took them. */
  readonly insertQuorum: number;
}

/** Every setting on which our promises rest once the tables are `Distributed`. */
export function clusterSettings({ insertQuorum }: Cluster, requestTimeoutMs: number): ClickHouseSettings {
  return {
    // An insert is answered when every shard has its rows, and as many replicas of it as are asked for.
    distributed_foreground_insert: 1,
    insert_quorum: String(insertQuorum > 1 ? insertQuorum : 0),
    insert_quorum_timeout: requestTimeoutMs,
    // Whoever asks, and whichever server is asked: each shard is written and read at its first replica that is up to
    // date. So what was written is seen by the next read, and an id by whoever asks for it.
    load_balancing: 'in_order',
    prefer_localhost_replica: 0,
    max_replica_delay_for_distributed_queries: '1',
    skip_unavailable_shards: 0,
    // All rows of a session are in one shard: there it is read, and there a subquery finds what belongs to it.
    optimize_skip_unused_shards: 1,
    distributed_product_mode: 'local',
    // With subqueries about all shards it would ask each of them about itself only.
    parallel_distributed_insert_select: '0',
  };
}

/** A name as a literal of ClickHouse's SQL. */
export function quoted(text: string): string {
  return `'${text.replace(/[\\']/g, '\\$&')}'`;
}

/** For a statement that changes tables: every server of the cluster runs it; nothing for a single server. */
export function onCluster(cluster: Cluster | null): string {
  return cluster === null ? '' : ` ON CLUSTER ${quoted(cluster.name)}`;
}
