-- How the functions f_insert_..., f_update_... and pimportconfig... write a config row: the row comes as JSON, column by column.
\ir common.sql
SET ROLE :"etl_owner";

CREATE OR REPLACE FUNCTION dba.f_config_columns(p_table text, p_settings jsonb) RETURNS text[]
LANGUAGE plpgsql STABLE AS $$
DECLARE
    known text[] := ARRAY(SELECT attname::text FROM pg_catalog.pg_attribute
                          WHERE attrelid = ('dba.' || quote_ident(p_table))::regclass AND attnum > 0 AND NOT attisdropped
                            AND attgenerated = '' AND attname NOT IN ('created_at', 'last_modified_at') ORDER BY attnum);
    given text[];
    stray text;
BEGIN
    IF jsonb_typeof(p_settings) IS DISTINCT FROM 'object' OR p_settings = '{}' THEN
        PERFORM dba.f_refuse(p_table, 'p_settings', p_settings::text, 'names no column', 'pass an object such as {"column": "value"}');
    END IF;
    given := ARRAY(SELECT jsonb_object_keys(p_settings));
    stray := (SELECT key FROM unnest(given) AS key WHERE key <> ALL (known) LIMIT 1);
    IF stray IS NOT NULL THEN
        PERFORM dba.f_refuse(p_table, stray, p_settings ->> stray, 'is for a column that cannot be set',
                             'use columns of ' || array_to_string(known, ', '));
    END IF;
    RETURN given;
END $$;
COMMENT ON FUNCTION dba.f_config_columns(text, jsonb) IS 'The columns named in the settings; refuses one the table does not have.';

CREATE OR REPLACE FUNCTION dba.f_config_insert(p_table text, p_key text, p_settings jsonb) RETURNS int
LANGUAGE plpgsql AS $$
DECLARE
    columns text := (SELECT string_agg(quote_ident(name), ', ') FROM unnest(dba.f_config_columns(p_table, p_settings)) AS name);
    new_key int;
BEGIN
    EXECUTE format('INSERT INTO dba.%1$I (%2$s) SELECT %2$s FROM jsonb_populate_record(NULL::dba.%1$I, $1) RETURNING %3$I',
                   p_table, columns, p_key) INTO new_key USING p_settings;
    RETURN new_key;
END $$;
COMMENT ON FUNCTION dba.f_config_insert(text, text, jsonb) IS 'Adds one config row; columns not named get their defaults. Returns its key.';

CREATE OR REPLACE FUNCTION dba.f_config_update(p_table text, p_key text, p_id int, p_settings jsonb) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    assignments text := (SELECT string_agg(format('%1$I = given.%1$I', name), ', ')
                         FROM unnest(dba.f_config_columns(p_table, p_settings)) AS name);
    changed int;
BEGIN
    EXECUTE format('UPDATE dba.%1$I AS target SET %2$s FROM jsonb_populate_record(NULL::dba.%1$I, $1) AS given
                    WHERE target.%3$I = $2', p_table, assignments, p_key) USING p_settings, p_id;
    GET DIAGNOSTICS changed = ROW_COUNT;
    IF changed = 0 THEN
        PERFORM dba.f_refuse(p_table, p_key, p_id::text, 'does not exist', format('look it up: SELECT * FROM dba.%s', p_table));
    END IF;
END $$;
COMMENT ON FUNCTION dba.f_config_update(text, text, int, jsonb) IS 'Changes the named columns of one config row and no others.';
