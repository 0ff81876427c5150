import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ErasureStore, EventStore, type EventStoreOptions, migrate, TimelineStore } from '@otas/event-store';
import { clusterName, startTwoShards, type TwoShards } from './two-shards';

export interface Stores {
  readonly options: EventStoreOptions;
  readonly events: EventStore;
  readonly timeline: TimelineStore;
  readonly erasures: ErasureStore;
}

/** The same stores on a single server and on a cluster of two shards, each with a database of the same name. */
export interface ClusterStores {
  readonly single: Stores;
  readonly sharded: Stores;
  readonly shards: TwoShards;
  readonly database: string;
  /** A directory of its own; removed by `stop`. */
  readonly dir: string;
  /** Asks the engine of both shards, as whoever asks one server of the cluster. */
  ask(sql: string): Promise<string>;
  stop(): Promise<void>;
}

export async function startClusterStores(): Promise<ClusterStores> {
  const dir = mkdtempSync(path.join(tmpdir(), 'otas-cluster-'));
  const database = `cluster_${randomUUID().replaceAll('-', '')}`;
  const base = { database, requestTimeoutMs: 20_000, connectionsMax: 4 };
  const shards = await startTwoShards(dir, database);
  const single = await open({ ...base, url: process.env.TEST_CLICKHOUSE_URL as string });
  const cluster = { name: clusterName, insertQuorum: 2 };
  const sharded = await open({ ...base, url: shards.url, cluster });
  return {
    ...{ single, sharded, shards, database, dir },
    ask: async (sql) =>
      (await fetch(`${shards.engineUrl}/?database=${database}`, { method: 'POST', body: sql })).text(),
    stop: async () => {
      for (const { events, timeline, erasures } of [single, sharded]) {
        await Promise.all([events.close(), timeline.close(), erasures.close()]);
      }
      await shards.stop();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

async function open(options: EventStoreOptions): Promise<Stores> {
  await migrate(options);
  return {
    options,
    events: new EventStore(options),
    timeline: new TimelineStore(options),
    erasures: new ErasureStore(options),
  };
}
