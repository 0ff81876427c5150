import { createRequire } from 'node:module';
import path from 'node:path';
import { root } from '../install.mjs';

export const { z } = createRequire(path.join(root, 'packages/http-kit/dist/index.js'))('zod');

/**
 * Turns zod schemas into JSON Schema. Those that have an `id` among their meta come into `components` once, and are referred
 * to. An answer is exact (no field beside the described ones); a request may have more, which is ignored.
 */
export class Schemas {
  /** By name. */
  components = {};

  ofAnswer(schema) {
    return this.#convert(schema, 'output');
  }

  ofRequest(schema) {
    return this.#convert(schema, 'input');
  }

  #convert(schema, io) {
    const {
      $schema: _,
      $defs = {},
      ...converted
    } = z.toJSONSchema(schema, {
      ...{ io, unrepresentable: 'any', override: keepExamples },
    });
    const names = new Map(Object.keys($defs).map((name) => [name, io === 'input' ? `${name}Sent` : name]));
    const settle = (value) => refer(value, names);
    for (const [name, { id: _id, ...definition }] of Object.entries($defs)) {
      this.add(names.get(name), settle(definition));
    }
    return settle(converted);
  }

  /** A component and the reference to it. @throws Error when another one has its name */
  add(name, definition) {
    const known = this.components[name];
    if (known !== undefined && JSON.stringify(known) !== JSON.stringify(definition)) {
      throw new Error(`two different schemas are called "${name}"`);
    }
    this.components[name] = definition;
    return { $ref: `#/components/schemas/${name}` };
  }
}

/** Those of a schema that transforms what it takes are examples of that. */
function keepExamples({ zodSchema, jsonSchema }) {
  const { examples } = z.globalRegistry.get(zodSchema) ?? {};
  if (examples !== undefined) jsonSchema.examples = examples;
}

function refer(value, names) {
  if (Array.isArray(value)) return value.map((one) => refer(one, names));
  if (value === null || typeof value !== 'object') return value;
  const entries = Object.entries(value).map(([key, part]) => {
    if (key !== '$ref') return [key, refer(part, names)];
    return [key, `#/components/schemas/${names.get(part.slice('#/$defs/'.length))}`];
  });
  return Object.fromEntries(entries.filter(([, part]) => part !== undefined));
}
