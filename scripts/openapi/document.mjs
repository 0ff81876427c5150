import { readFileSync } from 'node:fs';
import path from 'node:path';
import { root } from '../install.mjs';
import { credentialsOf, headerParameters, securitySchemes } from './credentials.mjs';
import { codesOf, errorResponses } from './errors.mjs';
import { exampleOf } from './examples.mjs';
import { Schemas, z } from './schemas.mjs';
import { shareResponses } from './share-responses.mjs';

const { version } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));
const license = { name: 'Apache-2.0', identifier: 'Apache-2.0' };

const header = (description, schema) => ({ description, schema });
const seconds = { type: 'integer', minimum: 1, examples: [1] };
const count = (example) => ({ type: 'integer', minimum: 0, examples: [example] });
const headers = {
  'X-Request-Id': header('The one of the request, or else one of ours; it is in the log too.', {
    type: 'string',
    examples: ['4bf92f3577b34da6a3ce929d0e0e4736'],
  }),
  'Retry-After': header('When to try again, in seconds.', seconds),
  'RateLimit-Limit': header('Requests in a minute; there when any limit is set.', count(600_000)),
  'RateLimit-Remaining': header('Those that are left of them.', count(599_999)),
  'RateLimit-Reset': header('Seconds until the minute is over.', seconds),
};
const ref = (kind, name) => ({ $ref: `#/components/${kind}/${name}` });
const limitNames = ['RateLimit-Limit', 'RateLimit-Remaining', 'RateLimit-Reset'];
const isLimited = ({ path: route }) => !/^\/(?:healthz|readyz|internal\/.*)$/.test(route);

/**
 * The OpenAPI document of some routes.
 *
 * @param about `title` and `description` of the document, and a `description` of each tag by name, in the order of display
 * @param routes mounted endpoints, each described
 */
export function documentOf({ title, description, tags }, routes) {
  const schemas = new Schemas();
  const paths = {};
  for (const route of routes) {
    for (const [at, method] of route.methods.entries()) {
      paths[route.path] ??= {};
      const operation = new Operation(route, schemas).describe();
      // A client needs a name for each; the first method is the one that others stand in for.
      if (at > 0) operation.operationId += `By${method[0]}${method.slice(1).toLowerCase()}`;
      paths[route.path][method.toLowerCase()] = operation;
    }
  }
  const operations = Object.values(paths).flatMap((path) => Object.values(path));
  const twice = operations.find((one, at) =>
    operations.slice(at + 1).some((other) => other.operationId === one.operationId),
  );
  if (twice !== undefined) throw new Error(`two routes are called "${twice.operationId}"`);
  addExamples(operations, schemas.components);
  const usedSchemes = new Set(operations.flatMap((one) => one.security.flatMap(Object.keys)));
  const usedParameters = new Set(operations.flatMap((one) => one.parameters.map(({ $ref }) => $ref)));
  const isUsed = (name) => usedParameters.has(`#/components/parameters/${name}`);
  const usedTags = new Set(operations.flatMap((one) => one.tags));
  const unknown = [...usedTags].find((name) => !(name in tags));
  if (unknown !== undefined) throw new Error(`scripts/openapi.mjs does not know the tag "${unknown}"`);
  return {
    openapi: '3.1.1',
    info: { title, version, description, license },
    servers: [{ url: '/' }],
    tags: Object.entries(tags)
      .filter(([name]) => usedTags.has(name))
      .map(([name, text]) => ({ name, description: text })),
    paths,
    components: {
      securitySchemes: Object.fromEntries(
        Object.entries(securitySchemes).filter(([name]) => usedSchemes.has(name)),
      ),
      headers: operations.length === 0 ? {} : headers,
      parameters: Object.fromEntries(Object.entries(headerParameters).filter(([name]) => isUsed(name))),
      responses: shareResponses(operations),
      schemas: Object.fromEntries(
        Object.entries(schemas.components).sort(([one], [other]) => (one < other ? -1 : 1)),
      ),
    },
  };
}

/** One route as an operation of the document. */
class Operation {
  #route;
  #schemas;

  constructor(route, schemas) {
    this.#route = route;
    this.#schemas = schemas;
  }

