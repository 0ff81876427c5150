import { listen, runChild, wholeNumber } from '../child';
import { openPostgres } from '../postgres-server';

const idleInTransactionTimeoutName = 'idle-in-transaction-timeout-ms';

// The engine takes its time zone from here when it opens.
// biome-ignore lint/style/noProcessEnv: this is a program's main file
process.env.TZ = 'UTC';

void runChild(
  async (args) => {
    const postgres = await openPostgres({
      dir: args.dir,
      idleInTransactionTimeoutMs: wholeNumber(args, idleInTransactionTimeoutName, 30_000, 3_600_000),
      onFatal: (err) => {
        console.error(`Postgres has ended by itself: ${err instanceof Error ? err.message : String(err)}`);
        process.exit(1);
      },
    });
    await listen(postgres.server, args);
    return postgres;
  },
  [idleInTransactionTimeoutName],
);
