-- Where the event of an id is. Only ids that clients send are here: such an event may come again with another time or
-- session, which is another key of `backend_events`. A lookup reads one granule for each id, hence small ones; they are
-- in the order of the text of ids, in which those of version 7 stand together that were made together.
CREATE TABLE IF NOT EXISTS event_ids
(
    project_id UUID,
    event_id UUID,
    kind Enum8('backend_event' = 1, 'agent_event' = 2),
    agent_id UUID,
    agent_session_id UUID,
    event_time DateTime64(6, 'UTC'),
    created_at DateTime64(6, 'UTC'),
    version UInt8,
    is_deleted UInt8
)
ENGINE = ReplacingMergeTree(version, is_deleted)
PRIMARY KEY (project_id, toUInt128(event_id))
ORDER BY (project_id, toUInt128(event_id), kind, agent_id, agent_session_id, event_time)
SETTINGS
    index_granularity = 256,
    min_compress_block_size = 4096,
    merge_selector_base = 50,
    auto_statistics_types = '',
    ratio_of_defaults_for_sparse_serialization = 1;

-- Of events that are stored already nobody knows who made their ids, so all of them.
INSERT INTO event_ids (project_id, event_id, kind, agent_id, agent_session_id, event_time, created_at, version, is_deleted)
SELECT project_id, event_id, 'backend_event', agent_id, agent_session_id, event_time, created_at, version, is_deleted
FROM backend_events;

ALTER TABLE backend_events DROP INDEX IF EXISTS event_id_filter;
