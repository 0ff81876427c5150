import type { ApiError, FieldError } from '@otas/errors';
import { BytesBody, type RequestContext } from '@otas/http-kit';
import { Writer } from 'protobufjs/minimal';
import { z } from 'zod';

/** How a request is written, and then its answer too. */
export type Encoding = 'json' | 'protobuf';

export const tracesPath = '/v1/traces';
export const protobufType = 'application/x-protobuf';
const delimited = 2;

const message = z.string().meta({ examples: ['session_ended'] });
const binary = z.string().meta({ format: 'binary', examples: [''] });

/** What an exporter sends: `ExportTraceServiceRequest`; its other fields are read by the names that OTLP gives them. */
export const exportRequest = z
  .looseObject({
    resourceSpans: z
      .array(z.looseObject({}))
      .meta({ examples: [[{ scopeSpans: [{ spans: [] }] }]] })
      .optional(),
  })
  .meta({ id: 'ExportTraceServiceRequest' });
export const otherRequest = { [protobufType]: binary };

const partialSuccess = z.object({
  rejectedSpans: z.string().meta({ examples: ['2'] }),
  errorMessage: message,
});
export const exportAnswer = z
  .object({ partialSuccess: partialSuccess.optional() })
  .meta({ id: 'ExportTraceServiceResponse' });
export const otherAnswer = { [protobufType]: binary };

/** The bodies of errors, by content type. */
export const errorTypes = {
  'application/json': z.object({ code: z.int().meta({ examples: [3] }), message }).meta({ id: 'RpcStatus' }),
  [protobufType]: binary,
};

/** Null: neither of the two. */
export function encodingOf(context: RequestContext): Encoding | null {
  const type = context.header('content-type')?.split(';', 1)[0]?.trim().toLowerCase();
  if (type === protobufType) return 'protobuf';
  return type === 'application/json' ? 'json' : null;
}

/** The answer to an export that was taken. @param message why spans were rejected; empty when none was */
export function successBody(encoding: Encoding, rejectedSpans: number, message: string): object {
  if (encoding === 'json') {
    // Integers of 64 bits are texts in the JSON form.
    return rejectedSpans === 0
      ? {}
      : { partialSuccess: { rejectedSpans: String(rejectedSpans), errorMessage: message } };
  }
  const writer = Writer.create();
  if (rejectedSpans > 0) {
    writer.uint32(tagOf(1, delimited)).fork();
    writer.uint32(tagOf(1, 0)).int64(rejectedSpans).uint32(tagOf(2, delimited)).string(message).ldelim();
  }
  return new BytesBody(writer.finish(), protobufType);
}

/** The body of an error on the path of traces: a google.rpc.Status in the encoding of the request; null on other paths. */
export function otlpErrorBody(error: ApiError, context: RequestContext): object | null {
  if (context.path().replace(/\/$/, '') !== tracesPath) return null;
  const status = {
    code: grpcCodes[error.status] ?? (error.status >= 500 ? 13 : 3),
    message: messageOf(error),
  };
  if (encodingOf(context) !== 'protobuf') return status;
  const writer = Writer.create().uint32(tagOf(1, 0)).int32(status.code);
  return new BytesBody(writer.uint32(tagOf(2, delimited)).string(status.message).finish(), protobufType);
}

/** Codes of gRPC by HTTP status; for all others INVALID_ARGUMENT or INTERNAL. */
const grpcCodes: Readonly<Record<number, number>> = {
  401: 16,
  403: 7,
  404: 5,
  405: 12,
  408: 4,
  429: 8,
  503: 14,
};

/** The code, and behind it what is wrong in particular: `invalid_request: event_time: is too far in the past`. */
export function messageOf({ description, payload }: ApiError): string {
  const errors = Array.isArray(payload.errors) ? (payload.errors as readonly FieldError[]) : [];
  const details = errors.map(({ field, message }) => `${field}: ${message}`);
  const more = typeof payload.message === 'string' ? [payload.message] : [];
  return [description, ...details, ...more].join(': ');
}

function tagOf(field: number, wireType: number): number {
  return (field << 3) | wireType;
}
