import { BytesBody, endpoint, type MountedEndpoint, PlainAnswer } from '@otas/http-kit';
import { z } from 'zod';
import type { Deps } from '../deps';
import { describeAgent } from './describe-agent';
import { parseManifestQuery } from './manifest.schemas';
import { writeManifest } from './write-manifest';

const page = z.string().meta({ examples: ['# OTAS: how an agent records what it does'] });

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
        return new PlainAnswer(200, new BytesBody(Buffer.from(text), 'text/markdown; charset=utf-8'));
      },
      about: {
        name: 'getAgentManifest',
        tag: 'Agents',
        summary: 'The page by which an agent records what it does',
        details:
          'Markdown that an agent follows by itself: its ids, each request as a command of a shell, and what to do about each error. The key is a placeholder.',
        answer: [{ summary: 'The page', types: { 'text/markdown': page } }],
        errors: ['agent_id_required', 'agent_not_found'],
      },
    }),
  ];
}
