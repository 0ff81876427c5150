import { createLogger, endOnSignal, parseSettings } from '@otas/http-kit';
import { uasamSettings } from '../config';
import { migrate } from '../db/migrate';
import { waitForDatabase } from '../db/wait-for-database';

/**
 * Brings the database of `DATABASE_URL` to the schema of this version and ends, with 0 also when there was nothing to do.
 * Waits for a Postgres that is not up yet, and for another instance that migrates.
 */
async function main(): Promise<void> {
  endOnSignal();
  const { DATABASE_URL, LOG_LEVEL } = uasamSettings;
  const config = parseSettings({ DATABASE_URL, LOG_LEVEL }, process.env);
  const logger = createLogger('uasam', config.LOG_LEVEL);
  await waitForDatabase(config.DATABASE_URL, (code) => logger.warn({ code }, 'waiting for Postgres'));
  const applied = await migrate(config.DATABASE_URL);
  logger.info({ applied }, 'Postgres has the schema that this version needs');
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    const cause = error instanceof Error && error.cause instanceof Error ? `: ${error.cause.message}` : '';
    console.error(
      `Postgres was not migrated: ${error instanceof Error ? error.message : 'unknown error'}${cause}`,
    );
    process.exit(1);
  },
);
