import { workerData } from 'node:worker_threads';
import { PGlite } from '@electric-sql/pglite';

/**
 * Makes a new database in the directory given as `workerData` and ends. In a thread of its own, because it takes
 * half a gigabyte of memory that is free again only when the thread has ended.
 */
async function create(dataDir: string): Promise<void> {
  const db = await PGlite.create(dataDir);
  await db.close();
}

void create(workerData as string);
