import { credentialsOf } from './credentials.mjs';
import { codesOf, errorResponses } from './errors.mjs';
import { z } from './schemas.mjs';

export const ref = (kind, name) => ({ $ref: `#/components/${kind}/${name}` });
const limitNames = ['RateLimit-Limit', 'RateLimit-Remaining', 'RateLimit-Reset'];
const isLimited = ({ path: route }) => !/^\/(?:healthz|readyz|internal\/.*)$/.test(route);

/** One route as an operation of the document. */
export class Operation {
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
        [...this.#successes(), ...Object.entries(failures)].sort(([one], [other]) => one - other),
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
    return whole.type === 'object' && (whole.required ?? []).length === 0 && !whole.minProperties;
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
    const texts = answers.map((one) => one.description ?? description).filter((text) => text !== null);
    const [{ summary = texts.map((text) => `\`${text}\``).join(', ') || about.summary }] = answers;
    const own = answers.flatMap((one) => Object.entries(one.headers ?? {}));
    const content = this.#content(answers);
    return {
      description: summary,
      headers: {
        ...this.#headersOf(status),
        ...Object.fromEntries(own.map(([name, schema]) => [name, this.#parameterSchema(schema)])),
      },
      ...(Object.keys(content).length > 0 && { content }),
    };
  }

  #content(answers) {
    const json = answers.flatMap(({ payload, body, description }) => {
      if (payload !== undefined) return [this.#envelope(payload, description)];
      return body === undefined ? [] : [body];
    });
    const types = Object.assign({}, ...answers.map((one) => one.types));
    if (json.length > 0) types['application/json'] = json.length === 1 ? json[0] : z.union(json);
    return Object.fromEntries(
      Object.entries(types).map(([type, zod]) => [type, { schema: this.#schemas.ofAnswer(zod) }]),
    );
  }

  #envelope(payload, description = this.#route.described.description) {
    const text = description === null ? {} : { status_description: z.literal(description) };
    return z.object({ status: z.literal(1), ...text, ...payload.shape });
  }

  #headersOf(status) {
    const names = ['X-Request-Id', ...(isLimited(this.#route) ? limitNames : [])];
    if (status === 429 || status === 503) names.push('Retry-After');
    return Object.fromEntries(names.map((name) => [name, ref('headers', name)]));
  }
}
