// Generates the Prisma client from prisma/schema.prisma, only when the schema or Prisma's version has changed.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const output = join(root, 'src', 'db', 'generated');
const stampPath = join(output, '.stamp');
const prismaPackage = createRequire(import.meta.url).resolve('prisma/package.json');
const { version, bin } = JSON.parse(readFileSync(prismaPackage, 'utf8'));

const schema = readFileSync(join(root, 'prisma', 'schema.prisma'));
const stamp = createHash('sha256').update(version).update('\0').update(schema).digest('hex');
if (existsSync(stampPath) && readFileSync(stampPath, 'utf8') === stamp) process.exit(0);

rmSync(output, { recursive: true, force: true });
const cli = join(dirname(prismaPackage), bin.prisma);
const { status, stdout, stderr } = spawnSync(process.execPath, [cli, 'generate'], {
  cwd: root,
  encoding: 'utf8',
  env: {
    // biome-ignore lint/style/noProcessEnv: Prisma's command needs the environment that this script has.
    ...process.env,
    // The generator needs no native engine, but Prisma would download one unless it is told of an existing file.
    PRISMA_SCHEMA_ENGINE_BINARY: process.execPath,
    CHECKPOINT_DISABLE: '1',
    PRISMA_HIDE_UPDATE_MESSAGE: '1',
  },
});
if (status !== 0) {
  console.error(`prisma generate failed:\n${stdout ?? ''}${stderr ?? ''}`);
  process.exit(1);
}
writeFileSync(stampPath, stamp);
console.log(`Prisma client ${version} generated`);
