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
COMMENT ON COLUMN dba.tjobrun.exit_code IS '0 done, 1 some item failed, 2 usage or configuration, 75 busy, 124 time limit.';
COMMENT ON COLUMN dba.tjobrun.items_ok IS 'Files, mails or reports that went well.';
COMMENT ON COLUMN dba.tjobrun.items_failed IS 'Files, mails or reports that failed.';
COMMENT ON COLUMN dba.tjobrun.message IS 'The outcome in one line.';
SELECT dba.f_keep_rows_with_history('tscheduler', 'schedulerid', 'taskname', 'tjobrun') \g /dev/null

CREATE TABLE IF NOT EXISTS dba.tlogentry (
    logentryid   bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    "timestamp"  timestamptz NOT NULL DEFAULT clock_timestamp(),
    run_uuid     uuid,
    level        text NOT NULL DEFAULT 'INFO',
    processtype  text,
    stepcounter  int,
    username     text,
    stepruntime  double precision,
    totalruntime double precision,
    message      text NOT NULL
);
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
