-- Schema dba, the history of config rows, the maintenance log, and the log of schema changes.
\ir common.sql
SET ROLE :"etl_owner";

CREATE SCHEMA IF NOT EXISTS dba;
COMMENT ON SCHEMA dba IS 'Client ETL Workflow: its configuration (edited by the admin), its ledgers (written by the programs) and its functions.';

CREATE TABLE IF NOT EXISTS dba.tconfighistory (
    confighistoryid bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    changed_at      timestamptz NOT NULL DEFAULT now(),
    changed_by      text NOT NULL DEFAULT session_user,
    table_name      text NOT NULL,
    row_id          text NOT NULL,
    operation       text NOT NULL CHECK (operation IN ('INSERT', 'UPDATE', 'DELETE')),
    old_row         jsonb,
    new_row         jsonb
);
CREATE INDEX IF NOT EXISTS tconfighistory_row_ix ON dba.tconfighistory (table_name, row_id, changed_at);
COMMENT ON TABLE dba.tconfighistory IS 'Who changed which configuration row, when, and what it said before and after. Written by trigger.';
COMMENT ON COLUMN dba.tconfighistory.confighistoryid IS 'Number of the change.';
COMMENT ON COLUMN dba.tconfighistory.changed_at IS 'When the change was made.';
COMMENT ON COLUMN dba.tconfighistory.changed_by IS 'Login that made the change.';
COMMENT ON COLUMN dba.tconfighistory.table_name IS 'Configuration table, without the schema.';
COMMENT ON COLUMN dba.tconfighistory.row_id IS 'Key of the changed row.';
COMMENT ON COLUMN dba.tconfighistory.operation IS 'INSERT, UPDATE or DELETE.';
COMMENT ON COLUMN dba.tconfighistory.old_row IS 'The row before the change; empty for INSERT.';
COMMENT ON COLUMN dba.tconfighistory.new_row IS 'The row after the change; empty for DELETE.';

CREATE TABLE IF NOT EXISTS dba.tmaintenancelog (
    maintenancelogid bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    started_at       timestamptz NOT NULL DEFAULT clock_timestamp(),
    finished_at      timestamptz,
    operation        text NOT NULL,
    object_name      text NOT NULL,
    rows_affected    bigint,
    succeeded        boolean NOT NULL,
    message          text,
    user_name        text NOT NULL DEFAULT session_user
);
CREATE INDEX IF NOT EXISTS tmaintenancelog_started_ix ON dba.tmaintenancelog (started_at);
COMMENT ON TABLE dba.tmaintenancelog IS 'One row per maintenance step on one table or index: analyze, reindex, purge.';
COMMENT ON COLUMN dba.tmaintenancelog.maintenancelogid IS 'Number of the step.';
COMMENT ON COLUMN dba.tmaintenancelog.started_at IS 'When the step began.';
COMMENT ON COLUMN dba.tmaintenancelog.finished_at IS 'When the step ended.';
COMMENT ON COLUMN dba.tmaintenancelog.operation IS 'What was done: analyze, reindex or purge.';
COMMENT ON COLUMN dba.tmaintenancelog.object_name IS 'Table or index it was done to, with its schema.';
COMMENT ON COLUMN dba.tmaintenancelog.rows_affected IS 'Rows removed by a purge; empty for the other operations.';
COMMENT ON COLUMN dba.tmaintenancelog.succeeded IS 'False when the step failed; message says why.';
COMMENT ON COLUMN dba.tmaintenancelog.message IS 'The error, when the step failed.';
COMMENT ON COLUMN dba.tmaintenancelog.user_name IS 'Login that ran the step.';

CREATE TABLE IF NOT EXISTS dba.tddllogs (
    ddllogid     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    executed_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    user_name    text NOT NULL DEFAULT session_user,
    command_tag  text NOT NULL,
    object_type  text,
    object_name  text
);
CREATE INDEX IF NOT EXISTS tddllogs_executed_ix ON dba.tddllogs (executed_at);
COMMENT ON TABLE dba.tddllogs IS 'One row per schema change (CREATE, ALTER, DROP) in this database. Filled only where set-up ran as a superuser, because only a superuser may create an event trigger.';
COMMENT ON COLUMN dba.tddllogs.ddllogid IS 'Number of the change.';
COMMENT ON COLUMN dba.tddllogs.executed_at IS 'When the statement ran.';
COMMENT ON COLUMN dba.tddllogs.user_name IS 'Login that ran it.';
COMMENT ON COLUMN dba.tddllogs.command_tag IS 'Kind of statement, for example CREATE TABLE.';
COMMENT ON COLUMN dba.tddllogs.object_type IS 'Kind of object, for example table.';
COMMENT ON COLUMN dba.tddllogs.object_name IS 'Object with its schema.';

CREATE OR REPLACE FUNCTION dba.f_keep_timestamps() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    NEW.created_at := OLD.created_at;
    NEW.last_modified_at := now();
    RETURN NEW;
END $$;
COMMENT ON FUNCTION dba.f_keep_timestamps() IS 'Trigger: an update sets last_modified_at and cannot change created_at.';

-- SECURITY DEFINER: the admin edits config rows but must not be able to write the history of it.
CREATE OR REPLACE FUNCTION dba.f_record_config_change() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    old_row jsonb := CASE WHEN TG_OP <> 'INSERT' THEN to_jsonb(OLD) END;
    new_row jsonb := CASE WHEN TG_OP <> 'DELETE' THEN to_jsonb(NEW) END;
