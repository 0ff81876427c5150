import { readFileSync } from 'node:fs';
import { parseSettings } from '@otas/http-kit';
import { AuditStore } from '../audit/audit.store';
import { type ChainHead, type ChainReport, verifyChain } from '../audit/verify-chain';
import { uasamSettings } from '../config';
import { Database } from '../db/database';

/**
 * Verifies the audit log of every project and every user in the database of `DATABASE_URL`, and prints a JSON line for each
 * chain. A file with the output of an earlier run, kept where the database cannot reach, may be named as the only argument:
 * then rows that were cut off the end of a chain are found too, and whole chains that are gone.
 *
 * Ends with 0 when all is intact, with 1 when something is not, with 2 when it could not be told.
 */
async function main([keptPath]: readonly string[]): Promise<number> {
  const { DATABASE_URL: databaseUrl } = uasamSettings;
  const url = parseSettings({ DATABASE_URL: databaseUrl }, process.env).DATABASE_URL;
  const kept = keptPath === undefined ? new Map<string, ChainHead>() : readKept(keptPath);
  const database = new Database({ url, poolMax: 1, onIdleError: () => undefined });
  try {
    let faultCount = 0;
    for await (const report of verifyAll(new AuditStore(database), kept)) {
      faultCount += report.faultCount;
      console.log(JSON.stringify(report));
    }
    return faultCount === 0 ? 0 : 1;
  } finally {
    await database.close();
  }
}

async function* verifyAll(store: AuditStore, kept: Map<string, ChainHead>): AsyncGenerator<ChainReport> {
  let last = '00000000-0000-0000-0000-000000000000';
  for (;;) {
    const chainIds = await store.listChainIds(last, 1000);
    for (const chainId of chainIds) {
      yield await verifyChain(store, chainId, kept.get(chainId) ?? null);
      kept.delete(chainId);
    }
    if (chainIds.length === 0) break;
    last = chainIds.at(-1) as string;
  }
  for (const [chainId, head] of kept) yield await verifyChain(store, chainId, head);
}

function readKept(path: string): Map<string, ChainHead> {
  const lines = readFileSync(path, 'utf8').split('\n');
  const reports = lines.filter((line) => line !== '').map((line) => JSON.parse(line) as ChainReport);
  return new Map(reports.flatMap(({ chainId, head }) => (head === null ? [] : [[chainId, head] as const])));
}

main(process.argv.slice(2)).then(
  (code) => process.exit(code),
  (error: unknown) => {
    console.error(
      `The audit log was not verified: ${error instanceof Error ? error.message : 'unknown error'}`,
    );
    process.exit(2);
  },
);
