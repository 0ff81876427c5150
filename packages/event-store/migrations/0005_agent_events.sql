-- What agents said, thought, called and got back. The same event written again has the same key, of which FINAL leaves
-- the row with the highest version, and none when that one is deleted. The wire knows milliseconds; `sequence` is the
-- order of recording within one of them. Granules are small because a page is a hundred rows, and their texts are long.
CREATE TABLE IF NOT EXISTS agent_events
(
    event_id UUID,
    event_time DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    project_id UUID,
    agent_id UUID,
    agent_session_id UUID,
    type String CODEC(ZSTD(1)),
    sequence UInt64 CODEC(Delta, ZSTD(1)),
    tool_call_id Nullable(String) CODEC(ZSTD(1)),
    tool_name Nullable(String) CODEC(ZSTD(1)),
    is_error UInt8,
    fields String CODEC(ZSTD(1)),
    redacted_fields Array(String) CODEC(ZSTD(1)),
    created_at DateTime64(6, 'UTC') CODEC(Delta, ZSTD(1)),
    is_hidden UInt8,
    version UInt64,
    is_deleted UInt8
)
ENGINE = ReplacingMergeTree(version, is_deleted)
PARTITION BY toYYYYMM(event_time)
ORDER BY (project_id, agent_id, agent_session_id, event_time, event_id)
SETTINGS
    index_granularity = 1024,
    merge_selector_base = 50,
    auto_statistics_types = '',
    ratio_of_defaults_for_sparse_serialization = 1,
    string_serialization_version = 'single_stream';
