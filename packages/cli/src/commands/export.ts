import { type Command, Option } from 'commander';
import { setAction } from '../add-command';
import type { Context, Run, Services } from '../context';
import { notFound, usageError } from '../exit-codes';
import { ExportFile } from '../export/export-file';
import { ExportCut, type ExportQuery, openExport, readExport } from '../export/read-export';
import type { RecordFormat } from '../export/record-ends';
import { findAgent, listAgents } from '../find-agent';
import { findSession } from '../find-session';
import type { ApiClient } from '../http/api-client';
import { Unreachable } from '../http/refusal';
import { escapeJson, escapeLines } from '../output/escape';
import { formatCount } from '../output/format';
import { parseMoment } from '../parse-options';

interface Options {
  readonly agent?: string;
  readonly session?: string;
  readonly format: RecordFormat | 'parquet';
  readonly kind: ExportQuery['kind'];
  readonly from?: string;
  readonly until?: string;
  readonly cursor?: string;
  readonly output?: string;
  readonly resume?: true;
  readonly overwrite?: true;
}

/** Where it goes. */
interface Target {
  write(bytes: Uint8Array): Promise<void>;
}

export function addExport(program: Command, context: Context): void {
  const command = program
    .command('export')
    .description('the events of an agent as they are stored, to a file or standard output')
    .option('--agent <agent>', 'id, key or name (may be left out where the project has only one)')
    .option('--session <session>', 'this session alone')
    .addOption(new Option('--format <format>').choices(['ndjson', 'csv', 'parquet']).default('ndjson'))
    .addOption(
      new Option('--kind <kind>', 'calls, or what the agent said, thought and called')
        .choices(['backend_event', 'agent_event'])
        .default('backend_event'),
    )
    .option('--from <time>', 'not before: ISO 8601, or how long ago (2h, 7d)', parseMoment)
    .option('--until <time>', 'before', parseMoment)
    .option('--cursor <cursor>', 'only what stands behind the event with this cursor')
    .option('-o, --output <file>', 'it is <file>.part until it is whole')
    .option('--resume', 'go on with a file that was interrupted')
    .option('--overwrite', 'replace the file');
  setAction<Options>(command, context, exportEvents);
}

async function exportEvents(run: Run, options: Options): Promise<void> {
  refuseContradictions(run, options);
  const { brain, agentId, sessionId } = await findSubject(await run.asMember(), options);
  const { output, format, kind, from = null, until = null } = options;
  const query = { kind, sessionId, from, until, cursor: options.cursor ?? null };
  if (output === undefined) {
    await writeAll(run, brain, query, format, standardOutput(run, format));
    return;
  }
  const file =
    options.resume && format !== 'parquet'
      ? await ExportFile.resume(output, format, { agentId, kind })
      : await ExportFile.create(output, options.overwrite === true);
  const cursor = file.cursor ?? query.cursor;
  const count = await writeAll(run, brain, { ...query, cursor }, format, file).catch(async (error) => {
    await file.close();
    if (error instanceof ExportCut) error.message += '; run it again with --resume';
    throw error;
  });
  await file.finish();
  await report(run, output, count);
}

function refuseContradictions({ out }: Run, { format, output, resume, cursor, overwrite }: Options): void {
  if (resume && output === undefined) throw usageError('--resume needs --output');
  if (resume && (cursor !== undefined || overwrite)) {
    throw usageError('--resume goes on where the file ends: it takes neither --cursor nor --overwrite');
  }
  if (format !== 'parquet') return;
  if (resume || cursor !== undefined) throw usageError('a Parquet file cannot be gone on with');
  if (output === undefined && out.isTerminal)
    throw usageError('Parquet is not for a terminal: give --output');
}

/** @throws CliError 2 when it is not clear which agent is meant */
async function findSubject(
  services: Services,
  { agent, session }: Options,
): Promise<{ brain: ApiClient; agentId: string; sessionId: string | null }> {
  if (session !== undefined) {
    const found = await findSession(services, session, agent);
    return { brain: found.brain, agentId: found.agent.id, sessionId: found.id };
  }
  const agents =
    agent === undefined ? await listAgents(services.uasam) : [await findAgent(services.uasam, agent)];
  const [only, ...others] = agents;
  if (only === undefined) throw notFound('the project has no active agent');
  if (others.length > 0) throw usageError(`the project has ${agents.length} agents: name one with --agent`);
  return { brain: services.brain.with({ 'X-OTAS-AGENT-ID': only.id }), agentId: only.id, sessionId: null };
}

/** Gives how many events were written; null for Parquet, where nobody counts them. */
async function writeAll(
  run: Run,
  brain: ApiClient,
  query: ExportQuery,
  format: Options['format'],
  target: Target,
): Promise<number | null> {
  if (format === 'parquet') {
    await writeParquet(brain, query, target);
    return null;
  }
  let count = 0;
  const onRetry = (reason: string): Promise<void> => run.note(`otas: ${reason}; going on behind what came`);
  try {
    for await (const part of readExport(brain, query, format, onRetry)) {
      await target.write(part.bytes);
      count += part.count;
    }
  } catch (error) {
    if (error instanceof ExportCut && error.cursor !== null) {
      error.message += `; what came is whole up to --cursor ${error.cursor}`;
    }
    throw error;
  }
  return count;
}

async function writeParquet(brain: ApiClient, query: ExportQuery, target: Target): Promise<void> {
  const gone = new AbortController();
  try {
    for await (const piece of await openExport(brain, query, 'parquet', gone.signal))
      await target.write(piece);
  } catch (error) {
    if (!(error instanceof Unreachable)) throw error;
    throw new ExportCut(`${error.message}; Parquet begins anew`, null);
  } finally {
    gone.abort();
  }
}

/** The very bytes; on a terminal without what it could obey. */
function standardOutput({ out }: Run, format: Options['format']): Target {
  const escaped = format === 'ndjson' ? escapeJson : escapeLines;
  const write = (bytes: Uint8Array): Promise<void> =>
    out.write(out.isTerminal ? escaped(Buffer.from(bytes).toString()) : bytes);
  return { write };
}

async function report({ out }: Run, file: string, count: number | null): Promise<void> {
  if (!out.isHuman) return out.json(JSON.stringify({ file, events: count }));
  const what = count === null ? 'the export' : `${formatCount(count)} events`;
  await out.line(`${what} in ${file}`);
}
