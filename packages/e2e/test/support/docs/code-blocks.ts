/** A fenced block of Markdown. */
export interface CodeBlock {
  /** What stands behind the fence; `''` where nothing does. */
  readonly kind: string;
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
    readonly line: number;
  } | null = null;
  let lines: string[] = [];
  markdown.split('\n').forEach((line, at) => {
    const [, indent = '', fence = '', kind = ''] = /^( *)(`{3,}|~{3,})\s*(\S*)/.exec(line) ?? [];
    if (open === null) {
      if (fence === '') return;
      open = { indent, fence, kind, line: at + 1 };
      lines = [];
    } else if (kind === '' && fence.startsWith(open.fence)) {
      blocks.push({ kind: open.kind, text: lines.join('\n'), line: open.line });
      open = null;
    } else lines.push(line.startsWith(open.indent) ? line.slice(open.indent.length) : line.trimStart());
  });
  if (open !== null) throw new Error(`the block of line ${(open as CodeBlock).line} has no end`);
  return blocks;
}
