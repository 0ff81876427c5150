import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from './build.mjs';
import { root } from './install.mjs';

build();
await import(pathToFileURL(path.join(root, 'packages/stack/dist/bin/restore.js')).href);
