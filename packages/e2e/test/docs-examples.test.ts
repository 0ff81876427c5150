import { type CodeBlock, codeBlocksIn } from './support/docs/code-blocks';
import { type Document, listDocuments, listIndentedBlocks } from './support/docs/documents';
import { runExamples } from './support/docs/run-examples';
import { makeWorkplace } from './support/docs/workplace';
import { type Services, startServices } from './support/services';

const documents = listDocuments();

let services: Services;
beforeAll(async () => {
  // One of its own: some examples change settings of tables.
  services = await startServices({ CLICKHOUSE_DATABASE: 'otas_docs' });
});
afterAll(() => services.stop());

async function faultsIn(document: Document): Promise<string[]> {
  const workplace = await makeWorkplace(services);
  try {
    return await runExamples(document, workplace);
  } finally {
    await workplace.remove();
  }
}

const withExamples = documents.filter(({ blocks }) => blocks.length > 0);
test.each(withExamples.map((document) => [document.file, document] as const))(
  'every example of %s works',
  async (_file, document) => {
    expect(await faultsIn(document)).toEqual([]);
  },
  120_000,
);

test('every example says of what kind it is', () => {
  expect(documents.map(({ file }) => file)).toEqual(
    expect.arrayContaining(['README.md', 'CONTRIBUTING.md', 'docs/api.md']),
  );
  const indented = documents.flatMap((one) => listIndentedBlocks(one).map((line) => `${one.file}:${line}`));
  expect(indented).toEqual([]);
});

const fence = '```';
const wrong: [string, CodeBlock['kind'], string][] = [
  ['a command that fails', 'sh', 'echo begun\nfalse'],
  ['a variable that nobody has set', 'sh', 'echo "$OTAS_NOTHING"'],
  ['a request that is refused', 'sh', 'curl -s "$OTAS_UASAM_URL/api/agent/v1/list/"'],
  ['a container that there is not', 'sh', 'docker compose up --detach otas'],
  ['a profile that there is not', 'sh', 'docker compose --profile observe up'],
  ['a program that is in no image', 'sh', 'docker compose run --rm brain node dist/bin/back-up.js'],
  ['a folder without a kustomization', 'sh', 'kubectl apply -k infra/k8s/overlays/double'],
  ['a script that there is not', 'sh', 'npm run beckup'],
  ['an option that a script does not know', 'sh', 'npm run bench -- --slow'],
  ['a test that there is not', 'sh', 'npx jest services/uasam/test/nothing.test.ts'],
  ['a program of a service that there is not', 'sh', 'node services/uasam/dist/bin/verify.js'],
  ['JSON that does not parse', 'json', '{"a": 1,}'],
  ['YAML that does not parse', 'yaml', 'a: [1'],
  ['a column that there is not', 'sql', 'SELECT nothing FROM system.parts'],
  ['a request of HTTP that is refused', 'http', 'GET /v2/agents\nx-api-key: none'],
  ['a module that throws', 'js', 'await Promise.reject(new Error("no"));'],
  [
    'a module that imports nothing that is there',
    'ts',
    "import type { A } from './a';\nimport './nothing.mjs';\nconst a: A = 1;",
  ],
  ['a kind that nobody can run', 'cobol', 'STOP RUN.'],
];

test('what is wrong with an example is found, whatever kind it is of', async () => {
  const workplace = await makeWorkplace(services);
  try {
    const found = wrong.map(async ([name, kind, text]) => {
      const blocks = codeBlocksIn(`# A\n\n${fence}${kind}\n${text}\n${fence}\n`);
      return (await runExamples({ file: name, text, blocks }, workplace)).map((fault) =>
        fault.slice(0, name.length + 3),
      );
    });
    expect((await Promise.all(found)).flat()).toEqual(wrong.map(([name]) => `${name}:3:`));
  } finally {
    await workplace.remove();
  }
}, 120_000);

test('a module may use what it imports, a server that it starts does not keep it from ending, and variables are given', async () => {
  const workplace = await makeWorkplace(services);
  const blocks = [
    {
      kind: 'ts',
      line: 1,
      text: "import { createServer } from 'node:http';\nconst port: number = 80;\ncreateServer().listen(port, () => console.log('up'));",
    },
    { kind: 'http', line: 2, text: 'GET /v2/agents HTTP/1.1\nx-api-key: $OTAS_SDK_KEY' },
    {
      kind: 'http',
      line: 3,
      text: 'POST /api/agent/v1/session/create/\nX-OTAS-AGENT-KEY: $OTAS_AGENT_KEY\n\n{"meta": {}}',
    },
    { kind: 'yaml', line: 4, text: 'a: 1\n---\nb: 2' },
  ];
  try {
    expect(await runExamples({ file: 'good', text: '', blocks }, workplace)).toEqual([]);
  } finally {
    await workplace.remove();
  }
});
