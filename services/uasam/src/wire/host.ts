import { isIPv6 } from 'node:net';

const label = /^[\p{L}\p{N}_](?:[\p{L}\p{N}\p{M}_-]*[\p{L}\p{N}\p{M}_])?$/u;

/** A host: dotted labels of letters (of any script), digits, `-` and `_`, an IPv4 address, or an IPv6 one in brackets. */
export function isHost(text: string): boolean {
  if (text.startsWith('[') && text.endsWith(']')) return isIPv6(text.slice(1, -1));
  return text.split('.').every((part) => label.test(part));
}

/** A host, with or without `:port` (1–65535) behind it. */
export function isHostWithPort(text: string): boolean {
  const match = /^(.+?)(?::(\d{1,5}))?$/.exec(text);
  if (match === null) return false;
  const port = match[2] === undefined ? 1 : Number(match[2]);
  return port >= 1 && port <= 65_535 && isHost(match[1] as string);
}
