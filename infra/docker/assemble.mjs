// Makes what the images hold, from a checkout: node infra/docker/assemble.mjs DIRECTORY. The Dockerfile runs it, and so
// does build-check. DIRECTORY gets a folder for each service, with what it needs when it runs and nothing else, and
// migrate.mjs, which runs the migrations of both.
import { copyFileSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { build } from '../../scripts/build.mjs';
import { pnpm, root } from '../../scripts/install.mjs';

const services = ['uasam', 'brain'];
const here = path.join(root, 'infra', 'docker');

/** What a package of ours has beside what runs. */
const ownLeftovers = [
  ...['src', 'test', 'scripts', 'tsconfig.json', 'prisma.config.ts', 'pnpm-lock.yaml', 'pnpm-workspace.yaml'],
];

/**
 * Tests; types and source maps, which only editors read; the compilers of queries for databases that we do not use; the other
 * forms of the page that shows the API.
 */
const unused =
  /^swagger-ui(?:-es-bundle.*|-standalone-preset)?\.js$|\.(?:test|spec)\.[cm]?js$|\.map$|\.[cm]?ts$|\.tsbuildinfo$|^query_compiler_(?:small_bg|fast_bg\.(?!postgresql\.))|^wasm-compiler-edge\./;

function assemble(target) {
  build();
  mkdirSync(target, { recursive: true });
  for (const service of services) {
    const tree = path.join(target, service);
    // Everything was installed just now, and the lock file says what the images hold. What pnpm knows of a package may still
    // be less than it wants to know here: where somebody has just added one, it asks for that alone.
    pnpm([
      ...['--config.inject-workspace-packages=true', '--prefer-offline'],
      ...['--filter', `@otas/${service}`, 'deploy', '--prod', tree],
    ]);
    removeLeftovers(tree);
    removeUnused(tree);
    copyFileSync(path.join(here, 'healthcheck.mjs'), path.join(tree, 'healthcheck.mjs'));
  }
  copyFileSync(path.join(here, 'migrate.mjs'), path.join(target, 'migrate.mjs'));
}

/** Clears the service's own folder, and those of our packages among its dependencies. */
function removeLeftovers(tree) {
  const store = path.join(tree, 'node_modules', '.pnpm');
  const ours = readdirSync(store).filter((name) => name.startsWith('@otas+'));
  const folders = ours.flatMap((name) => {
    const scope = path.join(store, name, 'node_modules', '@otas');
    const isItself = (entry) => !entry.isSymbolicLink();
    return readdirSync(scope, { withFileTypes: true })
      .filter(isItself)
      .map((entry) => path.join(scope, entry.name));
  });
  for (const folder of [tree, ...folders]) {
    for (const name of ownLeftovers) rmSync(path.join(folder, name), { recursive: true, force: true });
  }
}

/** Folders that a package does not need when it runs, where they stand at its top. */
const unusedFolders = ['test', 'tests', '__tests__', 'benchmark', 'benchmarks', 'example', 'examples'];

function removeUnused(folder) {
  const entries = readdirSync(folder, { withFileTypes: true });
  const isPackage = entries.some((entry) => entry.name === 'package.json');
  for (const entry of entries) {
    const file = path.join(folder, entry.name);
    const isUnused = isPackage && unusedFolders.includes(entry.name);
    if (entry.isDirectory() && isUnused) rmSync(file, { recursive: true });
    else if (entry.isDirectory()) removeUnused(file);
    else if (entry.isFile() && unused.test(entry.name)) rmSync(file);
  }
}

const [target] = process.argv.slice(2);
if (target === undefined) {
  console.error('usage: node infra/docker/assemble.mjs DIRECTORY');
  process.exit(2);
}
assemble(path.resolve(target));
