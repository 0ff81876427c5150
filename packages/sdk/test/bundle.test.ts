import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { build, type Plugin } from 'esbuild';

const root = path.join(__dirname, '..');
type Entry = 'index' | 'browser';

/** Takes `instrument()` out, with all that only it needs. */
const withoutInstrument: Plugin = {
  name: 'without-instrument',
  setup: ({ onLoad }) =>
    onLoad({ filter: /src\/instrument\/(?:node|browser)\.ts$/ }, () => ({
      contents: 'export const instrument = () => () => {};',
    })),
};

/** What a host's bundler makes of the import of `createSession`, minified. */
async function bundle(entry: Entry, ...plugins: Plugin[]): Promise<string> {
  const { outputFiles } = await build({
    stdin: { contents: `export { createSession } from './src/${entry}'`, resolveDir: root },
    ...{ bundle: true, minify: true, write: false, format: 'esm', target: 'es2022', plugins },
    platform: entry === 'index' ? 'node' : 'browser',
  });
  return outputFiles[0]?.text ?? '';
}

const sizeOf = (code: string): number => gzipSync(code, { level: 9 }).length;

test.each<Entry>(['index', 'browser'])(
  'the core of %s is under 15 kB, minified and gzipped',
  async (entry) => {
    const code = await bundle(entry, withoutInstrument);
    expect(code).toContain('/api/agent/v1/session/');
    expect(sizeOf(code)).toBeLessThan(15_000);
  },
);

test('with instrumentation it is under 15 kB in browsers, and under 18 kB in Node.js', async () => {
  expect(sizeOf(await bundle('browser'))).toBeLessThan(15_000);
  expect(sizeOf(await bundle('index'))).toBeLessThan(18_000);
});

test('the bundle of browsers imports nothing, and names nothing that only Node.js has', async () => {
  const code = await bundle('browser');
  expect(code.match(/\bimport\b|\brequire\(|node:|\bprocess\b|\bBuffer\b/)).toBeNull();
});
