import { usageError } from '../exit-codes';

export interface Addresses {
  readonly uasamUrl: string;
  readonly brainUrl: string;
}

/** Where `npm start` has them. */
export const defaultAddresses: Addresses = {
  uasamUrl: 'http://127.0.0.1:8000',
  brainUrl: 'http://127.0.0.1:8002',
};

/**
 * The address of a service, without a slash at its end.
 *
 * @param name of the setting, for the error
 * @throws CliError 2 when it is no http or https address, or holds a user name, a query or a fragment
 */
export function parseAddress(text: string, name: string): string {
  const url = URL.canParse(text) ? new URL(text) : null;
  const isPlain = url !== null && ['http:', 'https:'].includes(url.protocol) && url.search + url.hash === '';
  if (!isPlain) throw usageError(`${name} must be an address such as ${defaultAddresses.uasamUrl}`);
  if (url.username + url.password !== '') throw usageError(`${name} must not hold a user name or a password`);
  return url.href.replace(/\/+$/, '');
}
