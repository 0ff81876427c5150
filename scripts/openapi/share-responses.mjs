/** More names than these would make a name that nobody reads. */
const namesMax = 3;

/** Moves the errors that several operations answer with to components, by the names of their codes; gives those. */
export function shareResponses(operations) {
  const uses = new Map();
  for (const { responses } of operations) {
    for (const [status, response] of Object.entries(responses)) {
      if (Number(status) < 400) continue;
      const text = JSON.stringify(response);
      uses.set(text, [...(uses.get(text) ?? []), { responses, status }]);
    }
  }
  const shared = {};
  // Those of one name differ in what a few routes add: most routes have the plain one.
  const sorted = [...uses].sort(([, some], [, others]) => others.length - some.length);
  for (const [text, places] of sorted.filter(([, { length }]) => length > 1)) {
    const response = JSON.parse(text);
    const name = freeName(nameOf(response), shared);
    if (name === null) continue;
    shared[name] = response;
    for (const { responses, status } of places)
      responses[status] = { $ref: `#/components/responses/${name}` };
  }
  return shared;
}

function freeName(name, taken) {
  for (let at = 2, free = name; name !== null; free = `${name}${at++}`) {
    if (taken[free] === undefined) return free;
  }
  return null;
}

function nameOf({ description, content }) {
  const names = [...description.matchAll(/`([^`]+)`/g)].map(([, code]) => code.replace(/[^a-z]+/g, '_'));
  if (names.length > namesMax) return null;
  const isV2 = content['application/json'].schema.properties?.code !== undefined;
  const words = names.map((code) => code.replace(/(?:^|_)([a-z])/g, (_all, letter) => letter.toUpperCase()));
  return `${isV2 ? 'V2' : ''}${words.join('Or')}`;
}
