const simple = { string: '', integer: 1, number: 1.5, boolean: true, null: null, object: {} };

/**
 * An example of what a schema takes, made of the examples of its parts: a schema's first one of its own, else its constant, the
 * first of its values or of its variants, else the examples of all its members.
 */
export function exampleOf(schema, components) {
  if (schema.$ref !== undefined) {
    const { $ref, ...more } = schema;
    return exampleOf({ ...components[$ref.split('/').at(-1)], ...more }, components);
  }
  if (schema.examples !== undefined) return schema.examples[0];
  if ('const' in schema) return schema.const;
  if (schema.enum !== undefined) return schema.enum[0];
  if (schema.default !== undefined) return schema.default;
  const variants = schema.anyOf ?? schema.oneOf;
  if (variants !== undefined) return exampleOf(variants[0], components);
  if (schema.allOf !== undefined)
    return Object.assign({}, ...schema.allOf.map((one) => exampleOf(one, components)));
  if (schema.type === 'array') return [exampleOf(schema.items, components)];
  if (schema.type === 'object') {
    const members = Object.entries(schema.properties ?? {});
    return Object.fromEntries(members.map(([name, member]) => [name, exampleOf(member, components)]));
  }
  return simple[[schema.type ?? 'object'].flat()[0]];
}
