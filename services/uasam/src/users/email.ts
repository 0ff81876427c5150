import { isHost } from '../wire/host';
import { isStorable, lengthOf } from '../wire/text';

const maxLength = 254;

/** Trimmed and in lower case: the form in which e-mail addresses are kept and compared. */
export function normaliseEmail(text: string): string {
  return text.trim().toLowerCase();
}

/** Exactly one `@`, something before it, a host after it, no white space, at most 254 characters. */
export function isEmail(email: string): boolean {
  if (!isStorable(email) || lengthOf(email) > maxLength || /[\s\p{Cc}]/u.test(email)) return false;
  const parts = email.split('@');
  const [local = '', host = ''] = parts;
  if (parts.length !== 2 || local === '') return false;
  return isHost(host);
}
