import path from 'node:path';
import { build } from 'esbuild';

const root = path.join(__dirname, '..', '..');

/** Bundles what is instrumented with by itself, for programs that run in a process of their own. */
export async function bundleInstrument(outfile: string): Promise<void> {
  await build({
    stdin: {
      contents: `export { instrument } from './src/instrument/node';
        export { instrumentStats } from './src/session-context';`,
      resolveDir: root,
      loader: 'ts',
    },
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    outfile,
    logLevel: 'error',
  });
}
