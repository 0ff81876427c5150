import type { Command } from 'commander';
import { setAction } from '../add-command';
import type { Context, Run } from '../context';
import { type Check, type Finding, runChecks } from '../doctor/check';
import { agentKeyCheck, loginCheck, projectCheck } from '../doctor/people';
import { cleanUp, latencyCheck, logCheck, readCheck, sessionCheck } from '../doctor/round-trip';
import { answersCheck, clockCheck, readyCheck, settingsCheck, versionsCheck } from '../doctor/services';
import type { DoctorState } from '../doctor/state';
import { CliError, exitCodes } from '../exit-codes';
import type { Output } from '../output/output';

interface Options {
  readonly temporaryAgent?: true;
}

const checks: readonly Check<DoctorState>[] = [
  settingsCheck,
  answersCheck('UASAM'),
  readyCheck('UASAM'),
  answersCheck('Brain'),
  readyCheck('Brain'),
  versionsCheck,
  clockCheck,
  loginCheck,
  projectCheck,
  agentKeyCheck,
  sessionCheck,
  logCheck,
  readCheck,
  latencyCheck,
];

const nameWidth = Math.max(...checks.map(({ name }) => name.length));

export function addDoctor(program: Command, context: Context): void {
  const command = program
    .command('doctor')
    .description('look at a setup from end to end, and say what is wrong; the key to try is OTAS_AGENT_KEY')
    .option('--temporary-agent', 'make an agent for it where no key is given, and delete it again (Admins)');
  setAction<Options>(command, context, doctor);
}

async function doctor(run: Run, { temporaryAgent }: Options): Promise<void> {
  const { out, context } = run;
  const state: DoctorState = {
    run,
    agentKey: context.env.OTAS_AGENT_KEY || null,
    mayMakeAgent: temporaryAgent === true,
    ...{ settings: null, uasam: null, brain: null, agent: null, session: null, event: null },
    skewsMs: new Map(),
  };
  const findings: Finding[] = [];
  for await (const finding of runChecks(checks, state)) {
    findings.push(finding);
    if (out.isHuman) await out.line(render(out, finding));
  }
  const left = state.uasam === null ? null : await cleanUp(state);
  const failed = findings.filter(({ result }) => result === 'failed').length;
  if (!out.isHuman) await out.json(JSON.stringify({ ok: failed === 0, checks: findings }));
  if (left !== null) await run.note(`otas: ${left}`);
  if (failed > 0) throw new CliError(exitCodes.failure, `${failed} of ${findings.length} checks failed`);
}

/** One line, as long as it needs: what to do must not be cut off. */
function render({ style }: Output, { name, result, detail, advice }: Finding): string {
  const marks = { ok: style.green('✓'), failed: style.red('×'), skipped: style.dim('–') };
  const shown = result === 'skipped' ? style.dim(detail) : detail;
  return `${marks[result]} ${name.padEnd(nameWidth)}  ${shown}${advice === null ? '' : `: ${advice}`}`;
}
