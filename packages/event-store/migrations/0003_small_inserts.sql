-- Brain makes many small inserts. What is measured as dear about them is less to write a part than to merge it: with the
-- defaults a row is written again some 25 times, with this base 6 to 7 times, and fewer than 50 parts wait for a merge.
-- The other settings leave out what costs with every part and gives these reads nothing.
ALTER TABLE backend_events MODIFY SETTING
    merge_selector_base = 50,
    auto_statistics_types = '',
    ratio_of_defaults_for_sparse_serialization = 1,
    string_serialization_version = 'single_stream';

-- A dictionary, or the set-up of ZSTD, for each column of each part costs more than it saves on short texts; bodies,
-- headers and metadata are long.
ALTER TABLE backend_events
    MODIFY COLUMN event_time DateTime64(6, 'UTC') CODEC(Delta, LZ4),
    MODIFY COLUMN path String CODEC(LZ4),
    MODIFY COLUMN method String CODEC(LZ4),
    MODIFY COLUMN query_params Nullable(String) CODEC(LZ4),
    MODIFY COLUMN request_content_type Nullable(String) CODEC(LZ4),
    MODIFY COLUMN response_content_type Nullable(String) CODEC(LZ4),
    MODIFY COLUMN error Nullable(String) CODEC(LZ4),
    MODIFY COLUMN redacted_fields Array(String) CODEC(LZ4),
    MODIFY COLUMN created_at DateTime64(6, 'UTC') CODEC(Delta, LZ4);
