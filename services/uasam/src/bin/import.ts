import { writeFileSync } from 'node:fs';
import { endOnSignal, parseSettings } from '@otas/http-kit';
import { describeFailure, fromPostgresArgument, ImportReport, Original } from '@otas/original';
import { uuidv7 } from 'uuidv7';
import { uasamSettings } from '../config';
import { Database } from '../db/database';
import { migrate } from '../db/migrate';
import { waitForDatabase } from '../db/wait-for-database';
import { importTable } from '../import/import-table';
import { ImportsStore } from '../import/imports.store';
import { agentKeys, sdkKeys, sessions } from '../import/keys';
import { agents, members, projects, users } from '../import/records';

const usage = 'usage: import.js --from-postgres URL (or ORIGINAL_DATABASE_URL)';

/**
 * Imports users, projects, members, keys, agents and sessions of the original system, from the database that `--from-postgres`
 * names into that of `DATABASE_URL`. What is there already stays as it is; it may be cut and run again at any time. Where
 * `IMPORT_SCOPE_FILE` names a file, Brain's import is told there what may come: a line `project ID` for each project that is
 * there now, and `erased-agent ID` and `erased-session ID` for what was deleted here.
 *
 * Ends with 0 when every row is accounted for, with 1 when not or when it failed, with 2 when it was not told what to do.
 */
async function main(): Promise<number> {
  endOnSignal();
  const url = fromPostgresArgument(process.argv.slice(2), process.env);
  if (url === null) {
    console.error(usage);
    return 2;
  }
  const { DATABASE_URL } = uasamSettings;
  const databaseUrl = parseSettings({ DATABASE_URL }, process.env).DATABASE_URL;
  const original = await Original.open(url);
  try {
    await waitForDatabase(databaseUrl, (code) => console.log(`waiting for Postgres (${code})`));
    await migrate(databaseUrl);
    return (await importAll(original, databaseUrl)) ? 0 : 1;
  } finally {
    await original.close();
  }
}

async function importAll(original: Original, url: string): Promise<boolean> {
  const database = new Database({ url, poolMax: 4, onIdleError: () => undefined });
  const report = new ImportReport(console.log);
  const by = { kind: 'service', id: null, address: '', requestId: `import-${uuidv7()}` } as const;
  const deps = { database, store: new ImportsStore(database), original, report, by, at: new Date() };
  try {
    await importTable(deps, users);
    const projectIds: string[] = [];
    await importTable(deps, projects, (id) => projectIds.push(id));
    await importTable(deps, members);
    await importTable(deps, sdkKeys);
    await importTable(deps, agents);
    await importTable(deps, agentKeys);
    await importTable(deps, sessions);
    const file = process.env.IMPORT_SCOPE_FILE;
    if (file) writeScope(file, projectIds, await deps.store.listErased());
    return report.conclude();
  } finally {
    await database.close();
  }
}

function writeScope(
  file: string,
  projectIds: readonly string[],
  erased: Awaited<ReturnType<ImportsStore['listErased']>>,
): void {
  const projects = projectIds.map((id) => `project ${id}\n`);
  const gone = erased.map(({ kind, id }) => `erased-${kind} ${id}\n`);
  writeFileSync(file, [...projects, ...gone].join(''), { mode: 0o644 });
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    console.error(describeFailure(error));
    process.exit(1);
  },
);
