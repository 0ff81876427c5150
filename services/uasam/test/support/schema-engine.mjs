// Prisma's own schema engine, asked about a database. It is an ES module around a WebAssembly file and cannot be loaded
// inside Jest, so that it is a program: `node schema-engine.mjs diff|deploy|create DATABASE_URL`.
//   create   the SQL from an empty database to schema.prisma
//   diff     the SQL from the database to schema.prisma; `-- This is an empty migration.` when they agree
//   deploy   the names of the migrations that `prisma migrate deploy` applied, as JSON
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { PrismaPg } from '@prisma/adapter-pg';
import { bindMigrationAwareSqlAdapterFactory, ColumnTypeEnum } from '@prisma/driver-adapter-utils';
import pg from 'pg';

const prismaDir = join(dirname(fileURLToPath(import.meta.url)), '..', '..', 'prisma');
const migrationsDir = join(prismaDir, 'migrations');
const schema = { path: 'schema.prisma', content: readFileSync(join(prismaDir, 'schema.prisma'), 'utf8') };
const filters = { externalTables: [], externalEnums: [] };

async function loadEngine(url) {
  const entry = createRequire(import.meta.url).resolve('@prisma/schema-engine-wasm/schema_engine_bg');
  const bindings = await import(pathToFileURL(entry).href);
  const bytes = readFileSync(entry.replace(/\.js$/, '.wasm'));
  const { instance } = await WebAssembly.instantiate(bytes, { './schema_engine_bg.js': bindings });
  bindings.__wbg_set_wasm(instance.exports);
  instance.exports.__wbindgen_start();
  const datamodels = [[schema.path, schema.content]];
  return bindings.SchemaEngine.new({ datamodels }, () => {}, createAdapter(url));
}

/**
 * Prisma's adapter, which does not know the type "char" (18) of Postgres's catalogues: it is read as text (25), and then
 * called a character, as the engine expects it.
 */
function createAdapter(url) {
  const pool = new pg.Pool({ connectionString: url, max: 1 });
  const queryPool = pool.query.bind(pool);
  let types = [];
  pool.query = async (...args) => {
    const result = await queryPool(...args);
    types = result.fields.map((field) => field.dataTypeID);
    for (const field of result.fields) if (field.dataTypeID === 18) field.dataTypeID = 25;
    return result;
  };
  const factory = new PrismaPg(pool);
  const connect = factory.connect.bind(factory);
  factory.connect = async () => {
    const connection = await connect();
    const queryRaw = connection.queryRaw.bind(connection);
    connection.queryRaw = async (query) => {
      const result = await queryRaw(query);
      const columnTypes = result.columnTypes.map((type, at) =>
        types[at] === 18 ? ColumnTypeEnum.Character : type,
      );
      return { ...result, columnTypes };
    };
    return connection;
  };
  return bindMigrationAwareSqlAdapterFactory(factory);
}

function migrationsList() {
  const names = readdirSync(migrationsDir).filter((name) => /^\d{14}_/.test(name));
  const content = (path) => readFileSync(join(migrationsDir, path), 'utf8');
  return {
    baseDir: migrationsDir,
    lockfile: { path: 'migration_lock.toml', content: content('migration_lock.toml') },
    shadowDbInitScript: '',
    migrationDirectories: names.sort().map((path) => ({
      path,
      migrationFile: {
        path: 'migration.sql',
        content: { tag: 'ok', value: content(join(path, 'migration.sql')) },
      },
    })),
  };
}

async function diff(engine, from) {
  const to = { tag: 'schemaDatamodel', files: [schema], configDir: prismaDir };
  const { stdout } = await engine.diff({ from, to, script: true, exitCode: null, filters });
  return stdout;
}

// What the engine calls when it panics; without it, the reason would be lost.
globalThis.PRISMA_WASM_PANIC_REGISTRY = { set_message: (message) => console.error(message) };

const [command, url] = process.argv.slice(2);
const engine = await loadEngine(url);
const here = { tag: 'schemaDatasource', files: [schema], configDir: prismaDir };
const commands = {
  create: () => diff(engine, { tag: 'empty' }),
  diff: () => diff(engine, here),
  deploy: async () => {
    const { appliedMigrationNames } = await engine.applyMigrations({
      migrationsList: migrationsList(),
      filters,
    });
    return JSON.stringify(appliedMigrationNames);
  },
};
console.log(await commands[command]());
process.exit(0);
