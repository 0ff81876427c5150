import { setTimeout as sleep } from 'node:timers/promises';
import { type EventStoreOptions, EventStoreUnavailable, migrate } from '@otas/event-store';
import type { Logger } from '@otas/http-kit';

const retryMs = 1000;

/**
 * Brings ClickHouse to the schema that this version needs, as soon as it answers, however long that takes.
 *
 * @throws Error when waiting cannot help: the server is too old or its schema too new, its user may not do it
 */
export async function migrateWhenUp(options: EventStoreOptions, logger: Logger): Promise<void> {
  for (;;) {
    try {
      const applied = await migrate(options);
      logger.info({ applied }, 'the event store has the schema that this version needs');
      return;
    } catch (error) {
      if (!(error instanceof EventStoreUnavailable)) throw error;
      logger.warn({ err: error.cause }, 'ClickHouse does not answer yet; trying again');
      await sleep(retryMs);
    }
  }
}
