import { type FieldError, invalidRequest } from '@otas/errors';
import { isKey, type KeyKind, keyOfUuid, parseUuid, sent } from '@otas/event-schema';
import { checked, type JsonObject, type RawBody } from '@otas/http-kit';
import { z } from 'zod';
import { accessActions } from '../access/permissions';
import type { AccessQuestion } from '../access/resolve-access';

export const credentialKinds = ['agent_key', 'sdk_key', 'user_token'] as const;

export interface GivenCredential {
  readonly kind: (typeof credentialKinds)[number];
  /** Not empty. */
  readonly value: string;
}

/** May the holder of this credential do that there? */
export interface AuthorizeQuestion extends AccessQuestion {
  readonly credential: GivenCredential;
  /** The project to which a user confines himself, a UUID; null: none. */
  readonly projectId: string | null;
}

/** What {@link parseAuthorize} takes; it reads by itself, so that one answer has every fault. */
const authorizeQuestion = z.strictObject({
  credential: z.strictObject({
    kind: z.enum(credentialKinds),
    value: z.string().meta({ minLength: 1, examples: ['agent_Zk3pQ9_…'] }),
  }),
  action: z.enum(accessActions),
  project: sent.uuid.nullish(),
  agent: z
    .string()
    .nullish()
    .meta({ description: 'Its id or its key.', examples: ['agt_scout'] }),
  session: z
    .string()
    .nullish()
    .meta({ description: 'Its id or its key.', examples: ['ase_monday'] }),
  with_meta: z.boolean().nullish(),
});

const names = Object.keys(authorizeQuestion.shape);

/**
 * @throws ApiError 400 `invalid_json`; 400 `invalid_request` with every fault. A field that is not known is one: what is
 *   misspelled would not be looked at.
 */
export const parseAuthorize = checked(authorizeQuestion, (raw: RawBody): AuthorizeQuestion => {
  const body = raw.json();
  const errors: FieldError[] = unknownFields(body, names, '');
  const credential = readCredential(body.credential, errors);
  const action = readWord(body.action, accessActions, 'action', errors);
  const projectId = readProject(body.project, errors);
  const agent = readRef('agt', body.agent, 'agent', errors);
  const session = readRef('ase', body.session, 'session', errors);
  const withMeta = body.with_meta ?? false;
  if (typeof withMeta !== 'boolean') errors.push({ field: 'with_meta', message: 'must be true or false' });
  if (agent.ref === null && session.ref !== null) errors.push({ field: 'agent', message: 'is required' });
  if (errors.length > 0) throw invalidRequest(errors);
  return {
    ...{ credential, action, projectId },
    ...{ agentRef: agent.ref, isAgentPlain: agent.isPlain },
    ...{ sessionRef: session.ref, isSessionPlain: session.isPlain },
    withMeta: withMeta === true,
  };
});

function unknownFields(given: JsonObject, known: readonly string[], prefix: string): FieldError[] {
  const unknown = Object.keys(given).filter((name) => !known.includes(name));
  return unknown
    .slice(0, 10)
    .map((name) => ({ field: prefix + name.slice(0, 100), message: 'is not known' }));
}

function readCredential(given: unknown, errors: FieldError[]): GivenCredential {
  const isObject = typeof given === 'object' && given !== null && !Array.isArray(given);
  if (!isObject) errors.push({ field: 'credential', message: 'must be an object' });
  const fields = isObject ? (given as JsonObject) : {};
  errors.push(...unknownFields(fields, ['kind', 'value'], 'credential.'));
  const { value } = fields;
  if (isObject && (typeof value !== 'string' || value === '')) {
    errors.push({ field: 'credential.value', message: 'must be a string that is not empty' });
  }
  const kind = isObject ? readWord(fields.kind, credentialKinds, 'credential.kind', errors) : 'user_token';
  return { kind, value: value as string };
}

function readWord<Word extends string>(
  given: unknown,
  words: readonly [Word, ...Word[]],
  field: string,
  errors: FieldError[],
): Word {
  const word = words.find((one) => one === given);
  if (word === undefined) errors.push({ field, message: `must be one of ${words.join(', ')}` });
  return word ?? words[0];
}

function readProject(given: unknown, errors: FieldError[]): string | null {
  if (given === undefined || given === null) return null;
  const id = parseUuid(given);
  if (id === null) errors.push({ field: 'project', message: 'must be a UUID' });
  return id;
}

/** A UUID alone becomes the key that is derived from it. */
function readRef(
  kind: KeyKind,
  given: unknown,
  field: string,
  errors: FieldError[],
): { readonly ref: string | null; readonly isPlain: boolean } {
  if (given === undefined || given === null) return { ref: null, isPlain: false };
  const id = parseUuid(given);
  if (id !== null) return { ref: keyOfUuid(kind, id), isPlain: true };
  if (isKey(kind, given)) return { ref: given, isPlain: false };
  const form = `${kind}_ and letters, digits, _ or -, 50 characters at most`;
  errors.push({ field, message: `must be a UUID, or ${form}` });
  return { ref: null, isPlain: false };
}
