-- Which ids a project has: what is sent again under a known id is the same event, also when it comes without its time
-- or through another session.
CREATE TABLE IF NOT EXISTS backend_event_ids
(
    project_id UUID,
    event_id UUID,
    agent_id UUID,
    agent_session_id UUID,
    event_time DateTime64(6, 'UTC')
)
ENGINE = ReplacingMergeTree
PARTITION BY toYYYYMM(event_time)
ORDER BY (project_id, event_id, agent_id, agent_session_id, event_time);

CREATE MATERIALIZED VIEW IF NOT EXISTS backend_event_ids_feed TO backend_event_ids AS
SELECT project_id, event_id, agent_id, agent_session_id, event_time FROM backend_events;
