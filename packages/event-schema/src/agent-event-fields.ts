import type { AgentEventType } from './agent-event';
import {
  anything,
  type Check,
  count,
  flag,
  listOf,
  object,
  objectWith,
  oneOf,
  optional,
  text,
  variantBy,
} from './field-checks';

const message = variantBy('type', {
  text: objectWith({ content: text }),
  skill: objectWith({ skill_name: text }),
});
const artifact = objectWith({ artifact_id: text, filename: text, mime_type: text, size_bytes: count });
const tool = {
  tool_call_id: text,
  tool_name: text,
  tool_configuration: optional(text),
  tool_configuration_name: optional(text),
};

/** The fields of each type, in the order in which they are kept. */
export const agentEventFields: Readonly<Record<AgentEventType, Readonly<Record<string, Check>>>> = {
  input_message: { messages: listOf(message) },
  thinking: { content: optional(text) },
  tool_input: { ...tool, tool_input: object },
  tool_output: { ...tool, tool_output: object, error: optional(flag, false) },
  agent_output: { content: text },
  structured_output: { schema_name: text, content: anything },
  artifact_upload: { artifacts: listOf(artifact) },
  skill_load: { skill_name: text, content: text },
  image_read: { artifact_id: text, detail: optional(oneOf(['auto', 'low', 'high']), 'auto') },
  step_transition: { from_step: text, to_step: text, content: text },
  compaction: {
    turns_compacted: count,
    events_compacted: count,
    summary_key: text,
    summary_text: optional(text),
  },
  context_limit_exceeded: {
    message: text,
    context_limit: optional(count),
    actual_tokens: optional(count),
  },
  step_transition_limit_exceeded: { message: text, transition_limit: optional(count) },
  session_interrupted: {},
};
