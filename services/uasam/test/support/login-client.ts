import http, { type IncomingHttpHeaders } from 'node:http';
import type { TestService } from './service';
import { paths } from './tenant';

export interface LoginAnswer {
  readonly status: number;
  readonly body: unknown;
  readonly headers: IncomingHttpHeaders;
  /** Seconds. */
  readonly retryAfter: number;
}

/** Where a login comes from: an address of loopback, such as 127.0.0.2, or what a proxy says. */
export type LoginSource = { readonly localAddress: string } | { readonly forwardedFor: string };

/** Logs in over a connection of its own. */
export function loginFrom(
  service: TestService,
  source: LoginSource,
  login: { readonly email: string; readonly password: string },
): Promise<LoginAnswer> {
  const forwarded = 'forwardedFor' in source ? { 'X-Forwarded-For': source.forwardedFor } : {};
  const local = 'localAddress' in source ? { localAddress: source.localAddress } : {};
  return new Promise((resolve, reject) => {
    const req = http.request(service.url + paths.login, {
      ...local,
      method: 'POST',
      headers: forwarded,
      agent: false,
    });
    req.on('error', reject);
    req.on('response', (res) => {
      let text = '';
      res.on('data', (chunk) => (text += chunk));
      res.on('end', () => {
        const retryAfter = Number(res.headers['retry-after'] ?? 0);
        resolve({ status: res.statusCode ?? 0, body: JSON.parse(text), headers: res.headers, retryAfter });
      });
    });
    req.end(JSON.stringify(login));
  });
}
