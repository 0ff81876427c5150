import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from './build.mjs';
import { root } from './install.mjs';

const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  console.error(`otas: Node.js 20.19 or newer is needed; this is ${process.versions.node}`);
  process.exit(1);
}
build();
await import(pathToFileURL(path.join(root, 'packages/stack/dist/bin/main.js')).href);
