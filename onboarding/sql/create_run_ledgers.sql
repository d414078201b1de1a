-- What ran and what it said: dba.tjobrun, dba.tlogentry. Written by the programs only.
\ir common.sql
SET ROLE :"etl_owner";

CREATE TABLE IF NOT EXISTS dba.tjobrun (
    jobrunid     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    run_uuid     uuid NOT NULL UNIQUE,
    job          text NOT NULL,
    arguments    text NOT NULL DEFAULT '',
    schedulerid  int, -- no foreign key: a run is recorded whatever became of the row that started it
    host         text NOT NULL,
    user_name    text NOT NULL,
    pid          int,
    started_at   timestamptz NOT NULL DEFAULT now(),
    ended_at     timestamptz,
    status       text NOT NULL DEFAULT 'running' CHECK (status IN ('running', 'ok', 'failed', 'busy', 'timeout', 'lost')),
    exit_code    int,
    items_ok     bigint NOT NULL DEFAULT 0,
    items_failed bigint NOT NULL DEFAULT 0,
    message      text
);
CREATE INDEX IF NOT EXISTS tjobrun_job_ix ON dba.tjobrun (job, arguments, started_at);
CREATE INDEX IF NOT EXISTS tjobrun_started_ix ON dba.tjobrun (started_at);
CREATE INDEX IF NOT EXISTS tjobrun_schedule_ix ON dba.tjobrun (schedulerid, started_at);
CREATE INDEX IF NOT EXISTS tjobrun_running_ix ON dba.tjobrun (host, pid) WHERE status = 'running';
COMMENT ON TABLE dba.tjobrun IS 'One row per run of a job.';
COMMENT ON COLUMN dba.tjobrun.jobrunid IS 'Number of the run.';
COMMENT ON COLUMN dba.tjobrun.run_uuid IS 'Run id, as in the log lines and the other ledgers.';
COMMENT ON COLUMN dba.tjobrun.job IS 'Script that ran.';
COMMENT ON COLUMN dba.tjobrun.arguments IS 'Its arguments.';
COMMENT ON COLUMN dba.tjobrun.schedulerid IS 'Schedule that started it; empty when started by hand.';
COMMENT ON COLUMN dba.tjobrun.host IS 'Machine it ran on.';
COMMENT ON COLUMN dba.tjobrun.user_name IS 'User of that machine.';
COMMENT ON COLUMN dba.tjobrun.pid IS 'Process number on that machine.';
COMMENT ON COLUMN dba.tjobrun.started_at IS 'Start.';
COMMENT ON COLUMN dba.tjobrun.ended_at IS 'End; empty while it runs.';
COMMENT ON COLUMN dba.tjobrun.status IS 'running, ok, failed, busy (another run had the lock), timeout, lost (killed without a word).';
COMMENT ON COLUMN dba.tjobrun.exit_code IS '0 done, 1 some item failed, 2 usage or configuration, 75 busy, 77 login refused, 124 time limit.';
COMMENT ON COLUMN dba.tjobrun.items_ok IS 'Files, mails or reports that went well.';
COMMENT ON COLUMN dba.tjobrun.items_failed IS 'Files, mails or reports that failed.';
COMMENT ON COLUMN dba.tjobrun.message IS 'The outcome in one line.';
SELECT dba.f_keep_rows_with_history('tscheduler', 'schedulerid', 'taskname', 'tjobrun') \g /dev/null

-- One partition a month, so that old lines go by dropping a table (dba.f_drop_old_log_months).
CREATE TABLE IF NOT EXISTS dba.tlogentry (
    logentryid   bigint GENERATED ALWAYS AS IDENTITY,
    "timestamp"  timestamptz NOT NULL DEFAULT clock_timestamp(),
    run_uuid     uuid,
    level        text NOT NULL DEFAULT 'INFO',
    processtype  text,
    stepcounter  int,
    username     text,
    stepruntime  double precision,
    totalruntime double precision,
    message      text NOT NULL,
    PRIMARY KEY (logentryid, "timestamp")
) PARTITION BY RANGE ("timestamp");
CREATE INDEX IF NOT EXISTS tlogentry_run_ix ON dba.tlogentry (run_uuid, logentryid);
CREATE INDEX IF NOT EXISTS tlogentry_timestamp_ix ON dba.tlogentry ("timestamp");
COMMENT ON TABLE dba.tlogentry IS 'One row per log line.';
COMMENT ON COLUMN dba.tlogentry.logentryid IS 'Number of the line.';
COMMENT ON COLUMN dba.tlogentry."timestamp" IS 'When it was said.';
COMMENT ON COLUMN dba.tlogentry.run_uuid IS 'Run that said it, as in dba.tjobrun.';
COMMENT ON COLUMN dba.tlogentry.level IS 'DEBUG, INFO, WARNING, ERROR or CRITICAL.';
COMMENT ON COLUMN dba.tlogentry.processtype IS 'Job that said it.';
COMMENT ON COLUMN dba.tlogentry.stepcounter IS 'Number of the line within the run.';
COMMENT ON COLUMN dba.tlogentry.username IS 'User the job ran as.';
COMMENT ON COLUMN dba.tlogentry.stepruntime IS 'Seconds since the line before.';
COMMENT ON COLUMN dba.tlogentry.totalruntime IS 'Seconds since the start of the run.';
COMMENT ON COLUMN dba.tlogentry.message IS 'The line.';

