import { endpoint, type MountedEndpoint, PlainAnswer, TextBody } from '@otas/http-kit';
import type { Deps } from '../deps';
import { describeAgent } from './describe-agent';
import { parseManifestQuery } from './manifest.schemas';
import { writeManifest } from './write-manifest';

const markdown = 'text/markdown; charset=utf-8';

export function manifestEndpoints(deps: Deps): MountedEndpoint[] {
  return [
    endpoint({
      methods: ['GET'],
      path: '/api/agent/v1/manifest/',
      authenticate: deps.credentials.member,
      query: parseManifestQuery,
      status: 200,
      handle: async ({ principal, query }) => {
        const text = writeManifest(await describeAgent(deps, principal, query));
        return new PlainAnswer(200, new TextBody(text, markdown));
      },
    }),
  ];
}
