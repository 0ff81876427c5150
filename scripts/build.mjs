import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { install, root, run } from './install.mjs';

/** Installs if need be, generates the database client and compiles what has changed. */
export function build() {
  install();
  run(process.execPath, ['services/uasam/scripts/generate.mjs']);
  run(process.execPath, [
    'node_modules/typescript/bin/tsc',
    '--build',
    'services/uasam',
    'services/brain',
    'packages/stack',
    'packages/sdk',
    'packages/cli',
  ]);
  run(process.execPath, ['packages/sdk/scripts/bundle.mjs']);
}

if (import.meta.url === pathToFileURL(path.resolve(process.argv[1])).href) {
  console.log(`otas: building in ${root} …`);
  build();
}
