import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

const root = path.join(__dirname, '..', '..', '..');
const run = promisify(execFile);
let dir: string;
let packed: readonly string[];

/** Packs what was built last, and installs it where nothing else is. */
beforeAll(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'otas-package-'));
  const cwd = path.join(root, 'packages', 'sdk');
  const { stdout } = await run('npm', ['pack', '--json', '--pack-destination', dir], { cwd });
  const [tarball] = JSON.parse(stdout);
  packed = tarball.files.map(({ path }: { path: string }) => path);
  await writeFile(path.join(dir, 'package.json'), '{"private": true}');
  const install = ['install', '--offline', '--no-audit', '--no-fund', path.join(dir, tarball.filename)];
  await run('npm', install, { cwd: dir });
});
afterAll(() => rm(dir, { recursive: true, force: true }));

const write = (file: string, text: string): Promise<void> => writeFile(path.join(dir, file), text);
const node = async (...args: string[]): Promise<string> =>
  (await run(process.execPath, args, { cwd: dir })).stdout;

/** What a program does with the package however it got it; nobody listens where it sends. */
const use = `
const http = require_('node:http');
const otas = otasMiddleware({ sdkKey: 'otas_a_b', brainUrl: 'http://127.0.0.1:9', exitTimeoutMs: 1 });
const server = http.createServer(otas.listener((_req, res) => res.end('served')));
server.listen(0, '127.0.0.1', async () => {
  const url = 'http://127.0.0.1:' + server.address().port;
  const answer = await fetch(url, { headers: { 'X-OTAS-AGENT-SESSION-TOKEN': 'none', Connection: 'close' } });
  const failure = await createSession({}).catch((error) => error);
  console.log(await answer.text(), otas.stats().recorded, failure.code, failure instanceof OtasError);
  server.close();
});`;

test('the package has its bundles and types, and neither sources nor tests nor anything to install', async () => {
  const others = packed.filter(
    (file) => !/^dist\/(?:types\/.*\.d\.m?ts|(?:index|browser)\.(?:mjs|cjs))$/.test(file),
  );
  expect(others.sort()).toEqual(['LICENSE', 'README.md', 'package.json']);
  for (const file of packed) {
    const text = await readFile(path.join(dir, 'node_modules', '@otas', 'sdk', file), 'utf8');
    expect([file, text.includes(root)]).toEqual([file, false]);
  }
  const { stdout } = await run('npm', ['ls', '--all', '--parseable'], { cwd: dir });
  expect(stdout.trim().split('\n')).toHaveLength(2);
});

test('it is imported as a module, and required by CommonJS', async () => {
  const names = '{ createSession, otasMiddleware, OtasError }';
  await write(
    'program.mjs',
    `import { createRequire } from 'node:module';\nimport ${names} from '@otas/sdk';\nconst require_ = createRequire(import.meta.url);\n${use}`,
  );
  await write('program.cjs', `const ${names} = require('@otas/sdk');\nconst require_ = require;\n${use}`);
  const output = 'served 1 no_agent_key true\n';
  expect([await node('program.mjs'), await node('program.cjs')]).toEqual([output, output]);
});

const body = `
export async function main(url: string): Promise<number> {
  const session: Session = await createSession({ agentKey: 'agent_a_b', meta: { task: 1 }, domain: ['example.com'] });
  const length = session.tool('length', (text: string) => text.length);
  session.event({ type: 'thinking', content: 'so be it' });
  session.instrument().restore();
  // @ts-expect-error: a tool takes what its function takes.
  length(1);
  // @ts-expect-error: there is no such option.
  await createSession({ agentkey: 'agent_a_b' });
  return length(url);
}
const otas: OtasMiddleware = otasMiddleware({ bodyMaxBytes: 1024, onError: (error) => console.error(error.code) });
createServer(otas.listener((req, res) => res.end(req.url)));
createServer((req, res) => otas(req, res, () => res.end()));
// @ts-expect-error: it needs a response.
otas({});
`;

test('programs of both kinds compile strictly against its types, and so do those of browsers', async () => {
  const types = '{ createSession, type OtasMiddleware, otasMiddleware, type Session }';
  const node_ = "import { createServer } from 'node:http';";
  await write('typed.mts', `${node_}\nimport ${types} from '@otas/sdk';\n${body}`);
  await write('typed.cts', `${node_}\nimport ${types} from '@otas/sdk';\n${body}`);
  await write(
    'page.ts',
    "import { createSession } from '@otas/sdk';\nexport const begin = () => createSession({ agentKey: 'agent_a_b' });\n",
  );
  const strict = ['--strict', '--exactOptionalPropertyTypes', '--noUncheckedIndexedAccess', '--noEmit'];
  const tsc = (...args: string[]) =>
    node(path.join(root, 'node_modules', 'typescript', 'bin', 'tsc'), ...strict, ...args);
  const nodeTypes = ['--types', 'node', '--typeRoots', path.join(root, 'node_modules', '@types')];
  const lib = ['--target', 'es2022', '--skipLibCheck', 'false'];
  await mkdir(path.join(dir, 'none'));
  const outputs = [
    await tsc(...lib, ...nodeTypes, '--module', 'nodenext', 'typed.mts', 'typed.cts'),
    await tsc(...lib, ...nodeTypes, '--module', 'esnext', '--moduleResolution', 'bundler', 'typed.mts'),
    await tsc(
      ...[
        '--target',
        'es2022',
        '--skipLibCheck',
        'false',
        '--lib',
        'es2022,dom',
        '--typeRoots',
        'none',
        '--types',
        '',
      ],
      ...['--module', 'esnext', '--moduleResolution', 'bundler', '--customConditions', 'browser', 'page.ts'],
    ),
  ];
  expect(outputs.join('')).toBe('');
});
