import { createReadStream } from 'node:fs';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { OtasMiddleware } from '@otas/sdk';
import express from 'express';
import fastify from 'fastify';
import { type LocalServer, startLocalServer } from '../../../../test/local-server';
import { hardCases, unfinished } from './hard-cases';

/** A back end that somebody wrote. */
export type Host = Pick<LocalServer, 'port' | 'stop'>;

/** Starts a back end that answers the hard cases, and some in its framework's own way; null: without the middleware. */
export type StartHost = (otas: OtasMiddleware | null) => Promise<Host>;

function answer(req: IncomingMessage, res: ServerResponse): unknown {
  const path = (req.url as string).split('?')[0] as string;
  return (unfinished[path] ?? hardCases[path]?.answer)?.(req, res);
}

const startExpress =
  (make: typeof express): StartHost =>
  (otas) => {
    const app = make();
    if (otas !== null) app.use(otas);
    const api = make.Router();
    api.post('/echo', make.json(), (req, res) => void res.json({ got: req.body }));
    api.post('/raw', make.raw({ type: '*/*' }), (req, res) => void res.type('text/plain').send(req.body));
    api.get('/file', (_req, res) => res.type('text/plain').sendFile(__filename));
    api.get('/throws', () => {
      throw new Error('the shelf is empty');
    });
    app.use('/own', api);
    app.use(answer);
    if (otas !== null) app.use(otas.errors);
    app.use(((error, _req, res, _next) => {
      res.status(500).json({ message: error.message });
    }) satisfies express.ErrorRequestHandler);
    return startLocalServer(app);
  };

const startNode: StartHost = (otas) => {
  const listener = (req: IncomingMessage, res: ServerResponse): void => {
    const path = req.url?.split('?')[0];
    if (path === '/own/echo' || path === '/own/raw') {
      req.on('data', (chunk) => res.write(chunk)).on('end', () => res.end());
    } else if (path === '/own/file') createReadStream(__filename).pipe(res);
    else if (path === '/own/throws') res.writeHead(500).end('{"message":"the shelf is empty"}');
    else answer(req, res);
  };
  return startLocalServer(otas === null ? listener : otas.listener(listener));
};

const startFastify: StartHost = async (otas) => {
  const app = fastify();
  if (otas !== null) await app.register(otas.fastify);
  app.post('/own/echo', async (request) => ({ got: request.body }));
  app.post('/own/raw', async (request) => request.body);
  app.get('/own/file', (_request, reply) => reply.type('text/plain').send(createReadStream(__filename)));
  app.get('/own/throws', async () => {
    throw new Error('the shelf is empty');
  });
  await app.register(async (plain) => {
    plain.removeAllContentTypeParsers();
    plain.addContentTypeParser('*', (_request, _payload, done) => done(null));
    plain.all('/*', (request, reply) => {
      reply.hijack();
      answer(request.raw, reply.raw);
    });
  });
  await app.listen({ port: 0, host: '127.0.0.1' });
  return { port: (app.server.address() as AddressInfo).port, stop: () => app.close() };
};

/** What is used of Koa, which brings no types. */
interface KoaContext {
  readonly path: string;
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  body: unknown;
  type: string;
  respond: boolean;
}
interface KoaApp {
  use(middleware: (ctx: KoaContext, next: () => Promise<unknown>) => unknown): this;
  on(event: 'error', listener: () => void): this;
  callback(): RequestListener;
}
const Koa: new () => KoaApp = require('koa');

const startKoa: StartHost = (otas) => {
  const app = new Koa().on('error', () => undefined);
  if (otas !== null) app.use(otas.koa);
  app.use(async (ctx) => {
    if (ctx.path === '/own/throws') throw new Error('the shelf is empty');
    if (ctx.path === '/own/file') {
      ctx.type = 'text/plain';
      ctx.body = createReadStream(__filename);
    } else if (ctx.path.startsWith('/own/')) {
      const chunks: Buffer[] = [];
      for await (const chunk of ctx.req) chunks.push(chunk);
      ctx.body = Buffer.concat(chunks).toString();
    } else {
      ctx.respond = false;
      ctx.res.statusCode = 200;
      await answer(ctx.req, ctx.res);
    }
  });
  return startLocalServer(app.callback());
};

/** By the name of the framework. */
export const hosts: Readonly<Record<string, StartHost>> = {
  'Express 5': startExpress(express),
  'Express 4': startExpress(require('express4')),
  'node:http': startNode,
  Fastify: startFastify,
  Koa: startKoa,
};
