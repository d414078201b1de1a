-- Alarms: what is wrong now (the functions), and what the operator was told of it (dba.talarm).
\ir common.sql
SET ROLE :"etl_owner";

CREATE TABLE IF NOT EXISTS dba.talarm (
    alarmid      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    alarm_key    text NOT NULL,
    problem      text NOT NULL,
    raised_at    timestamptz NOT NULL DEFAULT now(),
    told_at      timestamptz,
    recovered_at timestamptz,
    closed_at    timestamptz CHECK (recovered_at IS NOT NULL OR closed_at IS NULL)
);
CREATE UNIQUE INDEX IF NOT EXISTS talarm_open_ux ON dba.talarm (alarm_key) WHERE closed_at IS NULL;
CREATE INDEX IF NOT EXISTS talarm_raised_ix ON dba.talarm (raised_at);
COMMENT ON TABLE dba.talarm IS 'One row per problem, from its first sight until the operator was told that it is over.';
COMMENT ON COLUMN dba.talarm.alarmid IS 'Number of the alarm.';
COMMENT ON COLUMN dba.talarm.alarm_key IS 'What it is about: a task, a report, an expectation or the cron table.';
COMMENT ON COLUMN dba.talarm.problem IS 'What is wrong, in one line.';
COMMENT ON COLUMN dba.talarm.raised_at IS 'When it was first seen.';
COMMENT ON COLUMN dba.talarm.told_at IS 'When the operator was last told; empty while no mail went out.';
COMMENT ON COLUMN dba.talarm.recovered_at IS 'When it was seen to be over; empty while it lasts.';
COMMENT ON COLUMN dba.talarm.closed_at IS 'When the operator was told that it is over.';

-- A run that a person started by hand counts too: a good one ends the alarm.
CREATE OR REPLACE FUNCTION dba.f_failed_schedules() RETURNS TABLE (alarm_key text, problem text, run_uuid uuid)
LANGUAGE sql STABLE AS $$
    WITH scheduled AS (
        SELECT 'task ' || schedulerid AS alarm_key, taskname AS name, 'run_scheduled_task' AS job, schedulerid::text AS arguments
        FROM dba.tscheduler WHERE is_active
        UNION ALL
        SELECT 'report ' || reportid, reportname, 'send_reports', reportid::text
        FROM dba.treportmanager WHERE is_active AND frequency IS NOT NULL
    )
    SELECT scheduled.alarm_key, format('%s %L %s at %s: %s', split_part(scheduled.alarm_key, ' ', 1), scheduled.name,
               CASE status WHEN 'timeout' THEN 'was stopped at its time limit' WHEN 'lost' THEN 'was killed' ELSE 'failed' END,
               to_char(started_at, 'YYYY-MM-DD HH24:MI'), coalesce(message, 'it left no message')), ended.run_uuid
    FROM scheduled CROSS JOIN LATERAL (
        SELECT run.* FROM dba.tjobrun AS run WHERE run.job = scheduled.job AND run.arguments = scheduled.arguments
          AND status NOT IN ('running', 'busy') ORDER BY started_at DESC, jobrunid DESC LIMIT 1) AS ended
    WHERE status <> 'ok'
    UNION ALL
    SELECT 'busy ' || scheduled.alarm_key, format('%s %L was skipped 3 times in a row, because an earlier run is still going',
               split_part(scheduled.alarm_key, ' ', 1), scheduled.name), NULL
    FROM scheduled CROSS JOIN LATERAL (
        SELECT count(*) FILTER (WHERE status = 'busy') AS skipped FROM (
            SELECT status FROM dba.tjobrun AS run WHERE run.job = scheduled.job AND run.arguments = scheduled.arguments
              AND status <> 'running' ORDER BY started_at DESC, jobrunid DESC LIMIT 3) AS last_three) AS counted
    WHERE skipped = 3
$$;
COMMENT ON FUNCTION dba.f_failed_schedules() IS
    'Tasks and reports whose last run failed, ran out of time or was killed, and those that were skipped three times in a row.';

