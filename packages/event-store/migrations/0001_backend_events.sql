-- What agents called. The same event written again has the same key, of which FINAL (and, in time, a merge) leaves
-- one row, and none when the row with the highest version is deleted. The index finds an event by its id alone.
CREATE TABLE IF NOT EXISTS backend_events
(
    event_id UUID,
    event_time DateTime64(6, 'UTC') CODEC(Delta, ZSTD(1)),
    project_id UUID,
    agent_id UUID,
    agent_session_id UUID,
    path String CODEC(ZSTD(1)),
    method LowCardinality(String),
    status_code UInt16,
    latency_ms Float64,
    request_size_bytes UInt32,
    response_size_bytes UInt32,
    request_headers Nullable(String) CODEC(ZSTD(1)),
    request_body Nullable(String) CODEC(ZSTD(1)),
    query_params Nullable(String) CODEC(ZSTD(1)),
    post_data Nullable(String) CODEC(ZSTD(1)),
    response_headers Nullable(String) CODEC(ZSTD(1)),
    response_body Nullable(String) CODEC(ZSTD(1)),
    request_content_type Nullable(String) CODEC(ZSTD(1)),
    response_content_type Nullable(String) CODEC(ZSTD(1)),
    custom_properties Nullable(String) CODEC(ZSTD(1)),
    error Nullable(String) CODEC(ZSTD(1)),
    metadata Nullable(String) CODEC(ZSTD(1)),
    redacted_fields Array(LowCardinality(String)),
    created_at DateTime64(6, 'UTC') CODEC(Delta, ZSTD(1)),
    version UInt8,
    is_deleted UInt8,
    INDEX event_id_filter event_id TYPE bloom_filter(0.001) GRANULARITY 1
)
ENGINE = ReplacingMergeTree(version, is_deleted)
PARTITION BY toYYYYMM(event_time)
ORDER BY (project_id, agent_id, agent_session_id, event_time, event_id);
