import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { root } from '../deployment';
import { type CodeBlock, codeBlocksIn } from './code-blocks';

export interface Document {
  /** From the project's root. */
  readonly file: string;
  readonly text: string;
  readonly blocks: readonly CodeBlock[];
}

/** What people read: the texts at the root, in `docs`, and those of the packages. */
export function listDocuments(): Document[] {
  const docs = readdirSync(path.join(root, 'docs')).filter((name) => name.endsWith('.md'));
  const ofPackages = readdirSync(path.join(root, 'packages')).map((name) => `packages/${name}/README.md`);
  const files = ['README.md', 'CONTRIBUTING.md', ...docs.map((name) => `docs/${name}`), ...ofPackages];
  return files
    .filter((file) => existsSync(path.join(root, file)))
    .map((file) => {
      const text = readFileSync(path.join(root, file), 'utf8');
      return { file, text, blocks: codeBlocksIn(text) };
    });
}

/** The numbers of lines that begin a block of code which is indented and has no fence, and so no kind. */
export function listIndentedBlocks({ text, blocks }: Document): number[] {
  const lines = text.split('\n');
  const isFenced = (line: number): boolean =>
    blocks.some((block) => line >= block.line && line <= block.line + block.text.split('\n').length + 1);
  return lines.flatMap((line, at) => {
    const isIndented = /^(?: {4}|\t)\s*\S/.test(line) && at > 0 && lines[at - 1] === '';
    return isIndented && !isFenced(at + 1) ? [at + 1] : [];
  });
}
