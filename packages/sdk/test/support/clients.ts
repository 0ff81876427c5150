import http from 'node:http';
import { text } from 'node:stream/consumers';
import * as undici from 'undici';

/** Fetches a URL with headers and gives the text that came, by each of the ways out of a process. */
export const clients: Readonly<
  Record<string, (url: string, headers?: Record<string, string>) => Promise<string>>
> = {
  fetch: async (url, headers = {}) => (await fetch(url, { headers })).text(),
  'undici.request': async (url, headers = {}) => (await undici.request(url, { headers })).body.text(),
  'undici.fetch': async (url, headers = {}) => (await undici.fetch(url, { headers })).text(),
  'http.get': (url, headers = {}) => textOf((take) => http.get(url, { headers }, take)),
  'http.request': (url, headers = {}) =>
    textOf((take) => {
      const { host, hostname, port, pathname, search } = new URL(url);
      const options = {
        hostname,
        port,
        path: pathname + search,
        headers: ['Host', host, ...Object.entries(headers).flat()],
      };
      return http.request(options, take).end();
    }),
};

function textOf(send: (take: (res: http.IncomingMessage) => void) => http.ClientRequest): Promise<string> {
  return new Promise((resolve, reject) => {
    send((res) => text(res).then(resolve, reject)).on('error', reject);
  });
}
