import { anybody, endpoint, type MountedEndpoint, PlainAnswer } from '@otas/http-kit';
import { z } from 'zod';
import type { Deps } from '../deps';

const text = (example: string) => z.string().meta({ examples: [example] });
const publicKey = z
  .object({
    kty: z.literal('EC'),
    crv: z.literal('P-256'),
    x: text('f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU'),
    y: text('x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0'),
    kid: text('2026-04'),
    alg: z.literal('ES256'),
    use: z.literal('sig'),
  })
  .meta({ id: 'PublicKey' });

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
      about: {
        name: 'listTokenKeys',
        tag: 'Service',
        summary: 'Lists the public keys that tokens are signed with (JWKS); none where they are secrets',
        answer: [
          {
            body: z.object({ keys: z.array(publicKey) }),
            headers: { 'Cache-Control': text(`public, max-age=${keptSeconds}`) },
          },
        ],
      },
    }),
  ];
}
