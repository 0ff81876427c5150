import { lstatSync, readdirSync, realpathSync } from 'node:fs';
import path from 'node:path';

/** What only laptops, tests and builds need: none of it may be in an image. */
const foreignPackages = [
  ...['chdb', '@chdb+', '@electric-sql+', '@otas+embedded', '@otas+stack', '@otas+e2e', '@otas+bench'],
  ...['jest', '@jest+', 'supertest', 'typescript', '@swc+', '@biomejs+', 'dependency-cruiser'],
  ...['prisma', '@prisma+schema-engine-wasm', '@prisma+engines', '@prisma+dev'],
];
const foreignFiles = /\.(?:test|spec)\.[cm]?[jt]s$|\.map$|\.tsbuildinfo$|^\.env$/;

/** The packages in a tree that `pnpm deploy` made, as `name@version`, with `+` for the `/` of a scope. */
export function listPackages(tree) {
  return readdirSync(path.join(tree, 'node_modules', '.pnpm')).filter((name) => name.includes('@'));
}

/** Everything in the tree of a service that has no place in its image, in words; empty when all is well. */
export function findFaults(tree) {
  const isForeign = (name) =>
    foreignPackages.some((one) => (one.endsWith('+') ? name.startsWith(one) : name.startsWith(`${one}@`)));
  const faults = listPackages(tree)
    .filter(isForeign)
    .map((name) => `the package ${name}`);
  const whole = realpathSync(tree);
  for (const file of walk(tree)) {
    const name = path.relative(tree, file);
    if (foreignFiles.test(path.basename(file))) faults.push(`the file ${name}`);
    if (lstatSync(file).isSymbolicLink() && !isInside(file, whole))
      faults.push(`${name} leads out of the tree`);
  }
  for (const name of ['src', 'test', 'scripts']) {
    if (readdirSync(tree).includes(name)) faults.push(`the folder ${name}`);
  }
  return faults;
}

/** Bytes of all files in a folder; one with several names counts each time, since an image has it that often. */
export function sizeOf(folder) {
  let bytes = 0;
  for (const file of walk(folder)) bytes += lstatSync(file).size;
  return bytes;
}

function isInside(link, whole) {
  try {
    return realpathSync(link).startsWith(`${whole}${path.sep}`);
  } catch {
    return false;
  }
}

function* walk(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const file = path.join(folder, entry.name);
    if (entry.isDirectory()) yield* walk(file);
    else yield file;
  }
}
