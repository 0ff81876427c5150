import type { Readable } from 'node:stream';
import { ApiError } from '@otas/errors';
import { AnswerTooLarge, type ExportScope, type ExportStore, exportColumns } from '@otas/event-store';
import { EventStream, type EventStreamWriter, endpoint, type MountedEndpoint } from '@otas/http-kit';
import type { UasamClient } from '@otas/uasam-client';
import { z } from 'zod';
import { authenticateReader, readerOf } from '../auth/reader';
import { exportParts, type MayGoOn, unlessStopping } from './export-parts';
import type { Exports } from './exports';
import { type ExportQuery, parseExport } from './parse-export';

export interface ExportDeps {
  readonly uasam: UasamClient;
  readonly exportStore: Pick<ExportStore, 'readRows' | 'readParquet'>;
  readonly exports: Exports;
}

const contentTypes = {
  ndjson: 'application/x-ndjson',
  csv: 'text/csv; charset=utf-8',
  parquet: 'application/vnd.apache.parquet',
} as const;

const files = {
  [contentTypes.ndjson]: z
    .string()
    .meta({ examples: ['{"event_id":"019ab2c4-6f00-7c3e-9a51-3b8f0d4c7e12"}'] }),
  'text/csv': z.string().meta({ examples: ['event_id,event_time'] }),
  [contentTypes.parquet]: z.string().meta({ format: 'binary', examples: ['PAR1'] }),
};

const stalledMs = 60_000;
const parquetEventsMax = 1_000_000;
const interrupted = `${JSON.stringify({ status: 0, status_description: 'export_interrupted' })}\n`;

/** The events of an agent or a session in a file, for whoever may read them. */
export function exportEndpoints(deps: ExportDeps): MountedEndpoint[] {
  return [
    endpoint({
      methods: ['GET'],
      path: '/api/v1/export/',
      authenticate: readerOf(deps.uasam),
      query: parseExport,
      status: 200,
      handle: async ({ principal, query, context }) => {
        const { sessionId, kind, from, until } = query;
        const scope = { ...principal, sessionId, kind, from, until };
        const mayRead = () => authenticateReader(deps.uasam, context);
        const leave = deps.exports.enter(principal.projectId);
        try {
          const mayGoOn = unlessStopping(() => deps.exports.isStopping, mayRead);
          const write = await open(deps.exportStore, scope, query, mayGoOn);
          const run = (writer: EventStreamWriter) => write(writer).finally(leave);
          return new EventStream({ run, stalledMs, contentType: contentTypes[query.format] });
        } catch (error) {
          leave();
          throw error;
        }
      },
      about: {
        name: 'exportEvents',
        tag: 'Export',
        summary: 'Gives the events of an agent, or of a session, as a file',
        details:
          'In the order of session, time and id. In NDJSON and CSV each event ends with its `cursor`, behind which an export goes on that was cut off. A last line with `export_interrupted` says that NDJSON is not whole; CSV and Parquet are cut off then.',
        answer: [{ types: files }],
        errors: [
          'session_id_not_a_uuid',
          'invalid_cursor',
          'invalid_request',
          'export_too_large',
          'rate_limit_exceeded',
          'not_ready',
          'event_store_unavailable',
        ],
      },
    }),
  ];
}

type Write = (writer: EventStreamWriter) => Promise<void>;

/** Begins to read, so that an error still is an answer, and gives what writes it all. */
async function open(
  store: ExportDeps['exportStore'],
  scope: ExportScope,
  { format, after }: ExportQuery,
  mayGoOn: MayGoOn,
): Promise<Write> {
  if (format === 'parquet') return writeParquet(await openParquet(store, scope));
  const parts = exportParts(store, scope, format, after, mayGoOn);
  const first = await parts.next();
  return async (writer) => {
    try {
      if (format === 'csv' && after === null)
        await writer.write(`${[...exportColumns[scope.kind], 'cursor'].join(',')}\n`);
      for (let part = first; !part.done; part = await parts.next()) await writer.write(part.value);
    } catch (error) {
      if (writer.closed.aborted) throw error;
      // Some clients take a connection that is cut for the end; a line of CSV would be taken for an event.
      if (format === 'ndjson') await writer.write(interrupted);
      else writer.cut();
      throw error;
    } finally {
      await parts.return();
    }
  };
}

async function openParquet(store: ExportDeps['exportStore'], scope: ExportScope): Promise<Readable> {
  try {
    const file = await store.readParquet(scope, parquetEventsMax);
    if (file !== null) return file;
  } catch (error) {
    if (!(error instanceof AnswerTooLarge)) throw error;
  }
  throw new ApiError('export_too_large');
}

const writeParquet =
  (file: Readable): Write =>
  async (writer) => {
    try {
      for await (const chunk of file) await writer.write(chunk);
    } catch (error) {
      writer.cut();
      throw error;
    } finally {
      file.destroy();
    }
  };
