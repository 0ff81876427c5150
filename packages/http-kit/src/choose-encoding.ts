export type Encoding = 'br' | 'gzip';

/**
 * The encoding that a client wants most, by its `Accept-Encoding` (RFC 9110, 12.5.3), Brotli where it wants both alike; null:
 * as it is, also where it accepts nothing that we have.
 */
export function chooseEncoding(accepted: string | null): Encoding | null {
  const weights = new Map((accepted ?? '').split(',').map(readWeight));
  const weightOf = (encoding: Encoding): number => weights.get(encoding) ?? weights.get('*') ?? 0;
  const best = weightOf('gzip') > weightOf('br') ? 'gzip' : 'br';
  const weight = weightOf(best);
  return weight > 0 && weight >= (weights.get('identity') ?? 0) ? best : null;
}

function readWeight(text: string): [name: string, weight: number] {
  const [name = '', ...parameters] = text.split(';').map((part) => part.trim().toLowerCase());
  const given = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2);
  return [name, given === undefined ? 1 : Number.parseFloat(given) || 0];
}
