const maxLength = 1024;
const maxCauses = 5;

/**
 * What went wrong, in the words that the caller got: its message, with its code or name in front when the message does
 * not say it, then what lies behind it.
 */
export function describeError(error: unknown): string {
  const parts: string[] = [];
  for (let at = error; at !== undefined && at !== null && parts.length < maxCauses; at = causeOf(at)) {
    const part = describeOne(at);
    if (!parts.includes(part)) parts.push(part);
  }
  return parts.join(': ').slice(0, maxLength) || 'unknown error';
}

function describeOne(error: unknown): string {
  if (typeof error !== 'object' || error === null) return String(error);
  const { message, code, name, errors } = error as Record<string, unknown>;
  // Several addresses were tried: what each said stands in the error's own errors, and its message may be empty.
  const text = message ? String(message) : Array.isArray(errors) ? errors.map(describeOne).join(', ') : '';
  const label = typeof code === 'string' ? code : name === 'Error' ? undefined : name;
  if (typeof label !== 'string' || text.includes(label)) return text || 'Error';
  return text === '' ? label : `${label}: ${text}`;
}

function causeOf(error: unknown): unknown {
  return typeof error === 'object' && error !== null ? (error as { cause?: unknown }).cause : undefined;
}
