-- The record of a Claw Patrol gateway in ClickHouse. A row is one record; `journal`, `seq` and `time_us` name it
-- for good. A batch whose answer was lost is sent again: ReplacingMergeTree keeps one row of each name, when it
-- merges parts, and at once for whoever asks with FINAL:
--   SELECT count() FROM clawpatrol_records FINAL
-- Texts that a record does not have are empty, numbers are NULL. `record` is the whole of it, JSON as in the
-- journal: JSONExtractString(record, 'text') (visitParamExtractString before 19.4).
CREATE TABLE IF NOT EXISTS clawpatrol_records
(
    journal     String,
    seq         UInt64,
    time        DateTime('UTC'),
    time_us     Int64,
    kind        String,
    action      String,
    session     String,
    agent       String,
    profile     String,
    endpoint    String,
    family      String,
    summary     String,
    verdict     String,
    rule        String,
    reason      String,
    policy      String,
    approver    String,
    ending      String,
    event       String,
    person      String,
    subject     String,
    detail      String,
    rows        Nullable(Int64),
    duration_us Nullable(Int64),
    record      String
)
ENGINE = ReplacingMergeTree
PARTITION BY toYYYYMM(time)
ORDER BY (journal, seq, time_us);
