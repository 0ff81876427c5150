import { ApiError } from '@otas/errors';
import { authentication, endpoint, type MountedEndpoint, PlainAnswer, type RawBody } from '@otas/http-kit';
import { authenticateExport } from '../auth/export-credentials';
import { type ExportDeps, exportSpans } from './export-spans';
import { type Encoding, encodingOf, successBody, tracesPath } from './otlp-form';
import { decodeExportRequest } from './protobuf';
import { readSpans } from './read-spans';
import type { Span } from './span';

/** Where exporters of OpenTelemetry send their spans. */
export function otlpEndpoints(deps: ExportDeps): MountedEndpoint[] {
  const exporter = authentication('exporter', (context) => authenticateExport(deps, context));
  const traces = endpoint({
    methods: ['POST'],
    path: tracesPath,
    authenticate: exporter,
    body: (raw) => raw,
    status: 200,
    handle: async ({ principal, body, context }) => {
      const encoding = encodingOf(context);
      if (encoding === null) throw new ApiError('unsupported_media_type');
      const { count, message } = await exportSpans(deps, principal, spansIn(body, encoding));
      return new PlainAnswer(200, successBody(encoding, count, message));
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
