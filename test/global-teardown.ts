import { rm } from 'node:fs/promises';
import type { TestEngines } from './global-setup';

export default async function teardown(): Promise<void> {
  const { dir, engines } = (globalThis as unknown as { otasTestEngines: TestEngines }).otasTestEngines;
  await Promise.all(engines.map((engine) => engine.stop()));
  await rm(dir, { recursive: true, force: true });
}
