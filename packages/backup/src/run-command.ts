import path from 'node:path';

/**
 * The whole of a program that is called with one directory, as `--to DIR`: ends the process with 0, or says on standard error
 * what was in the way and ends it with 1 (2: it was not called so).
 *
 * @param name what the program does, as `The backup of Postgres`
 * @param check what is done in place of it when `--check` follows
 */
export function runCommand(
  name: string,
  flag: '--to' | '--from',
  work: (dir: string) => Promise<void>,
  check?: (dir: string) => Promise<void>,
): void {
  const [given, dir, option, ...rest] = process.argv.slice(2);
  const asked = option === '--check' ? check : option === undefined ? work : undefined;
  if (given !== flag || dir === undefined || asked === undefined || rest.length > 0) {
    const options = check === undefined ? '' : ' [--check]';
    console.error(`usage: ${path.basename(process.argv[1] ?? '')} ${flag} DIR${options}`);
    process.exit(2);
  }
  asked(path.resolve(dir)).then(
    () => process.exit(0),
    (error: unknown) => {
      console.error(`${name} failed: ${error instanceof Error ? error.message : 'unknown error'}`);
      process.exit(1);
    },
  );
}
