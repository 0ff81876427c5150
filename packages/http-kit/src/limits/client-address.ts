import { isIPv6 } from 'node:net';
import type { RequestContext } from '../request-context';

const addressMaxLength = 64;

/**
 * Who sent a request: an IP address. Behind a proxy (`trustProxy`) it is the last hop in `X-Forwarded-For`; those before
 * it are the client's own claim.
 */
export function clientAddress(context: RequestContext, trustProxy: boolean): string {
  const forwarded = trustProxy ? context.header('x-forwarded-for')?.split(',').at(-1)?.trim() : undefined;
  const address = (forwarded || context.req.socket.remoteAddress || 'unknown').toLowerCase();
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/.exec(address);
  return mapped === null ? address.slice(0, addressMaxLength) : (mapped[1] as string);
}

/** What shares a limit: an IPv4 address, or the /64 of an IPv6 address, which is what one customer gets. */
export function limitedAddress(address: string): string {
  return isIPv6(address) ? network64(address) : address;
}

function network64(address: string): string {
  const [head = '', tail] = address.split('%', 1)[0]?.split('::') ?? [];
  const groups = head.split(':').filter((group) => group !== '');
  const after = (tail ?? '').split(':').filter((group) => group !== '');
  while (tail !== undefined && groups.length + after.length < 8) groups.push('0');
  const network = [...groups, ...after].slice(0, 4);
  return network.map((group) => Number.parseInt(group, 16).toString(16)).join(':');
}
