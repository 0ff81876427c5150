import { createRequire } from 'node:module';
import path from 'node:path';
import { root } from '../install.mjs';
import { z } from './schemas.mjs';

const require = createRequire(import.meta.url);
const { errorTable } = require(path.join(root, 'packages/errors/dist'));
const { v2CodeOf } = require(path.join(root, 'services/brain/dist/v2/error-form.js'));
const { batchAnswer } = require(path.join(root, 'services/brain/dist/capture/capture-batch.js'));

const fieldErrors = z
  .array(
    z.object({
      field: z.string().meta({ examples: ['meta'] }),
      message: z.string().meta({ examples: ['must be an object'] }),
    }),
  )
  .meta({ description: 'What is wrong with which field.' });
const texts = z.array(z.string().meta({ examples: ['must be a string'] }));
const storeState = z.enum(['ok', 'failed']);

/** What some errors have beside `status` and `status_description`. */
const payloads = {
  invalid_json: { errors: fieldErrors.optional() },
  invalid_request: { errors: fieldErrors },
  payload_too_large: { limit_bytes: z.int().meta({ examples: [5_242_880] }), message: z.string() },
  missing_required_fields: { missing_fields: z.array(z.string().meta({ examples: ['path'] })).optional() },
  sdk_key_missing: { error: z.literal('SDK Key missing') },
  sdk_key_rejected: { error: z.enum(['Invalid SDK Key', 'Invalid Key Format']) },
  project_creation_failed: { errors: texts },
  project_update_failed: { errors: texts },
  agent_creation_failed: { errors: texts },
  agent_update_failed: { errors: texts },
  sdk_key_creation_failed: { errors: texts },
  events_rejected: { response: batchAnswer.omit({ visible: true }) },
  not_ready: {
    checks: z
      .record(z.string(), storeState)
      .meta({ examples: [{ postgres: 'failed' }] })
      .optional(),
    stopping: z.boolean().optional(),
  },
};

/** Errors whose text says more than their code. */
const descriptions = {
  missing_fields: z
    .string()
    .regex(/^missing_fields: [a-z_]+(?:, [a-z_]+)*$/)
    .meta({ examples: ['missing_fields: first_name, password'] }),
};

/** The errors of every request, of one with a body, and of one that is limited. */
const ofAll = ['server_error', 'headers_too_large'];
const ofBody = ['invalid_json', 'request_timeout', 'payload_too_large', 'unsupported_content_encoding'];
const ofLimits = ['rate_limit_exceeded'];
/** Statuses of requests that never came to a route. */
const ofConnections = [408, 431];

/** The codes of all errors of a route, those of its class included. */
export function codesOf(route, ofClass, isLimited) {
  const { about, body } = route.described;
  const codes = [...ofClass, ...ofAll, ...(about.errors ?? [])];
  if (body !== null) codes.push(...ofBody);
  if (isLimited) codes.push(...ofLimits);
  const known = codes.find((code) => errorTable[code] === undefined);
  if (known !== undefined) throw new Error(`${route.path}: there is no error "${known}"`);
  return [...new Set(codes)];
}

const form = (code) => (code in payloads || code in descriptions ? `error:${code}` : 'plain');
const capital = (code) => code.replace(/(?:^|_)([a-z])/g, (_all, letter) => letter.toUpperCase());

/** The schema of errors of one status: of those that have nothing but their text together, and of each of the others. */
function envelopeOf(codes, schemas, extra) {
  const plain = codes.filter((code) => form(code) === 'plain');
  const texts = plain.map((code) => errorTable[code].description ?? code);
  const variants = [];
  if (plain.length > 0) variants.push(envelope(z.enum(texts), {}, extra));
  for (const code of codes.filter((one) => form(one) !== 'plain')) {
    const text = descriptions[code] ?? z.literal(errorTable[code].description ?? code);
    const schema = envelope(text, payloads[code] ?? {}, extra);
    variants.push(extra === undefined ? schema.meta({ id: capital(code) }) : schema);
  }
  return schemas.ofAnswer(variants.length === 1 ? variants[0] : z.union(variants));
}

const envelope = (text, payload, extra) =>
  z.object({ status: z.literal(0), status_description: text, ...payload, ...extra?.shape });

const messages = z
  .array(z.string())
  .meta({ examples: [['The request is not valid.', 'limit: must be 1 to 100']] });
const v2Error = (codes, status) =>
  z.object({
    code: z.enum([...new Set(codes.map(v2CodeOf))]),
    ...(status === 404 && {
      id: z
        .string()
        .optional()
        .meta({ examples: ['agt_scout'] }),
    }),
    messages,
    request_id: z
      .string()
      .regex(/^[0-9a-f]{32}$/)
      .meta({ examples: ['4bf92f3577b34da6a3ce929d0e0e4736'] }),
    ...(status === 400 && {
      field_errors: z.record(z.string(), z.string()).meta({ examples: [{ limit: 'must be 1 to 100' }] }),
    }),
  });

/** The responses of these errors, by status: `headers` gives those of a status. */
export function errorResponses({ path: route, described }, codes, schemas, headersOf) {
  const { errorPayload, errorTypes = {} } = described.about;
  const byStatus = groupByStatus(codes);
  const isV2 = route.startsWith('/v2/');
  return Object.fromEntries(
    [...byStatus].map(([status, some]) => {
      const sorted = some.toSorted();
      const extra = ofConnections.includes(status) ? undefined : errorPayload;
      const schema = isV2 ? schemas.ofAnswer(v2Error(sorted, status)) : envelopeOf(sorted, schemas, extra);
      const types = Object.entries(errorTypes).map(([type, zod]) => [
        type,
        { schema: schemas.ofAnswer(zod) },
      ]);
      const content = types.length > 0 ? Object.fromEntries(types) : { 'application/json': { schema } };
      const names = [
        ...new Set(sorted.map((code) => (isV2 ? v2CodeOf(code) : (errorTable[code].description ?? code)))),
      ];
      const description = names.map((name) => `\`${name}\``).join(', ');
      return [status, { description, headers: headersOf(status), content }];
    }),
  );
}

function groupByStatus(codes) {
  const groups = new Map();
  for (const code of codes) {
    const { status } = errorTable[code];
    groups.set(status, [...(groups.get(status) ?? []), code]);
  }
  return groups;
}
