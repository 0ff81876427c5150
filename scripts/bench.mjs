import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from './build.mjs';
import { root, run } from './install.mjs';

build();
run(process.execPath, ['node_modules/typescript/bin/tsc', '--build', 'packages/bench']);
await import(pathToFileURL(path.join(root, 'packages/bench/dist/main.js')).href);
