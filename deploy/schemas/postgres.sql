-- The record of a Claw Patrol gateway in PostgreSQL. A row is one record; the primary key names it for good, so
-- that a batch whose answer was lost is sent again and changes nothing. The gateway's role needs INSERT and no
-- more: GRANT INSERT ON clawpatrol_records TO gateway;
-- What a record does not have is NULL. `record` is the whole of it, byte for byte as in the journal. It is `json`
-- because `jsonb` refuses the zero byte, which agents may send; record::jsonb works wherever there is none.
CREATE TABLE IF NOT EXISTS clawpatrol_records
(
    journal     text        NOT NULL,
    seq         bigint      NOT NULL,
    time        timestamptz NOT NULL,
    kind        text        NOT NULL,
    action      text,
    session     text,
    agent       text,
    profile     text,
    endpoint    text,
    family      text,
    summary     text,
    verdict     text,
    rule        text,
    reason      text,
    policy      text,
    approver    text,
    ending      text,
    event       text,
    person      text,
    subject     text,
    detail      text,
    rows        bigint,
    duration_us bigint,
    record      json        NOT NULL,
    PRIMARY KEY (journal, seq, time)
);
CREATE INDEX IF NOT EXISTS clawpatrol_records_time ON clawpatrol_records (time);
CREATE INDEX IF NOT EXISTS clawpatrol_records_action ON clawpatrol_records (action);

-- With TimescaleDB, before the first record arrives; the key has the time in it because a hypertable needs it:
-- SELECT create_hypertable('clawpatrol_records', 'time', chunk_time_interval => INTERVAL '7 days');
-- ALTER TABLE clawpatrol_records SET (timescaledb.compress, timescaledb.compress_segmentby = 'journal, kind');
-- SELECT add_compression_policy('clawpatrol_records', INTERVAL '30 days');
