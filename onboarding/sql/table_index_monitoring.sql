-- Size and use of tables and indexes over time.
\ir common.sql
SET ROLE :"etl_owner";

CREATE TABLE IF NOT EXISTS dba.ttableindexstats (
    tableindexstatsid bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    taken_at          timestamptz NOT NULL DEFAULT now(),
    schema_name       text NOT NULL,
    table_name        text NOT NULL,
    index_name        text,
    size_bytes        bigint NOT NULL,
    live_rows         bigint,
    dead_rows         bigint,
    table_scans       bigint,
    index_scans       bigint,
    last_vacuum       timestamptz,
    last_analyze      timestamptz
);
CREATE INDEX IF NOT EXISTS ttableindexstats_taken_ix ON dba.ttableindexstats (taken_at);
CREATE INDEX IF NOT EXISTS ttableindexstats_table_ix ON dba.ttableindexstats (schema_name, table_name, taken_at);
COMMENT ON TABLE dba.ttableindexstats IS 'One row per table, and per index, at the time of each snapshot.';
COMMENT ON COLUMN dba.ttableindexstats.tableindexstatsid IS 'Number of the row.';
COMMENT ON COLUMN dba.ttableindexstats.taken_at IS 'Time of the snapshot.';
COMMENT ON COLUMN dba.ttableindexstats.schema_name IS 'Schema of the table.';
COMMENT ON COLUMN dba.ttableindexstats.table_name IS 'The table.';
COMMENT ON COLUMN dba.ttableindexstats.index_name IS 'The index; empty on the row of the table itself.';
COMMENT ON COLUMN dba.ttableindexstats.size_bytes IS 'Size on disk: of the index, or of the table without its indexes.';
COMMENT ON COLUMN dba.ttableindexstats.live_rows IS 'Rows, as the server estimates them.';
COMMENT ON COLUMN dba.ttableindexstats.dead_rows IS 'Deleted or replaced rows not yet cleaned away.';
COMMENT ON COLUMN dba.ttableindexstats.table_scans IS 'How often the whole table was read, since the server''s counters began.';
COMMENT ON COLUMN dba.ttableindexstats.index_scans IS 'How often the index (or any index of the table) was used.';
COMMENT ON COLUMN dba.ttableindexstats.last_vacuum IS 'When the table was last vacuumed, by hand or by the server.';
COMMENT ON COLUMN dba.ttableindexstats.last_analyze IS 'When its statistics were last renewed.';

CREATE OR REPLACE PROCEDURE dba.psnapshottableindexstats()
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    INSERT INTO dba.ttableindexstats (schema_name, table_name, index_name, size_bytes, live_rows, dead_rows, table_scans, index_scans,
                                      last_vacuum, last_analyze)
    SELECT schemaname, relname, NULL, pg_table_size(relid), n_live_tup, n_dead_tup, seq_scan, idx_scan,
           greatest(last_vacuum, last_autovacuum), greatest(last_analyze, last_autoanalyze)
    FROM pg_stat_user_tables WHERE schemaname !~ '^pg_'
    UNION ALL
    SELECT schemaname, relname, indexrelname, pg_relation_size(indexrelid), NULL, NULL, NULL, idx_scan, NULL, NULL
    FROM pg_stat_user_indexes WHERE schemaname !~ '^pg_'
$$;
COMMENT ON PROCEDURE dba.psnapshottableindexstats() IS 'Writes one snapshot of every table and index to dba.ttableindexstats.';

CREATE OR REPLACE VIEW dba.vunusedindexes AS
SELECT schemaname AS schema_name, relname AS table_name, indexrelname AS index_name, pg_relation_size(indexrelid) AS size_bytes
FROM pg_catalog.pg_stat_user_indexes JOIN pg_catalog.pg_index USING (indexrelid)
WHERE idx_scan = 0 AND NOT indisunique;
COMMENT ON VIEW dba.vunusedindexes IS 'Indexes that no query has used since the server''s counters began, unless they keep values unique.';
COMMENT ON COLUMN dba.vunusedindexes.schema_name IS 'Schema of the table.';
COMMENT ON COLUMN dba.vunusedindexes.table_name IS 'The table.';
COMMENT ON COLUMN dba.vunusedindexes.index_name IS 'The index.';
COMMENT ON COLUMN dba.vunusedindexes.size_bytes IS 'Its size on disk.';

CREATE OR REPLACE VIEW dba.vtablegrowth AS
WITH newest AS (SELECT max(taken_at) AS taken_at FROM dba.ttableindexstats),
     before AS (SELECT max(taken_at) AS taken_at FROM dba.ttableindexstats WHERE taken_at <= (SELECT taken_at FROM newest) - interval '6 days')
SELECT now.schema_name, now.table_name, now.size_bytes, now.live_rows, now.size_bytes - old.size_bytes AS grown_bytes,
       now.live_rows - old.live_rows AS grown_rows, old.taken_at AS since
FROM newest JOIN dba.ttableindexstats AS now USING (taken_at)
LEFT JOIN dba.ttableindexstats AS old ON old.taken_at = (SELECT taken_at FROM before) AND old.index_name IS NULL
    AND (old.schema_name, old.table_name) = (now.schema_name, now.table_name)
WHERE now.index_name IS NULL;
COMMENT ON VIEW dba.vtablegrowth IS 'Size of each table at the newest snapshot, and its growth since the one about a week before.';
COMMENT ON COLUMN dba.vtablegrowth.schema_name IS 'Schema of the table.';
COMMENT ON COLUMN dba.vtablegrowth.table_name IS 'The table.';
COMMENT ON COLUMN dba.vtablegrowth.size_bytes IS 'Size on disk without its indexes.';
COMMENT ON COLUMN dba.vtablegrowth.live_rows IS 'Rows, as the server estimates them.';
COMMENT ON COLUMN dba.vtablegrowth.grown_bytes IS 'Bytes more than at the earlier snapshot; empty when the table is new.';
COMMENT ON COLUMN dba.vtablegrowth.grown_rows IS 'Rows more than at the earlier snapshot.';
COMMENT ON COLUMN dba.vtablegrowth.since IS 'Time of the earlier snapshot.';
