-- Included by every set-up file: the four role names, unless psql was started with others (psql -v etl_user=...); quiet notices;
-- and one set-up at a time, as two would meet in the same catalogue rows.
\if :{?etl_owner} \else \set etl_owner etl_owner \endif
\if :{?etl_user} \else \set etl_user etl_user \endif
\if :{?etl_admin} \else \set etl_admin etl_admin \endif
\if :{?etl_report} \else \set etl_report etl_report \endif
SET client_min_messages = warning;
SELECT pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtextextended('dba set-up', 0)) \g /dev/null
