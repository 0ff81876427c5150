import { defineConfig } from 'prisma/config';

// For Prisma's own commands, such as `prisma migrate deploy`; the service itself does not read it.
export default defineConfig({
  schema: 'prisma/schema.prisma',
  migrations: { path: 'prisma/migrations' },
  // biome-ignore lint/style/noProcessEnv: Prisma's commands take the database from the environment.
  datasource: { url: process.env.DATABASE_URL ?? '' },
});
