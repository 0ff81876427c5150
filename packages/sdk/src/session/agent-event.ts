interface Common {
  /** `aev_` and a UUID; made here when left out. Sent again, it is the same event. */
  readonly id?: string;
  /** RFC 3339; now when left out. */
  readonly created_at?: string;
  /** Further fields are kept and come back. */
  readonly [field: string]: unknown;
}

interface ToolCall {
  /** The same in the input and in the output that answers it. */
  readonly tool_call_id: string;
  readonly tool_name: string;
  readonly tool_configuration?: string;
}

/** What an agent said, thought, called or got back: an event of Brain's v2 API. */
export type AgentEvent = Common &
  (
    | {
        readonly type: 'input_message';
        readonly messages: readonly (
          | { readonly type: 'text'; readonly content: string }
          | { readonly type: 'skill'; readonly skill_name: string }
        )[];
      }
    | { readonly type: 'thinking'; readonly content?: string }
    | ({ readonly type: 'tool_input'; readonly tool_input: object } & ToolCall)
    | ({ readonly type: 'tool_output'; readonly tool_output: object; readonly error?: boolean } & ToolCall)
    | { readonly type: 'agent_output'; readonly content: string }
    | { readonly type: 'structured_output'; readonly schema_name: string; readonly content: unknown }
    | {
        readonly type: 'artifact_upload';
        readonly artifacts: readonly {
          readonly artifact_id: string;
          readonly filename: string;
          readonly mime_type: string;
          readonly size_bytes: number;
        }[];
      }
    | { readonly type: 'skill_load'; readonly skill_name: string; readonly content: string }
    | { readonly type: 'image_read'; readonly artifact_id: string; readonly detail?: 'auto' | 'low' | 'high' }
    | {
        readonly type: 'step_transition';
        readonly from_step: string;
        readonly to_step: string;
        readonly content: string;
      }
    | {
        readonly type: 'compaction';
        readonly turns_compacted: number;
        readonly events_compacted: number;
        readonly summary_key: string;
        readonly summary_text?: string;
      }
    | {
        readonly type: 'context_limit_exceeded';
        readonly message: string;
        readonly context_limit?: number;
        readonly actual_tokens?: number;
      }
    | {
        readonly type: 'step_transition_limit_exceeded';
        readonly message: string;
        readonly transition_limit?: number;
      }
    | { readonly type: 'session_interrupted' }
  );
