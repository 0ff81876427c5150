import { ApiError } from '@otas/errors';
import {
  authentication,
  checked,
  endpoint,
  type MountedEndpoint,
  PlainAnswer,
  type RawBody,
} from '@otas/http-kit';
import { authenticateExport } from '../auth/export-credentials';
import { type ExportDeps, exportSpans } from './export-spans';
import {
  type Encoding,
  encodingOf,
  errorTypes,
  exportAnswer,
  exportRequest,
  otherAnswer,
  otherRequest,
  successBody,
  tracesPath,
} from './otlp-form';
import { decodeExportRequest } from './protobuf';
import { readSpans } from './read-spans';
import type { Span } from './span';

// Read by the verb: its form is that of the content type.
const spans = checked(exportRequest, (raw: RawBody) => raw, otherRequest);

/** Where exporters of OpenTelemetry send their spans. */
export function otlpEndpoints(deps: ExportDeps): MountedEndpoint[] {
  const exporter = authentication('exporter', (context) => authenticateExport(deps, context));
  const traces = endpoint({
    methods: ['POST'],
    path: tracesPath,
    authenticate: exporter,
    body: spans,
    status: 200,
    handle: async ({ principal, body, context }) => {
      const encoding = encodingOf(context);
      if (encoding === null) throw new ApiError('unsupported_media_type');
      const { count, message } = await exportSpans(deps, principal, spansIn(body, encoding));
      return new PlainAnswer(200, successBody(encoding, count, message));
    },
    about: {
      name: 'exportTraces',
      tag: 'Capture',
      summary: 'Takes spans of OpenTelemetry in: HTTP calls, model calls and tool calls',
      details:
        'OTLP over HTTP, in JSON or protobuf. The session of a span is in its attribute `otas.session.token`, in a header that was captured, or in the header of the export. Errors are `google.rpc.Status` in the encoding of the request.',
      answer: [{ body: exportAnswer, types: otherAnswer }],
      errorTypes,
      errors: ['unsupported_media_type', 'invalid_request', 'events_rejected', 'event_log_full'],
    },
  });
  return [traces];
}

/** @throws ApiError 400 `invalid_json` or `invalid_request` */
function spansIn(raw: RawBody, encoding: Encoding): Span[] {
  if (encoding === 'json') return readSpans(raw.exactJson().object);
  let request: object;
  try {
    request = decodeExportRequest(raw.bytes);
  } catch (error) {
    const errors = [{ field: 'body', message: 'is not an export request in protobuf' }];
    throw new ApiError('invalid_request', { payload: { errors }, cause: error });
  }
  return readSpans(request);
}
