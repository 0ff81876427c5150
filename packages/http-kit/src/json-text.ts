/** JSON that is already written, such as text out of a database whose digits must not pass through a double. */
export class JsonText {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/**
 * The JSON of an answer's body. A {@link JsonText} may be the body, or stand at its top level; `undefined` there leaves
 * the key out.
 */
export function serialise(body: object): string {
  if (body instanceof JsonText) return body.text;
  if (!Object.values(body).some((value) => value instanceof JsonText)) return JSON.stringify(body);
  const members: string[] = [];
  for (const [key, value] of Object.entries(body)) {
    const text = value instanceof JsonText ? value.text : JSON.stringify(value);
    if (text !== undefined) members.push(`${JSON.stringify(key)}:${text}`);
  }
  return `{${members.join(',')}}`;
}
