-- First rows: the fixed dictionaries, two reports, the schedule. A config row is written once: after that it is the admin's, who
-- may change, rename or delete it, and it does not come back (its history in dba.tconfighistory is the proof that it was there).
\ir common.sql
SET ROLE :"etl_owner";

INSERT INTO dba.tdatastatus (datastatusid, statusname, description) VALUES
    (1, 'Active', 'Counts: shown in reports, sent, run.'),
    (2, 'Inactive', 'Replaced by a newer dataset, or switched off.'),
    (3, 'Deleted', 'Withdrawn by a person.'),
    (4, 'New', 'Being loaded.'),
    (5, 'Failed', 'Could not be loaded.'),
    (6, 'Empty', 'The file had no data rows.')
ON CONFLICT DO NOTHING;

INSERT INTO dba.timportstrategy (importstrategyid, strategyname) VALUES
    (1, 'Import and create new columns if needed'),
    (2, 'Import only (ignores new columns)'),
    (3, 'Import or fail if columns are missing from source file')
ON CONFLICT DO NOTHING;

SELECT dba.f_fill_calendar(2020, 2040) \g /dev/null

WITH seed (reportid, settings) AS (VALUES
    (1, jsonb_build_object(
        'reportname', 'MeetMax event changes',
        'reportdescription', 'Companies added to or removed from MeetMax events since the business day before.',
        'frequency', '20 11 * * 1-5',
        'toheader', 'operator@localhost',
        'emailbodytemplate', '<p>MeetMax event changes, {{today}}</p>{{grid1}}',
        'emailbodyqueries', jsonb_build_object('grid1', 'SELECT * FROM dba.f_get_event_changes(current_date)'),
        'when_empty', 'skip',
        'datastatusid', 1)),
    (2, jsonb_build_object(
        'reportname', 'Files received',
        'reportdescription', 'What every feed has received since yesterday morning: files, rows loaded, rejected and skipped.',
        'frequency', '25 11 * * 1-5',
        'toheader', 'operator@localhost',
        'emailbodytemplate', '<p>Files received since yesterday, {{yesterday}}</p>{{grid1}}',
        'emailbodyqueries', jsonb_build_object('grid1',
            'SELECT feed, count(*) AS files, sum(rows_loaded) AS rows_loaded, sum(rows_rejected) AS rows_rejected, '
            'sum(rows_skipped) AS rows_skipped, count(*) FILTER (WHERE status = ''Failed'') AS files_refused '
            'FROM dba.vfilesreceived WHERE received_at >= current_date - 1 GROUP BY feed ORDER BY feed'),
        'when_empty', 'note',
        'datastatusid', 1)))
SELECT dba.f_config_insert('treportmanager', 'reportid', settings || jsonb_build_object('reportid', reportid))
FROM seed WHERE NOT EXISTS (SELECT FROM dba.tconfighistory WHERE table_name = 'treportmanager' AND row_id = seed.reportid::text)
            AND NOT EXISTS (SELECT FROM dba.treportmanager WHERE reportname = settings ->> 'reportname')
\g /dev/null