  describe() {
    const { who, described } = this.#route;
    const { about } = described;
    const { security, headers: asked, errors } = credentialsOf(who);
    const codes = codesOf(this.#route, errors, isLimited(this.#route));
    const failures = errorResponses(this.#route, codes, this.#schemas, (status) => this.#headersOf(status));
    const errorResponsesByStatus = Object.entries(failures).map(([status, { schema, ...response }]) => [
      status,
      { ...response, content: { 'application/json': { schema } } },
    ]);
    return {
      operationId: about.name,
      tags: [about.tag],
      summary: about.summary,
      ...(about.details !== undefined && { description: about.details }),
      security,
      parameters: [
        ...this.#parameters('path', about.path),
        ...asked.map((name) => ref('parameters', name)),
        ...this.#parameters('header', about.headers),
        ...this.#query(),
        ref('parameters', 'RequestId'),
      ],
      ...this.#requestBody(),
      responses: Object.fromEntries(
        [...this.#successes(), ...errorResponsesByStatus].sort(([one], [other]) => one - other),
      ),
    };
  }

  #parameters(place, schemas = {}) {
    return Object.entries(schemas).map(([name, schema]) => ({
      name,
      in: place,
      ...(place === 'path' && { required: true }),
      ...this.#parameterSchema(schema),
    }));
  }

  #query() {
    const { query } = this.#route.described;
    if (query === null) return [];
    const { properties = {}, required = [] } = this.#schemas.ofRequest(query);
    return Object.entries(properties).map(([name, { description, ...schema }]) => ({
      name,
      in: 'query',
      required: required.includes(name),
      ...(description !== undefined && { description }),
      schema,
    }));
  }

  #parameterSchema(zod) {
    const { description, ...schema } = this.#schemas.ofRequest(zod);
    return { ...(description !== undefined && { description }), schema };
  }

  #requestBody() {
    const { body } = this.#route.described;
    if (body === null) return {};
    const content = Object.entries(body).map(([type, zod]) => [
      type,
      { schema: this.#schemas.ofRequest(zod) },
    ]);
    const required = content.some(([, { schema }]) => !this.#mayBeEmpty(schema));
    return { requestBody: { required, content: Object.fromEntries(content) } };
  }

  /** An empty body is read as `{}`. */
  #mayBeEmpty(schema) {
    const whole =
      schema.$ref === undefined ? schema : this.#schemas.components[schema.$ref.split('/').at(-1)];
    return whole.type === 'object' && (whole.required ?? []).length === 0;
  }

  #successes() {
    const { about } = this.#route.described;
    const answers = Array.isArray(about.answer) ? about.answer : [{ payload: about.answer }];
    const byStatus = new Map();
    for (const answer of answers) {
      const status = answer.status ?? this.#route.described.status;
      byStatus.set(status, [...(byStatus.get(status) ?? []), answer]);
    }
    return [...byStatus].map(([status, some]) => [String(status), this.#success(status, some)]);
  }

  #success(status, answers) {
    const { about, description } = this.#route.described;
    const [first] = answers;
    const content = {};
    for (const answer of answers) {
      for (const [type, zod] of Object.entries(this.#content(answer))) {
        content[type] = content[type] === undefined ? zod : z.union([content[type], zod]);
      }
    }
    const own = Object.entries(first.headers ?? {}).map(([name, schema]) => [
      name,
      this.#parameterSchema(schema),
    ]);
    const text = first.description ?? description;
    return {
      description: first.summary ?? (text === null ? about.summary : `\`${text}\``),
      headers: { ...this.#headersOf(status), ...Object.fromEntries(own) },
      ...(Object.keys(content).length > 0 && { content: this.#schemasOf(content) }),
    };
  }

  #content({ payload, body, types = {}, description }) {
    const text = description ?? this.#route.described.description;
    const content = {};
    if (payload !== undefined) {
      const shape = {
        status: z.literal(1),
        ...(text !== null && { status_description: z.literal(text) }),
        ...payload.shape,
      };
      content['application/json'] = z.object(shape);
    }
    if (body !== undefined) content['application/json'] = body;
    return { ...content, ...types };
  }

  #schemasOf(content) {
    const entries = Object.entries(content);
    return Object.fromEntries(entries.map(([type, zod]) => [type, { schema: this.#schemas.ofAnswer(zod) }]));
  }

  #headersOf(status) {
    const names = ['X-Request-Id', ...(isLimited(this.#route) ? limitNames : [])];
    if (status === 429 || status === 503) names.push('Retry-After');
    return Object.fromEntries(names.map((name) => [name, ref('headers', name)]));
  }
}

/** To each request and answer, once all components are known. */
function addExamples(operations, components) {
  for (const { requestBody, responses } of operations) {
    const bodies = [requestBody, ...Object.values(responses)].flatMap((one) =>
      Object.values(one?.content ?? {}),
    );
    for (const media of bodies) {
      const variants = media.schema.anyOf;
      if (variants === undefined) media.example = exampleOf(media.schema, components);
      else {
        const examples = variants.map((one, at) => [String(at + 1), { value: exampleOf(one, components) }]);
        media.examples = Object.fromEntries(
          examples.map(([at, one]) => [one.value?.status_description ?? at, one]),
        );
      }
    }
  }
}
