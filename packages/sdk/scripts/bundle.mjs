import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const root = path.join(import.meta.dirname, '..');

/** Every bundle that the package holds: its file in `dist`, and how it is made. */
const bundles = [
  { file: 'index.mjs', entry: 'index.ts', format: 'esm', platform: 'node', target: 'node20' },
  { file: 'index.cjs', entry: 'index.ts', format: 'cjs', platform: 'node', target: 'node20' },
  { file: 'browser.mjs', entry: 'browser.ts', format: 'esm', platform: 'browser', target: 'es2022' },
];

/** Bundles the sources into `dist`; the types there are made by tsc. */
export async function bundle() {
  for (const { file, entry, ...options } of bundles) {
    await build({
      ...options,
      absWorkingDir: root,
      entryPoints: [path.join('src', entry)],
      outfile: path.join('dist', file),
      bundle: true,
      legalComments: 'none',
      logLevel: 'warning',
    });
  }
  const types = path.join(root, 'dist', 'types');
  mkdirSync(types, { recursive: true });
  // A package of CommonJS types has others for whoever imports it.
  for (const name of ['index', 'browser']) {
    writeFileSync(path.join(types, `${name}.d.mts`), `export * from './${name}.js';\n`);
  }
}

if (import.meta.url === pathToFileURL(path.resolve(process.argv[1])).href) await bundle();
