-- Long queries: who asked what, since when, and for how long.
\ir common.sql
SET ROLE :"etl_owner";

CREATE TABLE IF NOT EXISTS dba.tlongrunningquery (
    longrunningqueryid bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    pid                int NOT NULL,
    query_start        timestamptz NOT NULL,
    first_seen_at      timestamptz NOT NULL DEFAULT clock_timestamp(),
    last_seen_at       timestamptz NOT NULL DEFAULT clock_timestamp(),
    user_name          text,
    application_name   text,
    state              text,
    wait_event         text,
    blocked_by         int[] NOT NULL DEFAULT '{}',
    query              text,
    UNIQUE (pid, query_start)
);
CREATE INDEX IF NOT EXISTS tlongrunningquery_seen_ix ON dba.tlongrunningquery (last_seen_at);
COMMENT ON TABLE dba.tlongrunningquery IS 'One row per query that ran longer than the limit of dba.precordlongqueries.';
COMMENT ON COLUMN dba.tlongrunningquery.longrunningqueryid IS 'Number of the row.';
COMMENT ON COLUMN dba.tlongrunningquery.pid IS 'Process number of the session in the database server.';
COMMENT ON COLUMN dba.tlongrunningquery.query_start IS 'When the query began.';
COMMENT ON COLUMN dba.tlongrunningquery.first_seen_at IS 'When it was first recorded.';
COMMENT ON COLUMN dba.tlongrunningquery.last_seen_at IS 'When it was last seen running.';
COMMENT ON COLUMN dba.tlongrunningquery.user_name IS 'Login that asked.';
COMMENT ON COLUMN dba.tlongrunningquery.application_name IS 'Program that asked.';
COMMENT ON COLUMN dba.tlongrunningquery.state IS 'active, or idle in transaction: asked long ago and the transaction was left open.';
COMMENT ON COLUMN dba.tlongrunningquery.wait_event IS 'What it waits for.';
COMMENT ON COLUMN dba.tlongrunningquery.blocked_by IS 'Process numbers of the sessions whose locks it waits for.';
COMMENT ON COLUMN dba.tlongrunningquery.query IS 'First 2000 characters of the query.';

CREATE OR REPLACE PROCEDURE dba.precordlongqueries(p_limit interval DEFAULT '5 minutes')
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    INSERT INTO dba.tlongrunningquery (pid, query_start, user_name, application_name, state, wait_event, blocked_by, query)
    SELECT pid, query_start, usename, application_name, state, concat_ws(': ', wait_event_type, wait_event),
           pg_blocking_pids(pid), left(query, 2000)
    FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'
      AND state IN ('active', 'idle in transaction', 'idle in transaction (aborted)') AND query_start < clock_timestamp() - p_limit
    ON CONFLICT (pid, query_start) DO UPDATE
    SET last_seen_at = EXCLUDED.last_seen_at, state = EXCLUDED.state, wait_event = EXCLUDED.wait_event, blocked_by = EXCLUDED.blocked_by
$$;
COMMENT ON PROCEDURE dba.precordlongqueries(interval) IS
    'Records the queries of this database that have run longer than the limit; the same query again only moves last_seen_at.';
