/** More names than these would make a name that nobody reads. */
const namesMax = 3;

/** Moves the errors that several operations answer with to components, by the names of their codes; gives those. */
export function shareResponses(operations) {
  const shared = {};
  const uses = new Map();
  const errors = operations.flatMap((operation) =>
    Object.keys(operation.responses)
      .filter((status) => Number(status) >= 400)
      .map((status) => ({ operation, status, text: JSON.stringify(operation.responses[status]) })),
  );
  for (const { text } of errors) uses.set(text, (uses.get(text) ?? 0) + 1);
  for (const { operation, status, text } of errors) {
    const name = nameOf(operation.responses[status]);
    if (uses.get(text) === 1 || name === null) continue;
    if (shared[name] !== undefined && JSON.stringify(shared[name]) !== text) continue;
    shared[name] = operation.responses[status];
    operation.responses[status] = { $ref: `#/components/responses/${name}` };
  }
  return Object.fromEntries(Object.entries(shared).sort(([one], [other]) => (one < other ? -1 : 1)));
}

function nameOf({ description, content }) {
  const names = [...description.matchAll(/`([^`]+)`/g)].map(([, code]) => code.replace(/[^a-z]+/g, '_'));
  if (names.length > namesMax) return null;
  const isV2 = content['application/json'].schema.properties?.code !== undefined;
  const words = names.map((code) => code.replace(/(?:^|_)([a-z])/g, (_all, letter) => letter.toUpperCase()));
  return `${isV2 ? 'V2' : ''}${words.join('Or')}`;
}
