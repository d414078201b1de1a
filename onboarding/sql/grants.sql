-- Who may do what in schema dba. Run after every object exists; everything not granted here is not allowed.
\ir common.sql
-- A superuser stays what it is: dba.f_log_ddl belongs to it (see setup_dba_maintenance.sql).
SELECT rolsuper AS is_superuser FROM pg_catalog.pg_roles WHERE rolname = current_user
\gset
\if :is_superuser
\else
SET ROLE :"etl_owner";
\endif

REVOKE ALL ON SCHEMA dba FROM PUBLIC;
REVOKE ALL ON ALL TABLES IN SCHEMA dba FROM PUBLIC, :"etl_user", :"etl_admin", :"etl_report";
REVOKE ALL ON ALL ROUTINES IN SCHEMA dba FROM PUBLIC, :"etl_user", :"etl_admin", :"etl_report";
GRANT USAGE ON SCHEMA dba TO :"etl_user", :"etl_admin", :"etl_report";

-- Jobs and admins read everything (sequences too: pg_dump asks for them); routines run with the caller's own rights,
-- or are written to be safe for these two.
GRANT SELECT ON ALL TABLES IN SCHEMA dba TO :"etl_user", :"etl_admin";
GRANT SELECT ON ALL SEQUENCES IN SCHEMA dba TO :"etl_user", :"etl_admin";
GRANT EXECUTE ON ALL ROUTINES IN SCHEMA dba TO :"etl_user", :"etl_admin";

-- Jobs write the ledgers; datasets only through dba.f_dataset_iu and dba.p_dataset_....
GRANT INSERT, UPDATE ON dba.tjobrun, dba.tlogentry, dba.tinboxmessage, dba.tinboxattachment, dba.timportfile, dba.timportreject,
    dba.timportheader, dba.treportrun, dba.twebdownload, dba.tsftptransfer, dba.tbackup, dba.talarm TO :"etl_user";
GRANT INSERT, UPDATE ON dba.tdataset, dba.tdatasource, dba.tdatasettype TO :"etl_user";
-- fill_calendar.py adds the holidays of years that have none yet.
GRANT INSERT ON dba.tholidays TO :"etl_user";
GRANT INSERT, UPDATE ON dba.tcalendardays TO :"etl_user";

GRANT INSERT, UPDATE, DELETE ON dba.timportconfig, dba.timportcolumn, dba.tinboxconfig, dba.treportmanager, dba.tscheduler,
    dba.tmeetmaxconfig, dba.twebconfig, dba.tsftpconfig, dba.texpectation, dba.tlogretention, dba.tdatasource, dba.tdatasettype, dba.tholidays,
    dba.tcalendardays TO :"etl_admin";

-- Reports see target tables (default privileges in roles.sql), the dictionaries and the reporting views; nothing else.
GRANT SELECT ON dba.tdataset, dba.tdatasource, dba.tdatasettype, dba.tdatastatus, dba.tcalendardays, dba.tholidays,
    dba.vactivedataset, dba.vlatestdataset, dba.vfilesreceived TO :"etl_report";
GRANT EXECUTE ON FUNCTION dba.f_is_business_day(date), dba.f_previous_business_day(date), dba.f_get_event_changes(date),
    dba.f_first_filled(regclass, text[]) TO :"etl_report";
