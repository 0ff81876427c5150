import { anybody, endpoint, type MountedEndpoint, PlainAnswer } from '@otas/http-kit';
import type { Deps } from '../deps';

/** A key that comes is there for a while before it signs, so that whoever keeps an earlier answer has it by then. */
const keptSeconds = 60;

export function tokenKeyEndpoints({ tokenKeys }: Pick<Deps, 'tokenKeys'>): MountedEndpoint[] {
  return [
    endpoint({
      methods: ['GET'],
      path: '/.well-known/jwks.json',
      authenticate: anybody,
      status: 200,
      handle: () =>
        new PlainAnswer(
          200,
          { keys: tokenKeys.listPublic() },
          { 'Cache-Control': `public, max-age=${keptSeconds}` },
        ),
    }),
  ];
}
