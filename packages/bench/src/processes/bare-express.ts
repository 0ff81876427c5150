import type { AddressInfo } from 'node:net';
import express from 'express';
import { serveCalls } from '../support/worker';

/** Express 5 as its documentation begins: reads JSON, answers the given object with 201. */
function listen({ path, answer }: { path: string; answer: object }): Promise<number> {
  const app = express();
  app.use(express.json());
  app.post(path, (_req, res) => {
    res.status(201).json(answer);
  });
  return new Promise((resolve) => {
    const server = app.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
  });
}

serveCalls({ listen });