-- A day that is over stays open until what was missing has come: late is better than never, and it ends the alarm.
CREATE OR REPLACE FUNCTION dba.f_broken_expectations(p_now timestamptz, p_free_gb numeric, p_token_days numeric)
RETURNS TABLE (alarm_key text, problem text)
LANGUAGE sql STABLE AS $$
    WITH due AS (
        SELECT expectation.*, day, day + due_time AS due_at
        FROM dba.texpectation AS expectation CROSS JOIN LATERAL (
            SELECT day::date FROM generate_series(p_now::date, p_now::date - 14, interval '-1 day') AS days (day)
            WHERE day + due_time <= p_now::timestamp AND (NOT business_days OR dba.f_is_business_day(day::date))
            ORDER BY day DESC LIMIT 1) AS last_day
        WHERE is_active
    ), found AS (
        SELECT due.*, format('due by %s', to_char(due_at, 'YYYY-MM-DD HH24:MI')) AS term,
            (SELECT count(*) FROM dba.timportfile AS file WHERE file.config_id = due.config_id AND finished_at >= day
                AND status IN ('Loaded', 'Empty')) AS files,
            (SELECT coalesce(sum(rows_loaded), 0) FROM dba.timportfile AS file WHERE file.config_id = due.config_id AND finished_at >= day
                AND status = 'Loaded') AS rows_loaded,
            (SELECT max(verified_at) FROM dba.tbackup WHERE status = 'done') AS verified_at
        FROM due
    )
    SELECT 'expectation ' || expectationid, expectation_name || ': ' || CASE
        WHEN config_id IS NOT NULL AND files = 0 THEN format('no file has arrived (%s)', term)
        WHEN rows_loaded < min_rows AND config_id IS NOT NULL
            THEN format('%s rows loaded, %s expected at least (%s)', rows_loaded, min_rows, term)
        WHEN schedulerid IS NOT NULL THEN format('task %s has not run well (%s)', schedulerid, term)
        WHEN reportid IS NOT NULL THEN format('report %s has not been sent (%s)', reportid, term)
        WHEN backup_days IS NOT NULL
            THEN format('no backup was verified in %s day(s); the last one: %s', backup_days, coalesce(verified_at::text, 'never'))
        WHEN free_gb IS NOT NULL THEN format('%s GB of disk are free, %s expected at least', round(p_free_gb, 1), free_gb)
        ELSE format('the Gmail token is valid for %s more day(s), %s expected at least; log in again',
                    round(p_token_days, 1), token_days) END
    FROM found
    WHERE (config_id IS NOT NULL AND due_at >= created_at::timestamp AND (files = 0 OR rows_loaded < min_rows))
       OR (schedulerid IS NOT NULL AND due_at >= created_at::timestamp AND NOT EXISTS (SELECT FROM dba.tjobrun AS run
               WHERE run.job = 'run_scheduled_task' AND run.arguments = found.schedulerid::text AND status = 'ok' AND started_at >= day))
       OR (reportid IS NOT NULL AND due_at >= created_at::timestamp AND NOT EXISTS (SELECT FROM dba.treportrun AS run
               WHERE run.reportid = found.reportid AND status IN ('sent', 'skipped') AND finished_at >= day))
       OR (backup_days IS NOT NULL AND coalesce(verified_at < p_now - make_interval(days => backup_days), true))
       OR (free_gb IS NOT NULL AND p_free_gb < free_gb)
       OR (token_days IS NOT NULL AND p_token_days < token_days)
    ORDER BY expectationid
$$;
COMMENT ON FUNCTION dba.f_broken_expectations(timestamptz, numeric, numeric) IS
    'Expectations of dba.texpectation that do not hold at that moment, given the free disk space and the days the Gmail token is still valid (empty: no end known).';

CREATE OR REPLACE FUNCTION dba.f_digest_lines(p_since timestamptz) RETURNS TABLE (section text, line text)
LANGUAGE sql STABLE AS $$
    SELECT 'What ran', format('%s: %s run(s)%s', coalesce(
               (SELECT taskname FROM dba.tscheduler AS task WHERE job = 'run_scheduled_task' AND task.schedulerid::text = arguments),
               concat_ws(' ', job, nullif(arguments, ''))), count(*), CASE
               WHEN count(*) FILTER (WHERE status NOT IN ('ok', 'running')) = 0 THEN ', all well'
               ELSE ', ' || concat_ws(', ', nullif(count(*) FILTER (WHERE status IN ('failed', 'timeout', 'lost')), 0) || ' failed',
                                      nullif(count(*) FILTER (WHERE status = 'busy'), 0) || ' skipped as busy') END)
    FROM dba.tjobrun WHERE started_at >= p_since AND job NOT IN ('job_history', 'send_daily_digest')
      AND schedulerid IS NULL -- a task's script stands under its task
    GROUP BY job, arguments
    UNION ALL
    SELECT 'What arrived', format('%s: %s file(s), %s rows loaded', feed, count(*), sum(rows_loaded))
    FROM dba.vfilesreceived WHERE received_at >= p_since AND status IN ('Loaded', 'Empty') GROUP BY feed
    UNION ALL
    SELECT 'What is late or broken', problem FROM dba.talarm WHERE recovered_at IS NULL
    UNION ALL
    SELECT 'What was rejected', format('%s: %s row(s) rejected, %s file(s) refused', feed, sum(rows_rejected), count(*) FILTER (WHERE status = 'Failed'))
    FROM dba.vfilesreceived WHERE received_at >= p_since GROUP BY feed
    HAVING sum(rows_rejected) > 0 OR count(*) FILTER (WHERE status = 'Failed') > 0
    UNION ALL
    SELECT 'What is backed up', format('last whole backup: %s, last one proven by a restore: %s',
               coalesce(to_char(max(verified_at) FILTER (WHERE status = 'done'), 'YYYY-MM-DD HH24:MI'), 'none yet'),
               coalesce(to_char(max(restored_at), 'YYYY-MM-DD HH24:MI'), 'none yet'))
    FROM dba.tbackup
    ORDER BY 1, 2
$$;
COMMENT ON FUNCTION dba.f_digest_lines(timestamptz) IS 'The lines of the daily digest: what ran, arrived, is late and was rejected since that moment, and the last backups.';