-- Lines of a month that has no partition of its own: very old ones, or those of a box whose weekly clean-up stood still.
DO $$
BEGIN
    IF to_regclass('dba.tlogentry_default') IS NULL THEN
        CREATE TABLE dba.tlogentry_default (LIKE dba.tlogentry INCLUDING COMMENTS);
        COMMENT ON TABLE dba.tlogentry_default IS 'Log lines of months without a partition of their own.';
        ALTER TABLE dba.tlogentry ATTACH PARTITION dba.tlogentry_default DEFAULT;
    END IF;
END $$;

-- SECURITY DEFINER, because the weekly clean-up runs as a job, which owns no table of dba.
CREATE OR REPLACE FUNCTION dba.f_make_log_month(p_month date) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET timezone = 'UTC' SET lock_timeout = '10s' AS $$
DECLARE
    first timestamptz := date_trunc('month', p_month::timestamp) AT TIME ZONE 'UTC';
    next timestamptz := (date_trunc('month', p_month::timestamp) + interval '1 month') AT TIME ZONE 'UTC';
    name text := 'tlogentry_' || to_char(p_month, 'YYYYMM');
    reader regrole;
BEGIN
    IF to_regclass(format('dba.%I', name)) IS NOT NULL THEN
        RETURN;
    END IF;
    EXECUTE format('CREATE TABLE dba.%I (LIKE dba.tlogentry INCLUDING COMMENTS)', name);
    EXECUTE format('COMMENT ON TABLE dba.%I IS %L', name, 'Log lines of ' || to_char(p_month, 'YYYY-MM') || ' (UTC).');
    EXECUTE format('WITH moved AS (DELETE FROM dba.tlogentry_default WHERE "timestamp" >= $1 AND "timestamp" < $2 RETURNING *)
                    INSERT INTO dba.%I SELECT * FROM moved', name) USING first, next;
    EXECUTE format('ALTER TABLE dba.tlogentry ATTACH PARTITION dba.%I FOR VALUES FROM (%L) TO (%L)', name, first, next);
    FOR reader IN SELECT DISTINCT grantee::regrole FROM pg_class, aclexplode(relacl)
                  WHERE pg_class.oid = 'dba.tlogentry'::regclass AND privilege_type = 'SELECT' AND grantee NOT IN (0, relowner) LOOP
        EXECUTE format('GRANT SELECT ON dba.%I TO %s', name, reader); -- pg_dump reads each partition by itself
    END LOOP;
END $$;
COMMENT ON FUNCTION dba.f_make_log_month(date) IS
    'Makes the partition of dba.tlogentry for the month (UTC) of that date unless it is there; takes its lines from the default partition.';

-- A partition leaves when its last possible line is past the keeping time, so lines stay up to a month longer. The time is
-- not a parameter: jobs may call this, and must not remove younger lines.
CREATE OR REPLACE FUNCTION dba.f_drop_old_log_months() RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET timezone = 'UTC' SET lock_timeout = '10s' AS $$
DECLARE
    cutoff timestamptz := (SELECT now() - make_interval(days => keep_days) FROM dba.tlogretention WHERE table_name = 'tlogentry' AND is_active);
    old record;
    removed bigint := 0;
BEGIN
    FOR old IN SELECT inhrelid::regclass AS name, greatest(reltuples, 0)::bigint AS lines
               FROM pg_inherits JOIN pg_class ON pg_class.oid = inhrelid
               WHERE inhparent = 'dba.tlogentry'::regclass AND relname ~ '^tlogentry_[0-9]{6}$'
                 AND (to_date(right(relname, 6), 'YYYYMM') + interval '1 month') AT TIME ZONE 'UTC' <= cutoff LOOP
        EXECUTE format('DROP TABLE %s', old.name);
        removed := removed + old.lines;
    END LOOP;
    RETURN removed;
END $$;
COMMENT ON FUNCTION dba.f_drop_old_log_months() IS
    'Drops the months of dba.tlogentry that are past the keeping time of dba.tlogretention; returns how many lines they held, as the server estimates it.';

SELECT dba.f_make_log_month((now() AT TIME ZONE 'UTC' + make_interval(months => n))::date) FROM generate_series(-1, 3) AS n \g /dev/null
