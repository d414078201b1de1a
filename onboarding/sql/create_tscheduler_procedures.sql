-- The mission's functions and procedures for schedules and feeds. The row comes as JSON; columns not named keep their value.
\ir common.sql
SET ROLE :"etl_owner";

CREATE OR REPLACE FUNCTION dba.f_insert_tscheduler(p_settings jsonb) RETURNS int
LANGUAGE sql AS $$ SELECT dba.f_config_insert('tscheduler', 'schedulerid', p_settings) $$;
COMMENT ON FUNCTION dba.f_insert_tscheduler(jsonb) IS
    'Adds a schedule, e.g. SELECT dba.f_insert_tscheduler(''{"taskname": "...", "frequency": "0 6 * * *", "scriptpath": "..."}''); returns its schedulerid.';

CREATE OR REPLACE FUNCTION dba.f_update_tscheduler(p_schedulerid int, p_settings jsonb) RETURNS void
LANGUAGE sql AS $$ SELECT dba.f_config_update('tscheduler', 'schedulerid', p_schedulerid, p_settings) $$;
COMMENT ON FUNCTION dba.f_update_tscheduler(int, jsonb) IS 'Changes the named columns of a schedule and no others.';

CREATE OR REPLACE PROCEDURE dba.pimportconfigi(p_settings jsonb, INOUT p_config_id int DEFAULT NULL)
LANGUAGE plpgsql AS $$
BEGIN
    p_config_id := dba.f_config_insert('timportconfig', 'config_id', p_settings);
END $$;
COMMENT ON PROCEDURE dba.pimportconfigi(jsonb, int) IS
    'Adds a feed, e.g. CALL dba.pimportconfigi(''{"config_name": "...", "file_pattern": "...", ...}''); shows its config_id.';

CREATE OR REPLACE PROCEDURE dba.pimportconfigu(p_config_id int, p_settings jsonb)
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM dba.f_config_update('timportconfig', 'config_id', p_config_id, p_settings);
END $$;
COMMENT ON PROCEDURE dba.pimportconfigu(int, jsonb) IS 'Changes the named columns of a feed and no others.';
