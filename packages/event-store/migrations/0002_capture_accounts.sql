-- What only an instance of Brain knows of a project's events: how many it took in, refused, still holds, and set aside.
CREATE TABLE IF NOT EXISTS capture_counts
(
    project_id UUID,
    instance_id UUID,
    taken Int64,
    rejected Int64,
    waiting Int64,
    dead Int64,
    updated_at DateTime64(6, 'UTC')
)
ENGINE = ReplacingMergeTree(updated_at)
ORDER BY (project_id, instance_id);

-- Events that `backend_events` will never take as they are, whole, so that they can be looked at and tried again.
CREATE TABLE IF NOT EXISTS dead_letters
(
    project_id UUID,
    event_id UUID,
    created_at DateTime64(6, 'UTC'),
    record String CODEC(ZSTD(1)),
    reason String CODEC(ZSTD(1)),
    is_revived UInt8,
    updated_at DateTime64(6, 'UTC')
)
ENGINE = ReplacingMergeTree(updated_at)
ORDER BY (project_id, event_id, created_at);
