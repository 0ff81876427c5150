/** A fenced block of Markdown. */
export interface CodeBlock {
  /** What stands behind the fence; `''` where nothing does. */
  readonly kind: string;
  /** The file that it is, which stands behind its kind; left out: it is none. */
  readonly file?: string;
  readonly text: string;
  /** That of its first fence, counted from 1. */
  readonly line: number;
}

/** The fenced blocks of a text of Markdown in their order, also those that are indented. @throws Error at one without an end. */
export function codeBlocksIn(markdown: string): CodeBlock[] {
  const blocks: CodeBlock[] = [];
  let open: {
    readonly indent: string;
    readonly fence: string;
    readonly kind: string;
    readonly file: string | undefined;
    readonly line: number;
  } | null = null;
  let lines: string[] = [];
  markdown.split('\n').forEach((line, at) => {
    const [, indent = '', fence = '', kind = '', file] =
      /^( *)(`{3,}|~{3,})\s*(\S*)(?:\s+(\S+))?/.exec(line) ?? [];
    if (open === null) {
      if (fence === '') return;
      open = { indent, fence, kind, file, line: at + 1 };
      lines = [];
    } else if (kind === '' && fence.startsWith(open.fence)) {
      blocks.push({
        kind: open.kind,
        text: lines.join('\n'),
        line: open.line,
        ...(open.file === undefined ? {} : { file: open.file }),
      });
      open = null;
    } else lines.push(line.startsWith(open.indent) ? line.slice(open.indent.length) : line.trimStart());
  });
  if (open !== null) throw new Error(`the block of line ${(open as CodeBlock).line} has no end`);
  return blocks;
}
