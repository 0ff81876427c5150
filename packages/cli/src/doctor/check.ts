import { CliError } from '../exit-codes';

/** What came out of one check. */
export interface Finding {
  readonly name: string;
  readonly result: 'ok' | 'failed' | 'skipped';
  /** What was found; for `skipped`, why it was not looked at. */
  readonly detail: string;
  /** What to do; null where there is nothing to do. */
  readonly advice: string | null;
}

export interface Check<State> {
  readonly name: string;
  /** Names of the checks without which this one has nothing to look at. */
  readonly needs: readonly string[];
  /** Gives what was found. @throws CheckFailed, CheckSkipped, or the CliError of what was tried */
  run(state: State): Promise<string>;
}

export class CheckFailed extends Error {
  readonly advice: string;

  constructor(detail: string, advice: string) {
    super(detail);
    this.advice = advice;
  }
}

/** There is nothing to look at. */
export class CheckSkipped extends Error {}

/** Runs the checks in their order; one whose needs are not met is skipped. */
export async function* runChecks<State>(
  checks: readonly Check<State>[],
  state: State,
): AsyncGenerator<Finding> {
  const passed = new Set<string>();
  for (const check of checks) {
    const missing = check.needs.find((name) => !passed.has(name));
    const finding =
      missing === undefined
        ? await runCheck(check, state)
        : { name: check.name, result: 'skipped' as const, detail: `needs: ${missing}`, advice: null };
    if (finding.result === 'ok') passed.add(check.name);
    yield finding;
  }
}

async function runCheck<State>({ name, run }: Check<State>, state: State): Promise<Finding> {
  try {
    return { name, result: 'ok', detail: await run(state), advice: null };
  } catch (error) {
    const { message: detail } = error as Error;
    if (error instanceof CheckSkipped) return { name, result: 'skipped', detail, advice: null };
    if (error instanceof CheckFailed) return { name, result: 'failed', detail, advice: error.advice };
    if (error instanceof CliError) return { name, result: 'failed', detail, advice: null };
    throw error;
  }
}
