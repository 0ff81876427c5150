import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { instrument } from '../../instrument/node';
import type { Platform } from '../platform';
import { onExit } from './exit-hooks';
import { post } from './post';
import { setTimer } from './timers';

const compress = promisify(gzip);

/** Node.js, and what has its modules: Bun, Deno. */
export const nodePlatform: Platform = {
  // biome-ignore lint/style/noProcessEnv: the one place of the SDK that reads the environment.
  env: (name) => process.env[name],
  setTimer,
  post,
  gzip: (text) => compress(text, { level: 1 }),
  instrument,
  onExit,
};
