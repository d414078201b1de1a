-- Keeping tables fit. Each step is logged in dba.tmaintenancelog and committed by itself; one failure does not stop the others.
\ir common.sql
SET ROLE :"etl_owner";

-- SECURITY DEFINER, because ANALYZE and REINDEX ask for the table's owner, and etl_owner owns dba and inherits etl_user.
-- It can neither COMMIT nor VACUUM: the procedures below commit, and VACUUM must come from a client (dba.vvacuumneeded).
CREATE OR REPLACE FUNCTION dba.f_maintain_table(p_operation text, p_table regclass) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    started timestamptz := clock_timestamp();
    problem text;
BEGIN
    BEGIN
        CASE p_operation
            WHEN 'analyze' THEN EXECUTE format('ANALYZE %s', p_table);
            WHEN 'reindex' THEN EXECUTE format('REINDEX TABLE %s', p_table);
        END CASE;
    EXCEPTION WHEN OTHERS THEN
        problem := SQLERRM;
    END;
    INSERT INTO dba.tmaintenancelog (started_at, finished_at, operation, object_name, succeeded, message)
    VALUES (started, clock_timestamp(), p_operation, p_table::text, problem IS NULL, problem);
    RETURN problem IS NULL;
END $$;
COMMENT ON FUNCTION dba.f_maintain_table(text, regclass) IS 'Does analyze or reindex on one table and logs it; false when it failed.';

CREATE OR REPLACE FUNCTION dba.f_our_tables() RETURNS TABLE (relid regclass, changed_rows bigint, dead_rows bigint, live_rows bigint)
LANGUAGE sql STABLE AS $$
    SELECT stat.relid::regclass, n_mod_since_analyze, n_dead_tup, n_live_tup
    FROM pg_catalog.pg_stat_user_tables AS stat JOIN pg_catalog.pg_class ON pg_class.oid = stat.relid
    WHERE relpersistence <> 't' AND pg_has_role((SELECT nspowner FROM pg_catalog.pg_namespace WHERE nspname = 'dba'), relowner, 'USAGE')
    ORDER BY stat.relid
$$;
COMMENT ON FUNCTION dba.f_our_tables() IS 'The tables of dba and the target tables the jobs made, with the server''s counters.';

CREATE OR REPLACE PROCEDURE dba.panalyzetables(p_min_changed_rows bigint DEFAULT 1)
LANGUAGE plpgsql AS $$
DECLARE
    name regclass;
BEGIN
    FOR name IN SELECT relid FROM dba.f_our_tables() WHERE changed_rows >= p_min_changed_rows LOOP
        PERFORM dba.f_maintain_table('analyze', name);
        COMMIT;
    END LOOP;
END $$;
COMMENT ON PROCEDURE dba.panalyzetables(bigint) IS
    'Renews the statistics of tables with at least that many changed rows. Call it outside a transaction.';

CREATE OR REPLACE PROCEDURE dba.preindextables(p_schema text DEFAULT 'dba')
LANGUAGE plpgsql AS $$
DECLARE
    name regclass;
BEGIN
    FOR name IN SELECT our.relid FROM dba.f_our_tables() AS our JOIN pg_catalog.pg_stat_user_tables AS stat ON stat.relid = our.relid
                WHERE schemaname = p_schema LOOP
        PERFORM dba.f_maintain_table('reindex', name);
        COMMIT;
    END LOOP;
END $$;
COMMENT ON PROCEDURE dba.preindextables(text) IS
    'Rebuilds the indexes of the tables of one schema; each table is locked while its own are rebuilt. Call it outside a transaction.';

CREATE OR REPLACE VIEW dba.vvacuumneeded AS
SELECT relid::text AS table_name, dead_rows, live_rows, format('VACUUM (ANALYZE) %s', relid) AS statement
FROM dba.f_our_tables() WHERE dead_rows > 1000 AND dead_rows > live_rows / 5;
COMMENT ON VIEW dba.vvacuumneeded IS 'Tables with many dead rows, and the statement that cleans each; run it from psql, as a transaction cannot.';
COMMENT ON COLUMN dba.vvacuumneeded.table_name IS 'The table.';
COMMENT ON COLUMN dba.vvacuumneeded.dead_rows IS 'Deleted or replaced rows not yet cleaned away.';
COMMENT ON COLUMN dba.vvacuumneeded.live_rows IS 'Rows that count.';
COMMENT ON COLUMN dba.vvacuumneeded.statement IS 'What to run.';
