/** Where UASAM, Brain and the project itself are. */
export interface Addresses {
  /** Without a slash at their end. */
  readonly uasamUrl: string;
  readonly brainUrl: string;
  isOwnUrl(url: string): boolean;
  isInDomain(url: string): boolean;
}

interface Given {
  readonly uasamUrl?: string | undefined;
  readonly brainUrl?: string | undefined;
  readonly domain?: string | readonly string[] | undefined;
}

/** @throws TypeError naming what is no address */
export function readAddresses(given: Given, env: (name: string) => string | undefined): Addresses {
  const uasamUrl = baseUrl('uasamUrl', given.uasamUrl ?? (env('OTAS_UASAM_URL') || 'http://127.0.0.1:8000'));
  const brainUrl = baseUrl('brainUrl', given.brainUrl ?? (env('OTAS_BRAIN_URL') || 'http://127.0.0.1:8002'));
  const { domain = [] } = given;
  const matchers = (typeof domain === 'string' ? [domain] : domain)
    .filter((one) => one !== '')
    .map(matcherOf);
  return {
    uasamUrl,
    brainUrl,
    isOwnUrl: (url) => {
      const href = parse(url)?.href;
      return href !== undefined && [uasamUrl, brainUrl].some((own) => href === own || isBelow(href, own));
    },
    isInDomain: (url) => {
      if (matchers.length === 0) return false;
      const parsed = parse(url);
      return parsed !== null && matchers.some((matches) => matches(parsed));
    },
  };
}

function baseUrl(name: string, text: string): string {
  const url = parse(text);
  if (url === null || !/^https?:$/.test(url.protocol)) throw new TypeError(`${name} must be an http(s) URL`);
  return `${url.origin}${url.pathname.replace(/\/+$/, '')}`;
}

function isBelow(href: string, base: string): boolean {
  return href.startsWith(base) && /[/?#]/.test(href.charAt(base.length));
}

function matcherOf(domain: string): (url: URL) => boolean {
  if (/^https?:\/\//i.test(domain)) {
    const origin = parse(domain)?.origin;
    if (origin === undefined)
      throw new TypeError(`domain must be hosts or http(s) URLs, and ${domain} is not`);
    return (url) => url.origin === origin;
  }
  const name = domain.toLowerCase();
  if (!/^(?:\*\.)?[^\s/*@?#]+$/.test(name))
    throw new TypeError(`domain must be hosts or http(s) URLs, and ${domain} is not`);
  if (name.startsWith('*.')) return ({ hostname }) => hostname.endsWith(name.slice(1));
  return ({ host, hostname }) => hostname === name || host === name;
}

function parse(url: string): URL | null {
  try {
    return new URL(url);
  } catch {
    return null;
  }
}
