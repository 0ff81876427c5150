import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { transform } from '@swc/core';
import { parseAllDocuments } from 'yaml';
import { send } from '../http';
import type { CodeBlock } from './code-blocks';
import type { Document } from './documents';
import type { Workplace } from './workplace';

/** Runs one block in its way; throws an Error that says why when it does not do what it says. */
type RunBlock = (block: CodeBlock, workplace: Workplace) => Promise<void> | void;

const runners: Readonly<Record<string, RunBlock>> = {
  // Figures, and what a program prints.
  text: () => {},
  json: ({ text }) => void JSON.parse(text),
  yaml: ({ text }) => {
    const [fault] = parseAllDocuments(text).flatMap((one) => ('errors' in one ? one.errors : []));
    if (fault !== undefined) throw fault;
  },
  sql: runSql,
  http: runHttp,
  js: (block, workplace) => runModule(block, block.text, workplace),
  cjs: (block, workplace) => runModule(block, block.text, workplace, 'cjs'),
  ts: async (block, workplace) => {
    const jsc = { parser: { syntax: 'typescript' }, target: 'es2022' } as const;
    const { code } = await transform(block.text, { jsc, module: { type: 'es6' } });
    return runModule(block, code, workplace);
  },
};

/** Shell commands are run all in one shell, since each may use what those before it have set. */
const isShell = ({ kind }: CodeBlock): boolean => kind === 'sh';

/** Runs every example of a document; gives a line for each that fails, and for each of an unknown kind. */
export async function runExamples({ file, blocks }: Document, workplace: Workplace): Promise<string[]> {
  const faults: string[] = [];
  const fail = (line: number | string, reason: string): unknown => faults.push(`${file}:${line}: ${reason}`);
  for (const block of blocks.filter((one) => !isShell(one))) {
    // One that is a file is for the commands, which run it.
    const run = block.file === undefined ? runners[block.kind] : putFile;
    if (run === undefined) fail(block.line, `nobody knows how to run "${block.kind}"`);
    else {
      try {
        await run({ ...block, text: workplace.at(block.text) }, workplace);
      } catch (error) {
        fail(block.line, (error as Error).message);
      }
    }
  }
  const shellFault = await runShell(blocks.filter(isShell), workplace);
  if (shellFault !== null) fail(shellFault.line, shellFault.reason);
  return faults;
}

const mark = '@@ block of line';

/** Commands of ours that have no database of their own here are only looked for, and an answer that is an error is one of curl's. */
const prelude = (root: string) => `
node() { case "$1" in services/*) command node ${root}/node.mjs "$@" ;; *) command node "$@" ;; esac; }
curl() { command curl --fail-with-body "$@"; }
`;

async function runShell(blocks: readonly CodeBlock[], { run, at, env }: Workplace) {
  if (blocks.length === 0) return null;
  const parts = blocks.map(({ line, text }) => `echo "${mark} ${line}" >&2\n${at(text)}`);
  const script = [prelude(path.join(__dirname, 'programs')), ...parts].join('\n');
  const { code, output, errors } = await run(script, env);
  if (code === 0) return null;
  const [line = '', ...rest] = errors.slice(errors.lastIndexOf(mark) + mark.length + 1).split('\n');
  return { line, reason: `ended with ${code}: ${rest.join('\n').slice(-1000)}${output.slice(-500)}` };
}

async function putFile({ file = '', text }: CodeBlock, { dir }: Workplace): Promise<void> {
  await writeFile(path.join(dir, path.basename(file)), text);
}

/** The example as a module of its own beside the packages that its reader has installed. */
async function runModule(
  { line }: CodeBlock,
  code: string,
  { dir, run, env }: Workplace,
  ending: 'mjs' | 'cjs' = 'mjs',
): Promise<void> {
  const file = path.join(dir, `example-${line}.${ending}`);
  await writeFile(file, code);
  const loaded = path.join(__dirname, 'no-servers.mjs');
  const result = await run(`exec node --import "${loaded}" "${file}"`, env);
  if (result.code !== 0) throw new Error(`ended with ${result.code}: ${result.errors.slice(0, 2000)}`);
}

/** Statements for ClickHouse, each ended by `;` or the end of the block. */
async function runSql({ text }: CodeBlock, { clickhouseUrl }: Workplace): Promise<void> {
  for (const statement of text.split(/;\s*$/m).filter((one) => one.trim() !== '')) {
    const answer = await fetch(clickhouseUrl, { method: 'POST', body: statement });
    if (!answer.ok) throw new Error(await answer.text());
  }
}

/** A request as it goes over the wire, with variables as in a shell; the path alone, or a whole address. */
async function runHttp({ text }: CodeBlock, { env }: Workplace): Promise<void> {
  const [head = '', body] = text
    .replace(/\$([A-Z_]+)/g, (all, name) => env[name] ?? all)
    .split(/\n\n([\s\S]*)/);
  const [first = '', ...lines] = head.split('\n');
  const [, method = '', target = ''] = /^([A-Z]+) (\S+)(?: HTTP\/\S+)?$/.exec(first) ?? [];
  if (target === '') throw new Error(`"${first}" is no request`);
  const isBrain = /^\/(?:v\d\/|api\/v1\/)/.test(target);
  const url = target.startsWith('/')
    ? `${isBrain ? env.OTAS_BRAIN_URL : env.OTAS_UASAM_URL}${target}`
    : target;
  const headers = Object.fromEntries(lines.map((line) => line.split(/:\s*(.*)/s, 2)));
  const answer = await send(method, url, headers, body);
  if (answer.status >= 400) throw new Error(`answered ${answer.status}: ${answer.text}`);
}
