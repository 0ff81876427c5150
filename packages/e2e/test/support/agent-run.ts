/** A run of a coding agent as it writes it down: of each message and step, what makes an event. */
export interface AgentRun {
  readonly history: readonly Message[];
  /** Of each step of the agent, in order, how long its tool call took, in seconds. */
  readonly trajectory: readonly { readonly execution_time: number }[];
}

interface Message {
  readonly role: 'system' | 'user' | 'assistant' | 'tool';
  readonly content: string;
  readonly thought?: string;
  readonly tool_calls?: readonly {
    readonly id: string;
    /** `arguments` is JSON text. */
    readonly function: { readonly name: string; readonly arguments: string };
  }[];
  readonly tool_call_ids?: readonly string[];
}

type Event = Readonly<Record<string, unknown>>;

const thinkingMs = 2000;

/**
 * The events of a run: messages to the agent, its thoughts, tool calls and what came back. A call and its output are as
 * far apart as the call took.
 *
 * @param startMs when the run began, in milliseconds since 1970
 */
export function toAgentEvents({ history, trajectory }: AgentRun, startMs: number): Event[] {
  const events: Event[] = [];
  const toolNames = new Map<string, string>();
  let [nowMs, step] = [startMs, 0];
  const add = (type: string, fields: Event) =>
    events.push({ type, ...fields, created_at: new Date(nowMs).toISOString() });
  for (const { role, content, thought, tool_calls = [], tool_call_ids = [] } of history) {
    if (role === 'system' || role === 'user') add('input_message', { messages: [{ type: 'text', content }] });
    if (role === 'assistant') {
      nowMs += thinkingMs;
      if (thought !== undefined) add('thinking', { content: thought });
      else add('agent_output', { content });
    }
    for (const { id, function: called } of tool_calls) {
      toolNames.set(id, called.name);
      const tool_input = JSON.parse(called.arguments);
      add('tool_input', { tool_call_id: id, tool_name: called.name, tool_input });
    }
    if (role === 'tool') nowMs += Math.round((trajectory[step++]?.execution_time ?? 0) * 1000);
    for (const id of tool_call_ids) {
      const tool_output = { observation: content };
      add('tool_output', { tool_call_id: id, tool_name: toolNames.get(id) ?? 'unknown', tool_output });
    }
  }
  return events;
}
