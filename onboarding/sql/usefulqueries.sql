-- Questions people ask of the pipeline. Not part of set-up: psql -f onboarding/sql/usefulqueries.sql answers all of them,
-- or open it beside psql (source env.sh && psql) and run what you need.

\echo '== What ran in the last day, and how did it end? =='
SELECT started_at, job, arguments, status, exit_code, items_ok, items_failed, ended_at - started_at AS took, message
FROM dba.tjobrun WHERE started_at > now() - interval '1 day' ORDER BY started_at DESC LIMIT 50;

\echo '== What did the last failed run say? (The newest line first.) =='
SELECT "timestamp", level, message
FROM dba.tlogentry
WHERE run_uuid = (SELECT run_uuid FROM dba.tjobrun WHERE status IN ('failed', 'timeout') ORDER BY started_at DESC LIMIT 1)
ORDER BY logentryid DESC LIMIT 50;

\echo '== Which jobs are running now, and since when? =='
SELECT job, arguments, host, pid, now() - started_at AS running_for FROM dba.tjobrun WHERE status = 'running' ORDER BY started_at LIMIT 50;

\echo '== Which files came in today, feed by feed? =='
SELECT feed, file_name, status, rows_read, rows_loaded, rows_rejected, rows_skipped, received_at
FROM dba.vfilesreceived WHERE received_at >= current_date ORDER BY feed, received_at LIMIT 100;

\echo '== Which files were refused this week, and why? =='
SELECT finished_at, config_name, file_name, error, archived_path
FROM dba.timportfile JOIN dba.timportconfig USING (config_id)
WHERE status = 'Failed' AND finished_at > now() - interval '7 days' ORDER BY finished_at DESC LIMIT 50;

\echo '== Which rows were rejected this week, and why? =='
SELECT config_name, file_name, line_number, column_name, reject.message, left(raw_text, 100) AS raw_text
FROM dba.timportreject AS reject JOIN dba.timportfile USING (importfileid) JOIN dba.timportconfig USING (config_id)
WHERE finished_at > now() - interval '7 days' ORDER BY finished_at DESC, line_number LIMIT 50;

\echo '== Do the books add up? (No rows: they do.) =='
SELECT * FROM dba.vimportbooks LIMIT 50;

\echo '== From the mail to the table: which mail brought which file, and where are its rows? =='
SELECT mail.sent_at, mail.sender, mail.subject, attachment.original_name, file.file_name, file.status, file.target_table, file.datasetid
FROM dba.tinboxmessage AS mail
LEFT JOIN dba.tinboxattachment AS attachment USING (inboxmessageid)
LEFT JOIN dba.timportfile AS file USING (inboxattachmentid)
WHERE mail.first_seen_at > now() - interval '7 days' ORDER BY mail.first_seen_at DESC, attachment.part_number LIMIT 50;

\echo '== Which mails did no rule take, or failed? =='
SELECT first_seen_at, mailbox, sender, subject, status, attempts, reason
FROM dba.tinboxmessage WHERE status IN ('unmatched', 'failed') ORDER BY first_seen_at DESC LIMIT 50;

\echo '== Which datasets count for the last seven days? =='
SELECT * FROM dba.vactivedataset WHERE datasetdate > current_date - 7 ORDER BY datasetdate DESC, datasettypename, label LIMIT 50;

\echo '== Which dataset is the newest of each kind? =='
SELECT * FROM dba.vlatestdataset ORDER BY datasetdate DESC, datasettypename, label LIMIT 50;

\echo '== Which datasets replaced which? =='
SELECT datasettypename, datasourcename, label, datasetdate, datasetid, statusname, row_count, efffromdate, effthrudate
FROM dba.tdataset JOIN dba.tdatasettype USING (datasettypeid) JOIN dba.tdatasource USING (datasourceid)
JOIN dba.tdatastatus USING (datastatusid)
WHERE tdataset.createddate > now() - interval '7 days' ORDER BY datasettypename, label, datasetdate, datasetid LIMIT 50;

\echo '== Which reports went out, and which did not? =='
SELECT due_at, reportname, status, recipients, row_counts, output_path, treportrun.error
FROM dba.treportrun JOIN dba.treportmanager USING (reportid) ORDER BY due_at DESC LIMIT 50;

\echo '== What is scheduled? =='
SELECT taskname AS what, frequency, run_after_schedulerid, scriptpath || ' ' || scriptargs AS runs, is_active FROM dba.tscheduler
UNION ALL
SELECT reportname, frequency, NULL, 'send_reports.py ' || reportid, is_active FROM dba.treportmanager
ORDER BY is_active DESC, what LIMIT 100;

\echo '== Who changed which configuration, and what exactly? =='
SELECT changed_at, changed_by, table_name, row_id, operation, key AS column_name,
       left(old_row ->> key, 100) AS was, left(new_row ->> key, 100) AS is_now
FROM dba.tconfighistory, jsonb_object_keys(coalesce(new_row, old_row)) AS key
WHERE changed_at > now() - interval '30 days' AND key <> 'last_modified_at' AND old_row -> key IS DISTINCT FROM new_row -> key
ORDER BY changed_at DESC, confighistoryid DESC LIMIT 50;

\echo '== Which header text became which column of a target table? =='
SELECT target_table, source_name, occurrence, column_name FROM dba.timportheader ORDER BY target_table, created_at, column_name LIMIT 100;

\echo '== The last five business days. =='
SELECT calendardate FROM dba.tcalendardays WHERE isbusinessday AND calendardate <= current_date ORDER BY calendardate DESC LIMIT 5;

\echo '== How large are the tables, and how much of them is dead? =='
SELECT schemaname, relname, pg_size_pretty(pg_total_relation_size(relid)) AS size, n_live_tup, n_dead_tup, last_autovacuum, last_autoanalyze
FROM pg_stat_user_tables ORDER BY pg_total_relation_size(relid) DESC LIMIT 20;

\echo '== Which tables need a VACUUM? =='
SELECT * FROM dba.vvacuumneeded ORDER BY dead_rows DESC LIMIT 20;

\echo '== Which indexes does nobody use? =='
SELECT * FROM dba.vunusedindexes ORDER BY size_bytes DESC LIMIT 20;

\echo '== Which tables grew most since the snapshot before? (CALL dba.psnapshottableindexstats() takes one.) =='
SELECT schema_name, table_name, taken_at, pg_size_pretty(size_bytes) AS size,
       pg_size_pretty(size_bytes - lag(size_bytes) OVER (PARTITION BY schema_name, table_name ORDER BY taken_at)) AS grown_by
FROM dba.ttableindexstats WHERE index_name IS NULL ORDER BY taken_at DESC, size_bytes DESC LIMIT 50;

\echo '== Who waits for whom right now? =='
SELECT pid, usename, application_name, state, now() - query_start AS since, pg_blocking_pids(pid) AS blocked_by, left(query, 100) AS query
FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() ORDER BY query_start LIMIT 50;

\echo '== Which queries took long? =='
SELECT query_start, last_seen_at - query_start AS ran_at_least, user_name, application_name, state, blocked_by, left(query, 100) AS query
FROM dba.tlongrunningquery ORDER BY query_start DESC LIMIT 50;

\echo '== What did maintenance do? =='
SELECT started_at, operation, object_name, rows_affected, finished_at - started_at AS took, succeeded, message
FROM dba.tmaintenancelog ORDER BY maintenancelogid DESC LIMIT 50;

\echo '== What changed in the schema? =='
SELECT executed_at, user_name, command_tag, object_type, object_name FROM dba.tddllogs ORDER BY ddllogid DESC LIMIT 50;
