-- Brain makes many small inserts. What is measured as dear about them is not to write a part but to merge it: with the
-- defaults a row is written again some 25 times, with this base 6 to 7 times, and fewer than 50 parts wait for a merge.
-- The other settings leave out what costs with every part and gives these reads nothing.
ALTER TABLE backend_events MODIFY SETTING
    merge_selector_base = 50,
    auto_statistics_types = '',
    ratio_of_defaults_for_sparse_serialization = 1,
    string_serialization_version = 'single_stream';

-- A dictionary for each part costs more than it saves on parts of some fifty rows.
ALTER TABLE backend_events
    MODIFY COLUMN method String CODEC(ZSTD(1)),
    MODIFY COLUMN redacted_fields Array(String) CODEC(ZSTD(1));