WITH seed (position, settings) AS (VALUES
    (1, jsonb_build_object('taskname', 'MeetMax download and import', 'frequency', '0 5,17 * * 1-5', 'scriptpath', 'run_download_and_import.sh',
        'taskdescription', 'Downloads the MeetMax events and imports them. Set datastatusid to 1 once MeetMax is set up.', 'datastatusid', 2)),
    (2, jsonb_build_object('taskname', 'MeetMax URL check', 'frequency', '0 19 * * 5', 'scriptpath', 'meetmax_url_check.py',
        'taskdescription', 'Checks which MeetMax event addresses answer. Set datastatusid to 1 once MeetMax is set up.', 'datastatusid', 2)),
    (3, jsonb_build_object('taskname', 'Weekly clean-up of logs', 'frequency', '0 2 * * 0', 'scriptpath', 'weekly_cleanup_logs.sh',
        'taskdescription', 'Removes log files older than a week.')),
    (4, jsonb_build_object('taskname', 'Daily backup', 'frequency', '0 3 * * *', 'scriptpath', 'daily_backup.sh',
        'taskdescription', 'Backs the database up.')),
    (5, jsonb_build_object('taskname', 'Inbox', 'frequency', '*/10 * * * *', 'scriptpath', 'run_gmail_inbox_processor.py',
        'taskdescription', 'Saves the attachments of new mail by the rules of dba.tinboxconfig.')),
    (6, jsonb_build_object('taskname', 'Import', 'frequency', '5,15,25,35,45,55 * * * *', 'scriptpath', 'run_import_job.py',
        'taskdescription', 'Loads the new files of every feed in dba.timportconfig, five minutes after the inbox was read.')),
    (10, jsonb_build_object('taskname', 'Alarm check', 'frequency', '5-59/10 * * * *', 'scriptpath', 'check_alarms.py',
        'taskdescription', 'Mails the operator what failed, was missed or is late (dba.texpectation), and when it is over.')),
    (11, jsonb_build_object('taskname', 'Daily digest', 'frequency', '0 7 * * *', 'scriptpath', 'send_daily_digest.py',
        'taskdescription', 'Mails the operator what ran, arrived, is late and was rejected since yesterday.')),
    (12, jsonb_build_object('taskname', 'Catch-up', 'frequency', '2-59/10 * * * *', 'scriptpath', 'run_missed_tasks.py', 'timeout_minutes', 1440,
        'taskdescription', 'Runs once what was missed while the machine was off, for rows with catch_up last.')),
    (13, jsonb_build_object('taskname', 'Business-day calendar', 'frequency', '30 5 * * 1', 'scriptpath', 'fill_calendar.py',
        'taskdescription', 'Adds the market holidays of the coming years to dba.tholidays.')),
    (20, jsonb_build_object('taskname', 'Backup of all databases', 'frequency', '30 3 * * 0', 'scriptpath', 'pg_backup_all.sh',
        'taskdescription', 'Backs up every database of the server and its roles. Needs a superuser as ETL_OWNER_USER; then set datastatusid to 1.', 'datastatusid', 2)),
    (21, jsonb_build_object('taskname', 'Restore check', 'frequency', '0 4 * * 0', 'scriptpath', 'restore_check.sh',
        'taskdescription', 'Restores the newest backup into a scratch database and compares every table.')),
    (22, jsonb_build_object('taskname', 'Weekly clean-up of MeetMax files', 'frequency', '15 2 * * 0', 'scriptpath', 'weekly_cleanup_meetmaxevents.sh',
        'taskdescription', 'Removes imported MeetMax files older than the days in scriptargs.', 'scriptargs', '7')),
    (23, jsonb_build_object('taskname', 'Clean-up of log rows', 'frequency', '30 2 * * 0', 'scriptpath', 'database_care.sh',
        'taskdescription', 'Removes log rows past the keeping time of dba.tlogretention.', 'scriptargs', 'logs')),
    (24, jsonb_build_object('taskname', 'Vacuum and analyze', 'frequency', '30 1 * * *', 'scriptpath', 'database_care.sh',
        'taskdescription', 'Vacuums the tables with many dead rows and renews statistics.', 'scriptargs', 'vacuum')),
    (25, jsonb_build_object('taskname', 'Table and index statistics', 'frequency', '45 1 * * *', 'scriptpath', 'database_care.sh',
        'taskdescription', 'Records the size and use of every table and index.', 'scriptargs', 'statistics')),
    (26, jsonb_build_object('taskname', 'Long queries', 'frequency', '*/5 * * * *', 'scriptpath', 'database_care.sh',
        'taskdescription', 'Records long, blocked and idle-in-transaction queries.', 'scriptargs', 'queries')))
SELECT dba.f_config_insert('tscheduler', 'schedulerid', settings)
FROM (SELECT settings FROM seed
      WHERE NOT EXISTS (SELECT FROM dba.tconfighistory WHERE table_name = 'tscheduler' AND new_row ->> 'taskname' = settings ->> 'taskname')
        AND NOT EXISTS (SELECT FROM dba.tscheduler WHERE taskname = settings ->> 'taskname')
      ORDER BY position) AS missing
\g /dev/null

-- The feeds of MeetMax, off until MeetMax is set up. Events come every day: the same bytes again are that day's dataset.
WITH seed (position, settings) AS (VALUES
    (1, jsonb_build_object('config_name', 'MeetMaxURLCheck', 'datasource', 'MeetMax', 'datasettype', 'MeetMaxURLCheck',
        'file_pattern', '^\d{8}T\d{6}_MeetMaxURLCheck(_\d+)?\.csv$', 'file_type', 'CSV', 'field_delimiter', ',',
        'metadata_label_location', 'MeetMaxURLCheck', 'dateconfig', 'filename', 'datelocation', '1', 'dateformat', 'yyyyMMddTHHmmss',
        'target_table', 'feeds.tmeetmaxurlcheck', 'on_duplicate', 'reload', 'is_active', false)),
    (2, jsonb_build_object('config_name', 'MeetMaxEvent', 'datasource', 'MeetMax', 'datasettype', 'MeetMaxEvent',
        'file_pattern', '^\d{8}T\d{6}_MeetMax_\d+(_\d+)?\.(xls|csv)$', 'archive_directory', 'archive/meetmaxevents',
        'metadata_label_source', 'filename', 'metadata_label_location', '3', 'dateconfig', 'filename', 'datelocation', '1',
        'dateformat', 'yyyyMMddTHHmmss', 'target_table', 'feeds.tmeetmaxevent', 'on_duplicate', 'reload', 'is_active', false)))
SELECT dba.f_config_insert('timportconfig', 'config_id', settings)
FROM (SELECT settings FROM seed
      WHERE NOT EXISTS (SELECT FROM dba.tconfighistory
                        WHERE table_name = 'timportconfig' AND new_row ->> 'config_name' = settings ->> 'config_name')
        AND NOT EXISTS (SELECT FROM dba.timportconfig WHERE config_name = settings ->> 'config_name')
      ORDER BY position) AS missing
\g /dev/null

-- The two reports brought their own numbers; the next one follows them.
SELECT setval('dba.treportmanager_reportid_seq', greatest((SELECT max(reportid) FROM dba.treportmanager), last_value))
FROM dba.treportmanager_reportid_seq WHERE EXISTS (SELECT FROM dba.treportmanager)
\g /dev/null
