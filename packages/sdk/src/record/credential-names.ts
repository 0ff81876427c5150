// SDK and Brain have the same text.

/**
 * Headers that carry credentials. All names here are sources of regular expressions for whole names in any case; those of
 * headers have `_` for `-` and stand behind `HTTP_` too, as servers of other languages hand them on.
 */
export const credentialHeaders: readonly string[] = [
  '(?:http_)?authorization',
  '(?:http_)?proxy[-_]authorization',
  '(?:http_)?cookie',
  'set[-_]cookie',
  '(?:http_)?x[-_]api[-_]key',
];

/** How the names of other headers with credentials end: `api-key`, `X-Auth-Token`, `X-Goog-Api-Key`. */
export const credentialEnding = '(?:api[-_]?key|token|secret|password|signature)';

/** Headers whose value is a URL. */
export const urlHeader = '(?:http_)?(?:(?:content[-_])?location|referer)';

/** Parameters of queries and forms that carry credentials, whatever these look like. */
export const credentialParameter = [
  'api[-_.]?key',
  '(?:access|refresh|id|auth|session|security)?[-_.]?token',
  '(?:client[-_.]?)?secret',
  'pass(?:word|wd|phrase)?',
  'pwd',
  'sig(?:nature)?',
  'x-amz-(?:signature|security-token|credential)',
  'code_verifier',
].join('|');