BEGIN
    IF old_row - 'last_modified_at' IS DISTINCT FROM new_row - 'last_modified_at' THEN
        INSERT INTO dba.tconfighistory (table_name, row_id, operation, old_row, new_row)
        VALUES (TG_TABLE_NAME, coalesce(new_row, old_row) ->> TG_ARGV[0], TG_OP, old_row, new_row);
    END IF;
    RETURN NULL;
END $$;
COMMENT ON FUNCTION dba.f_record_config_change() IS 'Trigger: writes dba.tconfighistory; its argument names the key column.';

CREATE OR REPLACE FUNCTION dba.f_watch_config_table(p_table text, p_key text) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('CREATE OR REPLACE TRIGGER a_check BEFORE INSERT OR UPDATE ON dba.%I
                    FOR EACH ROW EXECUTE FUNCTION dba.%I()', p_table, 'f_check_' || p_table);
    EXECUTE format('CREATE OR REPLACE TRIGGER b_timestamps BEFORE UPDATE ON dba.%I
                    FOR EACH ROW EXECUTE FUNCTION dba.f_keep_timestamps()', p_table);
    EXECUTE format('CREATE OR REPLACE TRIGGER c_history AFTER INSERT OR UPDATE OR DELETE ON dba.%I
                    FOR EACH ROW EXECUTE FUNCTION dba.f_record_config_change(%L)', p_table, p_key);
END $$;
COMMENT ON FUNCTION dba.f_watch_config_table(text, text) IS
    'Gives a config table its three triggers: check the row (dba.f_check_<table>), keep its timestamps, record its history.';

CREATE OR REPLACE FUNCTION dba.f_refuse_delete() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
    key constant text := TG_ARGV[0];
    name constant text := TG_ARGV[1];
    ledger constant text := TG_ARGV[2];
    has_history boolean;
BEGIN
    EXECUTE format('SELECT EXISTS (SELECT FROM dba.%I WHERE %I = ($1).%2$I)', ledger, key) INTO has_history USING OLD;
    IF has_history THEN
        PERFORM dba.f_refuse(TG_TABLE_NAME, name, to_jsonb(OLD) ->> name, 'has history in dba.' || ledger,
            CASE WHEN to_jsonb(OLD) ? 'datastatusid' THEN 'set datastatusid to 2' ELSE 'set is_active to false' END || ' instead of deleting it');
    END IF;
    RETURN OLD;
END $$;
COMMENT ON FUNCTION dba.f_refuse_delete() IS
    'Trigger: refuses to delete a config row that a ledger names; its arguments are the key column, the name column and the ledger.';

CREATE OR REPLACE FUNCTION dba.f_keep_rows_with_history(p_table text, p_key text, p_name text, p_ledger text) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('CREATE OR REPLACE TRIGGER d_keep_history BEFORE DELETE ON dba.%I
                    FOR EACH ROW EXECUTE FUNCTION dba.f_refuse_delete(%L, %L, %L)', p_table, p_key, p_name, p_ledger);
END $$;
COMMENT ON FUNCTION dba.f_keep_rows_with_history(text, text, text, text) IS
    'Gives a config table the trigger that keeps rows which a ledger names; both tables have the key column.';

RESET ROLE;

-- Event triggers belong to superusers, and so must the function they run: it fires for a superuser's statements too.
SELECT rolsuper AS is_superuser FROM pg_catalog.pg_roles WHERE rolname = current_user
\gset
\if :is_superuser
CREATE OR REPLACE FUNCTION dba.f_log_ddl() RETURNS event_trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF TG_EVENT = 'sql_drop' THEN
        INSERT INTO dba.tddllogs (command_tag, object_type, object_name)
        SELECT TG_TAG, object_type, object_identity
        FROM pg_event_trigger_dropped_objects() WHERE original AND NOT is_temporary;
    ELSE
        INSERT INTO dba.tddllogs (command_tag, object_type, object_name)
        SELECT command_tag, object_type, object_identity
        FROM pg_event_trigger_ddl_commands() WHERE schema_name IS DISTINCT FROM 'pg_temp';
    END IF;
END $$;
COMMENT ON FUNCTION dba.f_log_ddl() IS 'Event trigger: writes dba.tddllogs. Never for temporary objects.';
DROP EVENT TRIGGER IF EXISTS etl_log_ddl;
CREATE EVENT TRIGGER etl_log_ddl ON ddl_command_end
    WHEN TAG IN ('CREATE TABLE', 'CREATE TABLE AS', 'ALTER TABLE', 'CREATE INDEX', 'CREATE SCHEMA', 'CREATE VIEW', 'ALTER VIEW',
                 'CREATE FUNCTION', 'ALTER FUNCTION', 'CREATE PROCEDURE', 'CREATE TRIGGER', 'GRANT', 'REVOKE')
    EXECUTE FUNCTION dba.f_log_ddl();
COMMENT ON EVENT TRIGGER etl_log_ddl IS 'Records schema changes in dba.tddllogs.';
DROP EVENT TRIGGER IF EXISTS etl_log_drop;
CREATE EVENT TRIGGER etl_log_drop ON sql_drop EXECUTE FUNCTION dba.f_log_ddl();
COMMENT ON EVENT TRIGGER etl_log_drop IS 'Records dropped objects in dba.tddllogs.';
\endif
