// SDK and Brain have the same text.

import { credentialParameter } from './credential-names';
import { redacted } from './secret-shapes';

const parameterName = new RegExp(`^(?:${credentialParameter})$`, 'i');
/** Finds something in every text with such a parameter; `%` may hide a letter of its name. */
const mayHoldParameter = new RegExp(`%|(?:${credentialParameter})=`, 'i');

/** `name=value` pairs of a query or a form without the values of parameters that are named like credentials. */
export function redactPairs(text: string): string {
  if (!mayHoldParameter.test(text)) return text;
  return text.split('&').map(redactPair).join('&');
}

/** A path or a URL without the password in it, and its query and fragment as by {@link redactPairs}. */
export function redactUrl(text: string): string {
  if (!/[?#@]/.test(text)) return text;
  const [place = '', ...rest] = text.split(/(?=[?#])/);
  const open = place.replace(/^([\w+.-]*:?\/\/[^/:@]*:)[^/@]*@/, `$1${redacted}@`);
  return open + rest.map((part) => part[0] + redactPairs(part.slice(1))).join('');
}

function redactPair(pair: string): string {
  const at = pair.indexOf('=');
  const isCredential = at > 0 && parameterName.test(decode(pair.slice(0, at)));
  return isCredential ? `${pair.slice(0, at)}=${redacted}` : pair;
}

/** @throws nothing: what is no percent-encoding is taken as it stands */
function decode(text: string): string {
  if (!text.includes('%')) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
