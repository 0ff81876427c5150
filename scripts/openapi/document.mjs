import { readFileSync } from 'node:fs';
import path from 'node:path';
import { root } from '../install.mjs';
import { headerParameters, securitySchemes } from './credentials.mjs';
import { exampleOf } from './examples.mjs';
import { Operation } from './operation.mjs';
import { Schemas } from './schemas.mjs';
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
  const usedTags = new Set(operations.flatMap((one) => one.tags));
  const unknown = [...usedTags].find((name) => !(name in tags));
  if (unknown !== undefined) throw new Error(`scripts/openapi.mjs does not know the tag "${unknown}"`);
  const components = {
    ...{ securitySchemes, headers, parameters: headerParameters },
    responses: shareResponses(operations),
    schemas: schemas.components,
  };
  return {
    openapi: '3.1.1',
    info: { title, version, description, license },
    servers: [{ url: '/' }],
    tags: Object.entries(tags)
      .filter(([name]) => usedTags.has(name))
      .map(([name, text]) => ({ name, description: text })),
    paths,
    components: usedOf(components, paths),
  };
}

/** Those components that are referred to from the paths, or from one another, by name. */
function usedOf(components, paths) {
  const text = JSON.stringify(paths);
  const used = new Set();
  const follow = (part) => {
    for (const [, kind, name] of part.matchAll(/"#\/components\/(\w+)\/([^"]+)"/g)) {
      if (used.has(`${kind}/${name}`)) continue;
      used.add(`${kind}/${name}`);
      follow(JSON.stringify(components[kind][name]));
    }
  };
  follow(text);
  for (const name of Object.keys(components.securitySchemes)) {
    if (text.includes(`"${name}":[]`)) used.add(`securitySchemes/${name}`);
  }
  return Object.fromEntries(
    Object.entries(components).map(([kind, all]) => {
      const some = Object.entries(all).filter(([name]) => used.has(`${kind}/${name}`));
      return [kind, Object.fromEntries(some.sort(([one], [other]) => (one < other ? -1 : 1)))];
    }),
  );
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
