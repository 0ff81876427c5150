/** One event of a stream, or a comment. */
export interface StreamPart {
  /** `message` when the stream named none. */
  readonly event: string;
  /** Null when it has none of its own. */
  readonly id: string | null;
  /** Null for a comment. */
  readonly data: string | null;
  /** Null where there is none. */
  readonly comment: string | null;
}

/** The parts of a `text/event-stream`, as they come whole; what is cut off at the end is left out, as the format says. */
export async function* readServerSentEvents(body: AsyncIterable<Uint8Array>): AsyncGenerator<StreamPart> {
  const decoder = new TextDecoder();
  let pieces: string[] = [];
  for await (const chunk of body) {
    const text = decoder.decode(chunk, { stream: true }).replaceAll('\r', '');
    // A long event comes in many pieces: only what is new is looked at, and the end of the piece before it.
    const isEndSplit = text.startsWith('\n') && pieces.at(-1)?.endsWith('\n');
    pieces.push(text);
    if (!isEndSplit && !text.includes('\n\n')) continue;
    const blocks = pieces.join('').split('\n\n');
    pieces = [blocks.pop() as string];
    for (const block of blocks) if (block !== '') yield parseBlock(block);
  }
}

function parseBlock(block: string): StreamPart {
  let [event, id, comment]: [string, string | null, string | null] = ['message', null, null];
  const data: string[] = [];
  for (const line of block.split('\n')) {
    const [, name = '', value = ''] = /^([^:]*):? ?(.*)$/s.exec(line) ?? [];
    if (name === '') comment = value;
    else if (name === 'event') event = value;
    else if (name === 'id') id = value;
    else if (name === 'data') data.push(value);
  }
  return { event, id, comment, data: data.length === 0 ? null : data.join('\n') };
}
