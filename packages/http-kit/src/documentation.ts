import path from 'node:path';
import { ApiError } from '@otas/errors';
import { z } from 'zod';
import { anybody } from './authentication';
import { endpoint, type MountedEndpoint, PlainAnswer } from './endpoint';
import type { AnswerDescription } from './route-description';
import { StaticFile } from './static-file';

const ownPages = path.join(__dirname, '..', 'docs-page');
const swaggerUi = path.dirname(require.resolve('swagger-ui-dist/package.json'));
const htmlType = 'text/html; charset=utf-8';

/** Nothing from elsewhere, and nothing that stands in the page itself. */
const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const tag = z.string().meta({ examples: ['"CBo3TgJgAzMhnjSF0mCGmw"'] });
const asked = { 'If-None-Match': tag, 'Accept-Encoding': z.string().meta({ examples: ['br, gzip'] }) };

/** A file and its 304, by the content type. */
function fileOf(types: Record<string, z.ZodType>, more: Record<string, z.ZodType> = {}): AnswerDescription[] {
  const vary = z.string().meta({ examples: ['Accept-Encoding'] });
  const headers = { ETag: tag, Vary: vary, 'X-Content-Type-Options': z.literal('nosniff'), ...more };
  const compressed = { 'Content-Encoding': z.enum(['br', 'gzip']) };
  return [
    { summary: 'The file', types, headers: { ...headers, ...compressed } },
    { status: 304, summary: 'The client has it', headers },
  ];
}

/**
 * `GET /openapi.json`: the service's description. `GET /docs`: a page that shows it, of files that the service has itself.
 *
 * @param file the path of the description
 */
export function documentationEndpoints(file: string): MountedEndpoint[] {
  const description = new StaticFile(file, 'application/json');
  const page = new StaticFile(path.join(ownPages, 'index.html'), htmlType);
  const files: Readonly<Record<string, StaticFile>> = {
    'start.js': new StaticFile(path.join(ownPages, 'start.js'), 'text/javascript'),
    'swagger-ui-bundle.js': new StaticFile(path.join(swaggerUi, 'swagger-ui-bundle.js'), 'text/javascript'),
    'swagger-ui.css': new StaticFile(path.join(swaggerUi, 'swagger-ui.css'), 'text/css'),
  };
  const anyObject = z.looseObject({ openapi: z.string().meta({ examples: ['3.1.1'] }) });
  const text = z.string();
  return [
    endpoint({
      methods: ['GET'],
      path: '/openapi.json',
      authenticate: anybody,
      status: 200,
      handle: ({ context }) => answerOf(description, context),
      about: {
        name: 'getDescription',
        tag: 'Service',
        summary: 'This description',
        headers: asked,
        answer: fileOf({ 'application/json': anyObject }),
      },
    }),
    endpoint({
      methods: ['GET'],
      path: '/docs',
      authenticate: anybody,
      status: 200,
      handle: ({ context }) => answerOf(page, context, { 'Content-Security-Policy': contentSecurityPolicy }),
      about: {
        name: 'getDocs',
        tag: 'Service',
        summary: 'A page that shows this description',
        headers: asked,
        answer: fileOf({ 'text/html': text }, { 'Content-Security-Policy': text }),
      },
    }),
    endpoint({
      methods: ['GET'],
      path: '/docs/{file}',
      authenticate: anybody,
      status: 200,
      handle: ({ context }) => {
        const name = context.pathParameter('file');
        const found = Object.hasOwn(files, name) ? files[name] : undefined;
        if (found === undefined) throw new ApiError('not_found');
        return answerOf(found, context);
      },
      about: {
        name: 'getDocsFile',
        tag: 'Service',
        summary: 'What that page is made of',
        path: { file: z.enum(Object.keys(files)) },
        headers: asked,
        answer: fileOf({ 'text/javascript': text, 'text/css': text }),
        errors: ['not_found'],
      },
    }),
  ];
}

async function answerOf(
  file: StaticFile,
  context: Parameters<StaticFile['answer']>[0],
  more: Record<string, string> = {},
): Promise<PlainAnswer> {
  const { status, body, headers } = await file.answer(context);
  return new PlainAnswer(status, body, { ...headers, ...more });
}
