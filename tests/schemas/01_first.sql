--
-- PostgreSQL database dump
--


-- Dumped from database version 15.18 (Debian 15.18-0+deb12u1)
-- Dumped by pg_dump version 15.18 (Debian 15.18-0+deb12u1)

SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;

--
-- Name: dba; Type: SCHEMA; Schema: -; Owner: etl_owner
--

CREATE SCHEMA dba;


ALTER SCHEMA dba OWNER TO etl_owner;

--
-- Name: SCHEMA dba; Type: COMMENT; Schema: -; Owner: etl_owner
--

COMMENT ON SCHEMA dba IS 'Client ETL Workflow: its configuration (edited by the admin), its ledgers (written by the programs) and its functions.';


--
-- Name: feeds; Type: SCHEMA; Schema: -; Owner: etl_user
--

CREATE SCHEMA feeds;


ALTER SCHEMA feeds OWNER TO etl_user;

--
-- Name: f_check_address_list(text, text, text); Type: FUNCTION; Schema: dba; Owner: etl_owner
--

CREATE FUNCTION dba.f_check_address_list(p_table text, p_column text, p_value text) RETURNS void
    LANGUAGE plpgsql
    AS $_$
DECLARE
    address constant text := '[A-Za-z0-9.!#$%&''*+/=?^_`{|}~-]+@[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?';
    wrong text := (SELECT btrim(match[1]) FROM regexp_matches(p_value || ',', '((?:"[^"]*"|[^",])*),', 'g') AS matches (match)
                   WHERE btrim(match[1]) !~ ('^(' || address || '|("[^"\\]*"|[^<>@",;:\\]*)\s*<' || address || '>)$') LIMIT 1);
BEGIN
    PERFORM dba.f_check_one_line(p_table, p_column, p_value);
    IF wrong IS NOT NULL OR length(replace(p_value, '"', '')) % 2 <> length(p_value) % 2 THEN
        PERFORM dba.f_refuse(p_table, p_column, coalesce(nullif(wrong, ''), p_value), 'is not a mail address',
                             'write addresses separated by commas, e.g. Ann Lee <ann@example.com>, bob@example.com');
    END IF;
END $_$;


ALTER FUNCTION dba.f_check_address_list(p_table text, p_column text, p_value text) OWNER TO etl_owner;

--
-- Name: FUNCTION f_check_address_list(p_table text, p_column text, p_value text); Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON FUNCTION dba.f_check_address_list(p_table text, p_column text, p_value text) IS 'Refuses anything but mail addresses separated by commas.';


--
-- Name: f_check_arguments(text, text, text); Type: FUNCTION; Schema: dba; Owner: etl_owner
--

CREATE FUNCTION dba.f_check_arguments(p_table text, p_column text, p_value text) RETURNS void
    LANGUAGE plpgsql
    AS $_$
BEGIN
    PERFORM dba.f_check_one_line(p_table, p_column, p_value);
    IF p_value !~ '^([^''"\\]|\\.|''[^'']*''|"(\\.|[^"\\])*")*$' THEN
        PERFORM dba.f_refuse(p_table, p_column, p_value, 'has a quote that is not closed or ends in a backslash',
                             'close the quote; an argument with spaces is written "like this"');
    END IF;
END $_$;


ALTER FUNCTION dba.f_check_arguments(p_table text, p_column text, p_value text) OWNER TO etl_owner;

--
-- Name: FUNCTION f_check_arguments(p_table text, p_column text, p_value text); Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON FUNCTION dba.f_check_arguments(p_table text, p_column text, p_value text) IS 'Refuses an argument text that cannot be split into arguments.';


--
-- Name: f_check_at_least(text, text, numeric, numeric); Type: FUNCTION; Schema: dba; Owner: etl_owner
--

CREATE FUNCTION dba.f_check_at_least(p_table text, p_column text, p_value numeric, p_least numeric) RETURNS void
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF p_value < p_least OR p_value = 'NaN' THEN
        PERFORM dba.f_refuse(p_table, p_column, p_value::text, 'is too small', format('use %s or more', p_least));
    END IF;
END $$;


ALTER FUNCTION dba.f_check_at_least(p_table text, p_column text, p_value numeric, p_least numeric) OWNER TO etl_owner;

--
-- Name: FUNCTION f_check_at_least(p_table text, p_column text, p_value numeric, p_least numeric); Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON FUNCTION dba.f_check_at_least(p_table text, p_column text, p_value numeric, p_least numeric) IS 'Refuses a number below the least allowed one.';


--
-- Name: f_check_body_queries(jsonb); Type: FUNCTION; Schema: dba; Owner: etl_owner
--

CREATE FUNCTION dba.f_check_body_queries(p_queries jsonb) RETURNS void
    LANGUAGE plpgsql
    AS $_$
DECLARE
    wrong text;
BEGIN
    IF jsonb_typeof(p_queries) IS DISTINCT FROM 'object' THEN
        PERFORM dba.f_refuse('treportmanager', 'emailbodyqueries', p_queries::text, 'is not a JSON object', 'write {"grid1": "SELECT ..."}');
    END IF;
    wrong := (SELECT key FROM jsonb_each(p_queries) AS query (key, value)
              WHERE key !~ '^[a-zA-Z_][a-zA-Z0-9_]*$' OR jsonb_typeof(value) <> 'string' OR value #>> '{}' !~ '\S'
                 OR key IN ('timestamp', 'today', 'yesterday', 'report_name') LIMIT 1);
    IF wrong IS NOT NULL THEN
        PERFORM dba.f_refuse('treportmanager', 'emailbodyqueries', wrong, 'is not a free placeholder name with a query text',
                             'use letters, digits and _, and a SELECT, e.g. {"grid1": "SELECT ..."}');
    END IF;
    PERFORM dba.f_check_query('emailbodyqueries', key, value) FROM jsonb_each_text(p_queries) AS query (key, value);
END $_$;


ALTER FUNCTION dba.f_check_body_queries(p_queries jsonb) OWNER TO etl_owner;

--
-- Name: FUNCTION f_check_body_queries(p_queries jsonb); Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON FUNCTION dba.f_check_body_queries(p_queries jsonb) IS 'Checks the JSON object of placeholder and query.';


--
-- Name: f_check_chain(integer, integer); Type: FUNCTION; Schema: dba; Owner: etl_owner
--

CREATE FUNCTION dba.f_check_chain(p_schedulerid integer, p_run_after integer) RETURNS void
    LANGUAGE plpgsql
    AS $$
DECLARE
    step int := p_run_after;
    names text := '';
BEGIN
    PERFORM dba.f_check_row_exists('tscheduler', 'run_after_schedulerid', nullif(p_run_after, p_schedulerid)::text,
                                   'dba.tscheduler', 'schedulerid');
    WHILE step IS NOT NULL AND step <> p_schedulerid LOOP
        SELECT names || ' -> ' || taskname, run_after_schedulerid INTO names, step FROM dba.tscheduler WHERE schedulerid = step;
    END LOOP;
    IF step = p_schedulerid THEN
        PERFORM dba.f_refuse('tscheduler', 'run_after_schedulerid', p_run_after::text, format('makes the schedule wait for itself%s', names),
                             'let the first of them have a frequency instead');
    END IF;
END $$;


ALTER FUNCTION dba.f_check_chain(p_schedulerid integer, p_run_after integer) OWNER TO etl_owner;

--
-- Name: FUNCTION f_check_chain(p_schedulerid integer, p_run_after integer); Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON FUNCTION dba.f_check_chain(p_schedulerid integer, p_run_after integer) IS 'Refuses a chain of run_after_schedulerid that comes back to its start.';


--
-- Name: f_check_choice(text, text, text, text[]); Type: FUNCTION; Schema: dba; Owner: etl_owner
--

CREATE FUNCTION dba.f_check_choice(p_table text, p_column text, p_value text, VARIADIC p_choices text[]) RETURNS void
    LANGUAGE plpgsql
    AS $_$
BEGIN
    PERFORM dba.f_check_required(p_table, p_column, p_value);
    IF p_value <> ALL (p_choices) THEN
        PERFORM dba.f_refuse(p_table, p_column, p_value, 'is not a choice',
            'use ' || regexp_replace(array_to_string(ARRAY(SELECT CASE WHEN choice ~ '^\w+$' THEN choice ELSE quote_literal(choice) END
                                                           FROM unnest(p_choices) AS choice), ', '), ', (\S+)$', ' or \1'));
    END IF;
END $_$;


ALTER FUNCTION dba.f_check_choice(p_table text, p_column text, p_value text, VARIADIC p_choices text[]) OWNER TO etl_owner;

--
-- Name: FUNCTION f_check_choice(p_table text, p_column text, p_value text, VARIADIC p_choices text[]); Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON FUNCTION dba.f_check_choice(p_table text, p_column text, p_value text, VARIADIC p_choices text[]) IS 'Refuses a value outside the listed choices, and NULL.';


--
-- Name: f_check_cron(text, text, text); Type: FUNCTION; Schema: dba; Owner: etl_owner
--

CREATE FUNCTION dba.f_check_cron(p_table text, p_column text, p_value text) RETURNS void
    LANGUAGE plpgsql
    AS $$
DECLARE
    fix constant text := 'write five fields (minute hour day month weekday), e.g. 0 5,17 * * 1-5';
    field text[] := regexp_split_to_array(btrim(p_value, ' '), ' +');
    kind record;
    days int[];
    months int[];
BEGIN
    IF p_value IS NULL THEN
        RETURN;
    END IF;
    PERFORM dba.f_check_one_line(p_table, p_column, p_value);
    IF array_length(field, 1) <> 5 THEN
        PERFORM dba.f_refuse(p_table, p_column, p_value, 'does not have five fields', fix);
    END IF;
    FOR kind IN SELECT * FROM (VALUES (1, 'minute', 0, 59, NULL), (2, 'hour', 0, 23, NULL), (3, 'day', 1, 31, NULL),
            (4, 'month', 1, 12, '{jan,feb,mar,apr,may,jun,jul,aug,sep,oct,nov,dec}'),
            (5, 'weekday', 0, 7, '{sun,mon,tue,wed,thu,fri,sat}')) AS kinds (number, label, low, high, names)
    LOOP
        IF dba.f_cron_field_values(field[kind.number], kind.low, kind.high, kind.names::text[]) IS NULL THEN
            PERFORM dba.f_refuse(p_table, p_column, p_value,
                format('has a wrong %s field "%s" (%s to %s, *, lists 1,2, ranges 1-5, steps */10)',
                       kind.label, field[kind.number], kind.low, kind.high), fix);
        END IF;
    END LOOP;
    days := dba.f_cron_field_values(field[3], 1, 31, NULL);
    months := dba.f_cron_field_values(field[4], 1, 12, '{jan,feb,mar,apr,may,jun,jul,aug,sep,oct,nov,dec}');
    -- cron adds the weekday's days to the day's only when neither field starts with a star (man 5 crontab).
    IF (field[5] LIKE '*%' OR field[3] LIKE '*%') AND NOT EXISTS (
            SELECT FROM unnest(days) AS day, unnest(months) AS month
            WHERE day <= CASE WHEN month = 2 THEN 29 WHEN month IN (4, 6, 9, 11) THEN 30 ELSE 31 END) THEN
        PERFORM dba.f_refuse(p_table, p_column, p_value, 'names a day that never comes', 'choose a day the month has');
    END IF;
END $$;


ALTER FUNCTION dba.f_check_cron(p_table text, p_column text, p_value text) OWNER TO etl_owner;

--
-- Name: FUNCTION f_check_cron(p_table text, p_column text, p_value text); Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON FUNCTION dba.f_check_cron(p_table text, p_column text, p_value text) IS 'Refuses a cron time that Debian''s cron would refuse, or that never comes. No @words.';


--
-- Name: f_check_date_format(text, text, text); Type: FUNCTION; Schema: dba; Owner: etl_owner
--

CREATE FUNCTION dba.f_check_date_format(p_table text, p_column text, p_value text) RETURNS void
    LANGUAGE plpgsql
    AS $_$
DECLARE
    tokens text[] := ARRAY(SELECT match[1] FROM regexp_matches(p_value,
        '(yyyy|yy|MMM|MM|dd|HH|mm|ss|T|Z|[-_./:, ]|.)', 'g') AS matches (match));
    stray text := (SELECT token FROM unnest(tokens) AS token
                   WHERE token !~ '^(yyyy|yy|MMM|MM|dd|HH|mm|ss|T|Z|[-_./:, ])$' LIMIT 1);
BEGIN
    PERFORM dba.f_check_one_line(p_table, p_column, p_value);
    IF stray IS NOT NULL THEN
        PERFORM dba.f_refuse(p_table, p_column, p_value, format('holds "%s", which is not part of a date', stray),
            'use yyyy or yy, MM or MMM, dd, HH, mm, ss, T and separators, e.g. yyyyMMdd or yyyy-MM-ddTHHmmss');
    ELSIF p_value IS NOT NULL AND NOT (tokens && '{yyyy,yy}' AND tokens && '{MM,MMM}') THEN
        PERFORM dba.f_refuse(p_table, p_column, p_value, 'has no year or no month (mm is minutes, MM is months)',
                             'name the whole date, e.g. yyyyMMdd');
    ELSIF (SELECT count(*) <> count(DISTINCT token) FROM unnest(tokens) AS token WHERE token ~ '[a-zA-Z]') THEN
        PERFORM dba.f_refuse(p_table, p_column, p_value, 'names one part of the date twice (mm is minutes, MM is months)',
                             'name each part once, e.g. yyyyMMdd');
    END IF;
END $_$;


ALTER FUNCTION dba.f_check_date_format(p_table text, p_column text, p_value text) OWNER TO etl_owner;

--
-- Name: FUNCTION f_check_date_format(p_table text, p_column text, p_value text); Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON FUNCTION dba.f_check_date_format(p_table text, p_column text, p_value text) IS 'Refuses a date format with unknown letters, or without year or month.';


--
-- Name: f_check_encoding(text, text, text); Type: FUNCTION; Schema: dba; Owner: etl_owner
--

CREATE FUNCTION dba.f_check_encoding(p_table text, p_column text, p_value text) RETURNS void
    LANGUAGE plpgsql
    AS $_$
BEGIN
    IF p_value !~* ('^(utf[-_]?8|utf[-_]8[-_]sig|utf[-_]?(16|32)|utf[-_](16|32)[-_]?[lb]e|(us[-_])?ascii|latin[-_]?1'
            '|iso[-_]?8859[-_]([1-9]|1[013-6])|(cp|windows[-_])125[0-8]|cp(437|850|852|858|866|932|949|950)|mac[-_]?roman'
            '|gbk|gb2312|gb18030|big5|shift[-_]?jis|euc[-_]?(jp|kr)|koi8[-_][ru])$') THEN
        PERFORM dba.f_refuse(p_table, p_column, p_value, 'is not an encoding the import knows',
            'use e.g. utf-8, utf-16le, cp1252 (Windows) or latin-1, or leave it empty and the import finds out');
    END IF;
END $_$;


ALTER FUNCTION dba.f_check_encoding(p_table text, p_column text, p_value text) OWNER TO etl_owner;

--
-- Name: FUNCTION f_check_encoding(p_table text, p_column text, p_value text); Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON FUNCTION dba.f_check_encoding(p_table text, p_column text, p_value text) IS 'Refuses an encoding that Python does not know by that name.';


--
-- Name: f_check_event_ids(text); Type: FUNCTION; Schema: dba; Owner: etl_owner
--

CREATE FUNCTION dba.f_check_event_ids(p_value text) RETURNS void
    LANGUAGE plpgsql
    AS $_$
DECLARE
    wrong text := (SELECT item FROM regexp_split_to_table(p_value, ',') AS item
                   WHERE btrim(item, ' ') !~ '^[0-9]{1,9}( *- *[0-9]{1,9})?$' LIMIT 1);
BEGIN
    PERFORM dba.f_check_required('tmeetmaxconfig', 'event_ids', p_value);
    wrong := coalesce(wrong, (SELECT item FROM regexp_split_to_table(p_value, ',') AS item
                              WHERE split_part(item, '-', 2) <> ''
                                AND NOT split_part(item, '-', 2)::bigint - split_part(item, '-', 1)::bigint BETWEEN 0 AND 9999 LIMIT 1));
    IF wrong IS NOT NULL THEN
        PERFORM dba.f_refuse('tmeetmaxconfig', 'event_ids', coalesce(nullif(wrong, ''), p_value),
            'is not an event number, or a rising range of at most 10000', 'write numbers and ranges with commas, e.g. 119179-119184,120000');
    END IF;
END $_$;


ALTER FUNCTION dba.f_check_event_ids(p_value text) OWNER TO etl_owner;

--
-- Name: FUNCTION f_check_event_ids(p_value text); Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON FUNCTION dba.f_check_event_ids(p_value text) IS 'Checks numbers and ranges separated by commas.';


--
-- Name: f_check_folder(text, text, text); Type: FUNCTION; Schema: dba; Owner: etl_owner
--

CREATE FUNCTION dba.f_check_folder(p_table text, p_column text, p_value text) RETURNS void
    LANGUAGE plpgsql
    AS $_$
BEGIN
    PERFORM dba.f_check_required(p_table, p_column, p_value);
    PERFORM dba.f_check_one_line(p_table, p_column, p_value);
    IF p_value ~ '(^|/)\.\.(/|$)' OR p_value ~ '^~|[$\\]' THEN
        PERFORM dba.f_refuse(p_table, p_column, p_value, 'holds .., ~, $ or a backslash',
                             'write an absolute folder such as /srv/etl/in, or one below $ETL_HOME such as file_watcher/client');
    END IF;
END $_$;


ALTER FUNCTION dba.f_check_folder(p_table text, p_column text, p_value text) OWNER TO etl_owner;

--
-- Name: FUNCTION f_check_folder(p_table text, p_column text, p_value text); Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON FUNCTION dba.f_check_folder(p_table text, p_column text, p_value text) IS 'Refuses an empty folder and one that climbs out by .. or ~.';


--
-- Name: f_check_identifier(text, text, text); Type: FUNCTION; Schema: dba; Owner: etl_owner
--

CREATE FUNCTION dba.f_check_identifier(p_table text, p_column text, p_value text) RETURNS void
    LANGUAGE plpgsql
    AS $_$
BEGIN
    IF p_value !~ '^[a-z_][a-z0-9_]{0,62}$' THEN
        PERFORM dba.f_refuse(p_table, p_column, p_value, 'is not a plain column name',
                             'use lower-case letters, digits and _, at most 63, e.g. order_date');
    END IF;
END $_$;


ALTER FUNCTION dba.f_check_identifier(p_table text, p_column text, p_value text) OWNER TO etl_owner;

--
-- Name: FUNCTION f_check_identifier(p_table text, p_column text, p_value text); Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON FUNCTION dba.f_check_identifier(p_table text, p_column text, p_value text) IS 'Refuses a name that PostgreSQL would need quotes for.';


--
-- Name: f_check_metadata_location(text, text, text, text); Type: FUNCTION; Schema: dba; Owner: etl_owner
--

CREATE FUNCTION dba.f_check_metadata_location(p_column text, p_source text, p_location text, p_source_column text) RETURNS void
    LANGUAGE plpgsql
    AS $_$
BEGIN
    PERFORM dba.f_check_required('timportconfig', p_column, p_location);
    PERFORM dba.f_check_one_line('timportconfig', p_column, p_location);
    IF p_source = 'filename' AND p_location !~ '^[1-9][0-9]?$' THEN
        PERFORM dba.f_refuse('timportconfig', p_column, p_location, format('is not a position, and %s is filename', p_source_column),
            'give the number of the part of the file name, 1 is the first: orders_20261123.csv has 1 orders and 2 20261123');
    END IF;
END $_$;


ALTER FUNCTION dba.f_check_metadata_location(p_column text, p_source text, p_location text, p_source_column text) OWNER TO etl_owner;

--
-- Name: FUNCTION f_check_metadata_location(p_column text, p_source text, p_location text, p_source_column text); Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON FUNCTION dba.f_check_metadata_location(p_column text, p_source text, p_location text, p_source_column text) IS 'Checks where in the file name or file a label or date is read.';


--
-- Name: f_check_name(text, text, text); Type: FUNCTION; Schema: dba; Owner: etl_owner
--

CREATE FUNCTION dba.f_check_name(p_table text, p_column text, p_value text) RETURNS void
    LANGUAGE plpgsql
    AS $_$
BEGIN
    PERFORM dba.f_check_required(p_table, p_column, p_value);
    PERFORM dba.f_check_one_line(p_table, p_column, p_value);
    IF p_value ~ '^[0-9]+$' THEN
        PERFORM dba.f_refuse(p_table, p_column, p_value, 'looks like a number, and jobs accept the number or the name',
                             'put a letter in the name, e.g. feed_' || p_value);
    ELSIF p_value ~ '^[\s-]|\s$' OR length(p_value) > 100 THEN
        PERFORM dba.f_refuse(p_table, p_column, p_value, 'starts with a dash or a space, ends with a space, or is over 100 characters',
                             'use a plain short name, e.g. client_orders');
    END IF;
END $_$;


ALTER FUNCTION dba.f_check_name(p_table text, p_column text, p_value text) OWNER TO etl_owner;

--
-- Name: FUNCTION f_check_name(p_table text, p_column text, p_value text); Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON FUNCTION dba.f_check_name(p_table text, p_column text, p_value text) IS 'Checks the name by which a job is told its row: required, one line, not a number, not an option.';


--
-- Name: f_check_named_queries(text, jsonb, text); Type: FUNCTION; Schema: dba; Owner: etl_owner
--

CREATE FUNCTION dba.f_check_named_queries(p_column text, p_items jsonb, p_name_rule text) RETURNS void
    LANGUAGE plpgsql
    AS $$
DECLARE
    example constant text := 'write [{"name": "orders", "query": "SELECT ..."}], or [] for none';
    item jsonb;
    names text[] := '{}';
BEGIN
    IF jsonb_typeof(p_items) IS DISTINCT FROM 'array' THEN
        PERFORM dba.f_refuse('treportmanager', p_column, p_items::text, 'is not a JSON list', example);
    END IF;
    FOR item IN SELECT * FROM jsonb_array_elements(p_items) LOOP
        IF jsonb_typeof(item) <> 'object' OR coalesce(item ->> 'name', '') !~ p_name_rule
           OR jsonb_typeof(item -> 'query') IS DISTINCT FROM 'string' OR item ->> 'query' !~ '\S' THEN
            PERFORM dba.f_refuse('treportmanager', p_column, item::text, 'lacks a proper "name" or a "query"', example);
        ELSIF item ->> 'name' = ANY (names) THEN
            PERFORM dba.f_refuse('treportmanager', p_column, item ->> 'name', 'is the name of two items', 'give each its own name');
        END IF;
        PERFORM dba.f_check_query(p_column, item ->> 'name', item ->> 'query');
        names := names || (item ->> 'name');
    END LOOP;
END $$;


ALTER FUNCTION dba.f_check_named_queries(p_column text, p_items jsonb, p_name_rule text) OWNER TO etl_owner;

--
-- Name: FUNCTION f_check_named_queries(p_column text, p_items jsonb, p_name_rule text); Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON FUNCTION dba.f_check_named_queries(p_column text, p_items jsonb, p_name_rule text) IS 'Checks a JSON list of objects with name and query.';


--
-- Name: f_check_not_taken(text, text, text, text, integer, text); Type: FUNCTION; Schema: dba; Owner: etl_owner
--

CREATE FUNCTION dba.f_check_not_taken(p_table text, p_column text, p_value text, p_key text, p_id integer, p_operation text) RETURNS void
    LANGUAGE plpgsql
    AS $_$
DECLARE
    statements text;
    is_taken boolean;
BEGIN
    GET DIAGNOSTICS statements = PG_CONTEXT;
    IF p_operation = 'INSERT' AND concat(current_query(), statements) ~* '\mon\s+conflict\M' THEN
        RETURN;
    END IF;
    EXECUTE format('SELECT EXISTS (SELECT FROM dba.%I WHERE %I = $1 AND %I <> $2)', p_table, p_column, p_key)
    INTO is_taken USING p_value, p_id;
    IF is_taken THEN
        PERFORM dba.f_refuse(p_table, p_column, p_value, 'is taken', 'choose another name, or UPDATE that row');
    END IF;
END $_$;


ALTER FUNCTION dba.f_check_not_taken(p_table text, p_column text, p_value text, p_key text, p_id integer, p_operation text) OWNER TO etl_owner;

--
-- Name: FUNCTION f_check_not_taken(p_table text, p_column text, p_value text, p_key text, p_id integer, p_operation text); Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON FUNCTION dba.f_check_not_taken(p_table text, p_column text, p_value text, p_key text, p_id integer, p_operation text) IS 'Refuses the name of another row. The unique index is what keeps names apart; this only says it plainly.';


--
-- Name: f_check_one_line(text, text, text); Type: FUNCTION; Schema: dba; Owner: etl_owner
--

CREATE FUNCTION dba.f_check_one_line(p_table text, p_column text, p_value text) RETURNS void
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF p_value ~ '[\u0001-\u001f\u007f-\u009f\u2028\u2029]' THEN
        PERFORM dba.f_refuse(p_table, p_column, p_value, 'holds a line break, a tab or another control character (shown as ?)',
                             'write it on one line');
    END IF;
END $$;


ALTER FUNCTION dba.f_check_one_line(p_table text, p_column text, p_value text) OWNER TO etl_owner;

--
-- Name: FUNCTION f_check_one_line(p_table text, p_column text, p_value text); Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON FUNCTION dba.f_check_one_line(p_table text, p_column text, p_value text) IS 'Refuses line breaks, tabs and other control characters.';


--
-- Name: f_check_placeholders(text, jsonb, jsonb); Type: FUNCTION; Schema: dba; Owner: etl_owner
--

CREATE FUNCTION dba.f_check_placeholders(p_template text, p_queries jsonb, p_charts jsonb) RETURNS void
    LANGUAGE plpgsql
    AS $_$
DECLARE
    -- Names the template defines itself: loop variables and {% set %}.
    own text[] := ARRAY(SELECT regexp_split_to_table(match[1], '\s*,\s*')
                        FROM regexp_matches(p_template, '\{%-?\s*(?:for|set)\s+(\w+(?:\s*,\s*\w+)*)\s*(?:in\s|=)', 'g') AS matches (match));
    asked text[] := ARRAY(SELECT DISTINCT match[1]
                          FROM regexp_matches(p_template, '\{\{-?\s*([[:alpha:]_]\w*)(?!\w|\s*\()', 'g') AS matches (match));
    used text := (SELECT string_agg(match[1], ' ') FROM regexp_matches(p_template, '(\{\{.*?\}\}|\{%.*?%\})', 'g') AS matches (match));
    given text[] := ARRAY(SELECT jsonb_object_keys(p_queries)) || ARRAY(SELECT item ->> 'name' FROM jsonb_array_elements(p_charts) AS item);
    lonely text;
BEGIN
    lonely := (SELECT name FROM unnest(asked) AS name
               WHERE name <> ALL (given || own || '{timestamp,today,yesterday,report_name,loop}') LIMIT 1);
    IF lonely IS NOT NULL THEN
        PERFORM dba.f_refuse('treportmanager', 'emailbodytemplate', format('{{%s}}', lonely), 'has no query',
                             format('add "%s" to emailbodyqueries, or take {{%1$s}} out of the template', lonely));
    END IF;
    lonely := (SELECT name FROM unnest(given) AS name WHERE coalesce(used, '') !~ ('\m' || name || '\M') LIMIT 1);
    IF lonely IS NOT NULL THEN
        PERFORM dba.f_refuse('treportmanager', CASE WHEN p_queries ? lonely THEN 'emailbodyqueries' ELSE 'charts' END, lonely,
                             'has no placeholder in emailbodytemplate', format('write {{%s}} where it belongs, or remove the query', lonely));
    END IF;
END $_$;


ALTER FUNCTION dba.f_check_placeholders(p_template text, p_queries jsonb, p_charts jsonb) OWNER TO etl_owner;

--
-- Name: FUNCTION f_check_placeholders(p_template text, p_queries jsonb, p_charts jsonb); Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON FUNCTION dba.f_check_placeholders(p_template text, p_queries jsonb, p_charts jsonb) IS 'Refuses a placeholder without a query and a query without a placeholder.';


--
-- Name: f_check_query(text, text, text); Type: FUNCTION; Schema: dba; Owner: etl_owner
--

CREATE FUNCTION dba.f_check_query(p_column text, p_name text, p_query text) RETURNS void
    LANGUAGE plpgsql
    AS $_$
BEGIN
    IF p_query !~* '^(\s|\(|--[^\n]*(\n|$)|/\*([^*]|\*+[^*/])*\*+/)*(select|with|values|table)\M' THEN
        PERFORM dba.f_refuse('treportmanager', p_column, format('%s: %s', p_name, p_query), 'is not a query that reads rows',
                             'begin it with SELECT, WITH, VALUES or TABLE');
    END IF;
END $_$;


ALTER FUNCTION dba.f_check_query(p_column text, p_name text, p_query text) OWNER TO etl_owner;

--
-- Name: FUNCTION f_check_query(p_column text, p_name text, p_query text); Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON FUNCTION dba.f_check_query(p_column text, p_name text, p_query text) IS 'Refuses a report query that begins with another word than a query does; comments may come first.';


--
-- Name: f_check_regex(text, text, text); Type: FUNCTION; Schema: dba; Owner: etl_owner
--

CREATE FUNCTION dba.f_check_regex(p_table text, p_column text, p_value text) RETURNS void
    LANGUAGE plpgsql
    AS $_$
DECLARE
    bad_escape text := (SELECT match[1] FROM regexp_matches(p_value, '\\(.?)', 'g') AS matches (match)
                        WHERE match[1] !~ '^[^a-zA-Z]$' AND match[1] !~ '^[AbBdDsSwWZafnrtvxuUN]$' LIMIT 1);
    problem text;
BEGIN
    PERFORM dba.f_check_one_line(p_table, p_column, p_value);
    IF bad_escape IS NOT NULL THEN
        PERFORM dba.f_refuse(p_table, p_column, p_value,
            format('is not a valid regular expression (\%s means nothing)', bad_escape),
            'write \\ for a backslash, \. for a dot, \d for a digit, e.g. ^orders_\d{8}\.csv$');
    END IF;
    BEGIN
        PERFORM '' ~ dba.f_python_regex_as_postgres(p_value);
    EXCEPTION WHEN invalid_regular_expression THEN
        problem := regexp_replace(SQLERRM, '^invalid regular expression: ', '');
    END;
    IF problem !~ 'too complex|out of memory' THEN -- limits of PostgreSQL's engine, not of Python's
        PERFORM dba.f_refuse(p_table, p_column, p_value, format('is not a valid regular expression (%s)', problem),
            CASE WHEN problem ~ 'parenthes|bracket|brace' THEN 'close the bracket or put \ before it'
                 WHEN problem ~ 'quantifier' THEN 'put something before the * + or ?; "any text" is .*'
                 ELSE 'correct it' END || ', e.g. ^orders_\d{8}\.csv$');
    END IF;
END $_$;


ALTER FUNCTION dba.f_check_regex(p_table text, p_column text, p_value text) OWNER TO etl_owner;

--
-- Name: FUNCTION f_check_regex(p_table text, p_column text, p_value text); Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON FUNCTION dba.f_check_regex(p_table text, p_column text, p_value text) IS 'Refuses a Python regular expression that cannot be compiled. When in doubt it accepts: the program compiles the pattern again.';


--
-- Name: f_check_required(text, text, text); Type: FUNCTION; Schema: dba; Owner: etl_owner
--

CREATE FUNCTION dba.f_check_required(p_table text, p_column text, p_value text) RETURNS void
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF p_value IS NULL OR p_value !~ '\S' THEN
        PERFORM dba.f_refuse(p_table, p_column, NULL, 'is empty', 'give it a value');
    END IF;
END $$;


ALTER FUNCTION dba.f_check_required(p_table text, p_column text, p_value text) OWNER TO etl_owner;

--
-- Name: FUNCTION f_check_required(p_table text, p_column text, p_value text); Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON FUNCTION dba.f_check_required(p_table text, p_column text, p_value text) IS 'Refuses NULL and blank text.';


--
-- Name: f_check_row_exists(text, text, text, regclass, text); Type: FUNCTION; Schema: dba; Owner: etl_owner
--

CREATE FUNCTION dba.f_check_row_exists(p_table text, p_column text, p_value text, p_other regclass, p_key text) RETURNS void
    LANGUAGE plpgsql
    AS $_$
DECLARE
    is_there boolean;
    known text;
BEGIN
    EXECUTE format('SELECT EXISTS (SELECT FROM %s WHERE %I::text = $1)', p_other, p_key) INTO is_there USING p_value;
    IF p_value IS NOT NULL AND NOT is_there THEN
        EXECUTE format('SELECT string_agg(%1$I::text, '', '' ORDER BY %1$I)
                        FROM (SELECT %1$I FROM %2$s ORDER BY 1 LIMIT 20) AS listed', p_key, p_other) INTO known;
        PERFORM dba.f_refuse(p_table, p_column, p_value, format('is not in %s', p_other),
                             coalesce('use one that is: ' || known, 'add a row there first'));
    END IF;
END $_$;


ALTER FUNCTION dba.f_check_row_exists(p_table text, p_column text, p_value text, p_other regclass, p_key text) OWNER TO etl_owner;

--
-- Name: FUNCTION f_check_row_exists(p_table text, p_column text, p_value text, p_other regclass, p_key text); Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON FUNCTION dba.f_check_row_exists(p_table text, p_column text, p_value text, p_other regclass, p_key text) IS 'Refuses a reference to a row that does not exist, and lists some that do.';


--
-- Name: f_check_schema_object(text, text, text, text); Type: FUNCTION; Schema: dba; Owner: etl_owner
--

CREATE FUNCTION dba.f_check_schema_object(p_table text, p_column text, p_value text, p_example text) RETURNS void
    LANGUAGE plpgsql
    AS $_$
BEGIN
    IF p_value !~ '^[a-z_][a-z0-9_]{0,62}\.[a-z_][a-z0-9_]{0,62}$' THEN
        PERFORM dba.f_refuse(p_table, p_column, p_value, 'is not schema.name in lower-case letters, digits and _',
                             'write the schema, a dot and the name, e.g. ' || p_example);
    END IF;
END $_$;


ALTER FUNCTION dba.f_check_schema_object(p_table text, p_column text, p_value text, p_example text) OWNER TO etl_owner;

--
-- Name: FUNCTION f_check_schema_object(p_table text, p_column text, p_value text, p_example text); Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON FUNCTION dba.f_check_schema_object(p_table text, p_column text, p_value text, p_example text) IS 'Refuses anything but a lower-case schema.name.';


--
-- Name: f_check_target_table(text, text, text); Type: FUNCTION; Schema: dba; Owner: etl_owner
--

CREATE FUNCTION dba.f_check_target_table(p_table text, p_column text, p_value text) RETURNS void
    LANGUAGE plpgsql
    AS $_$
BEGIN
    PERFORM dba.f_check_schema_object(p_table, p_column, p_value, 'feeds.orders');
    IF split_part(p_value, '.', 1) ~ '^(dba|information_schema|pg_.*)$' THEN
        PERFORM dba.f_refuse(p_table, p_column, p_value, 'is in a schema that belongs to the pipeline or to PostgreSQL',
                             'choose another schema, e.g. feeds.' || split_part(p_value, '.', 2));
    END IF;
END $_$;


ALTER FUNCTION dba.f_check_target_table(p_table text, p_column text, p_value text) OWNER TO etl_owner;

--
-- Name: FUNCTION f_check_target_table(p_table text, p_column text, p_value text); Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON FUNCTION dba.f_check_target_table(p_table text, p_column text, p_value text) IS 'Refuses a target outside schema.table, or in dba or a system schema.';


--
-- Name: f_check_texpectation(); Type: FUNCTION; Schema: dba; Owner: etl_owner
--

CREATE FUNCTION dba.f_check_texpectation() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
DECLARE
    t constant text := 'texpectation';
BEGIN
    PERFORM dba.f_check_name(t, 'expectation_name', NEW.expectation_name),
            dba.f_check_not_taken(t, 'expectation_name', NEW.expectation_name, 'expectationid', NEW.expectationid, TG_OP);
    PERFORM dba.f_check_required(t, 'due_time', NEW.due_time::text);
    IF num_nonnulls(NEW.config_id, NEW.schedulerid, NEW.reportid) <> 1 THEN
        PERFORM dba.f_refuse(t, 'config_id', NEW.config_id::text,
            CASE WHEN coalesce(NEW.config_id, NEW.schedulerid, NEW.reportid) IS NULL THEN 'is empty, and so are schedulerid and reportid'
                 ELSE 'is not the only one of config_id, schedulerid and reportid that is set' END,
                             'set exactly one of the three');
    END IF;
    PERFORM dba.f_check_row_exists(t, 'config_id', NEW.config_id::text, 'dba.timportconfig', 'config_id'),
            dba.f_check_row_exists(t, 'schedulerid', NEW.schedulerid::text, 'dba.tscheduler', 'schedulerid'),
            dba.f_check_row_exists(t, 'reportid', NEW.reportid::text, 'dba.treportmanager', 'reportid');
    PERFORM dba.f_check_at_least(t, 'min_rows', NEW.min_rows, 0);
    RETURN NEW;
END $$;


ALTER FUNCTION dba.f_check_texpectation() OWNER TO etl_owner;

--
-- Name: FUNCTION f_check_texpectation(); Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON FUNCTION dba.f_check_texpectation() IS 'Trigger: refuses a wrong expectation, naming the column and the fix.';


--
-- Name: f_check_timportcolumn(); Type: FUNCTION; Schema: dba; Owner: etl_owner
--

CREATE FUNCTION dba.f_check_timportcolumn() RETURNS trigger
    LANGUAGE plpgsql
    AS $_$
DECLARE
    t constant text := 'timportcolumn';
BEGIN
    PERFORM dba.f_check_required(t, 'config_id', NEW.config_id::text),
            dba.f_check_row_exists(t, 'config_id', NEW.config_id::text, 'dba.timportconfig', 'config_id');
    PERFORM dba.f_check_required(t, 'source_name', NEW.source_name);
    PERFORM dba.f_check_identifier(t, 'target_name', NEW.target_name);
    IF NEW.target_name IN ('datasetid', 'tableoid', 'xmin', 'cmin', 'xmax', 'cmax', 'ctid') THEN
        PERFORM dba.f_refuse(t, 'target_name', NEW.target_name, 'is a column of the pipeline or of PostgreSQL itself',
                             'choose another name, e.g. client_' || NEW.target_name);
    END IF;
    NEW.data_type := lower(btrim(NEW.data_type));
    IF NEW.data_type IS NULL OR NEW.data_type !~ ('^(text|smallint|integer|int|bigint|real|double precision|boolean|date|time|uuid|json|jsonb'
            '|timestamp( with(out)? time zone)?|timestamptz'
            '|(varchar|character varying|char)\([1-9][0-9]{0,6}\)|numeric(\([1-9][0-9]{0,2}(, *[0-9]{1,3})?\))?)$') THEN
        PERFORM dba.f_refuse(t, 'data_type', NEW.data_type, 'is not a type an import can load',
            'use text, varchar(50), integer, bigint, numeric, numeric(12,2), double precision, boolean, date, timestamp, '
            'timestamptz, time, uuid or jsonb');
    END IF;
    PERFORM dba.f_check_date_format(t, 'date_format', NEW.date_format);
    IF NEW.date_format IS NOT NULL AND NEW.data_type !~ '^(date|timestamp)' THEN
        PERFORM dba.f_refuse(t, 'date_format', NEW.date_format, format('is given for type %s', NEW.data_type),
                             'set data_type to date or timestamp, or leave date_format empty');
    END IF;
    RETURN NEW;
END $_$;


ALTER FUNCTION dba.f_check_timportcolumn() OWNER TO etl_owner;

--
-- Name: FUNCTION f_check_timportcolumn(); Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON FUNCTION dba.f_check_timportcolumn() IS 'Trigger: refuses a wrong column row, naming the column and the fix.';


--
-- Name: f_check_timportconfig(); Type: FUNCTION; Schema: dba; Owner: etl_owner
--

CREATE FUNCTION dba.f_check_timportconfig() RETURNS trigger
    LANGUAGE plpgsql
    AS $_$
DECLARE
    t constant text := 'timportconfig';
BEGIN
    PERFORM dba.f_check_name(t, 'config_name', NEW.config_name),
            dba.f_check_not_taken(t, 'config_name', NEW.config_name, 'config_id', NEW.config_id, TG_OP);
    PERFORM dba.f_check_required(t, 'datasource', NEW.datasource), dba.f_check_one_line(t, 'datasource', NEW.datasource);
    PERFORM dba.f_check_required(t, 'datasettype', NEW.datasettype), dba.f_check_one_line(t, 'datasettype', NEW.datasettype);
    PERFORM dba.f_check_folder(t, 'source_directory', NEW.source_directory), dba.f_check_folder(t, 'archive_directory', NEW.archive_directory);
    IF rtrim(NEW.source_directory, '/') = rtrim(NEW.archive_directory, '/') THEN
        PERFORM dba.f_refuse(t, 'archive_directory', NEW.archive_directory, 'is the source_directory', 'choose another folder, e.g. archive');
    END IF;
    PERFORM dba.f_check_required(t, 'file_pattern', NEW.file_pattern), dba.f_check_regex(t, 'file_pattern', NEW.file_pattern);
    PERFORM dba.f_check_choice(t, 'file_type', NEW.file_type, 'CSV', 'XLS', 'XLSX', 'AUTO');
    PERFORM dba.f_check_required(t, 'target_table', NEW.target_table), dba.f_check_target_table(t, 'target_table', NEW.target_table);
    PERFORM dba.f_check_required(t, 'importstrategyid', NEW.importstrategyid::text),
            dba.f_check_row_exists(t, 'importstrategyid', NEW.importstrategyid::text, 'dba.timportstrategy', 'importstrategyid');

    PERFORM dba.f_check_choice(t, 'metadata_label_source', NEW.metadata_label_source, 'filename', 'file_content', 'static');
    IF NEW.metadata_label_source = 'static' THEN
        NEW.metadata_label_location := coalesce(NEW.metadata_label_location, NEW.config_name);
    END IF;
    PERFORM dba.f_check_metadata_location('metadata_label_location', NEW.metadata_label_source, NEW.metadata_label_location, 'metadata_label_source');
    PERFORM dba.f_check_required(t, 'filename_delimiter', replace(NEW.filename_delimiter, ' ', '_')),
            dba.f_check_one_line(t, 'filename_delimiter', NEW.filename_delimiter);

    PERFORM dba.f_check_choice(t, 'dateconfig', NEW.dateconfig, 'filename', 'file_content', 'static', 'mtime');
    IF NEW.dateconfig = 'mtime' THEN
        IF coalesce(NEW.datelocation, NEW.dateformat) IS NOT NULL THEN
            PERFORM dba.f_refuse(t, CASE WHEN NEW.datelocation IS NULL THEN 'dateformat' ELSE 'datelocation' END,
                coalesce(NEW.datelocation, NEW.dateformat), 'is given, but dateconfig mtime reads no date text',
                'leave datelocation and dateformat empty, or set dateconfig to filename, file_content or static');
        END IF;
    ELSE
        PERFORM dba.f_check_metadata_location('datelocation', NEW.dateconfig, NEW.datelocation, 'dateconfig');
        PERFORM dba.f_check_required(t, 'dateformat', NEW.dateformat), dba.f_check_date_format(t, 'dateformat', NEW.dateformat);
    END IF;

    NEW.field_delimiter := CASE WHEN NEW.field_delimiter = '\t' THEN E'\t' ELSE NEW.field_delimiter END;
    IF NEW.field_delimiter !~ '^([^\u0001-\u001f"a-zA-Z0-9]|\t)$' THEN
        PERFORM dba.f_refuse(t, 'field_delimiter', NEW.field_delimiter, 'is not one separating character',
                             'use , or ; or | or \t, or leave it empty');
    END IF;
    IF NEW.quote_char !~ '^[^\u0001-\u0020a-zA-Z0-9]$' OR NEW.quote_char = NEW.field_delimiter THEN
        PERFORM dba.f_refuse(t, 'quote_char', NEW.quote_char, 'is not one quote character', 'use " or '', or leave it empty');
    END IF;
    NEW.encoding := nullif(NEW.encoding, '');
    PERFORM dba.f_check_encoding(t, 'encoding', NEW.encoding);
    PERFORM dba.f_check_one_line(t, 'sheet', NEW.sheet);
    PERFORM dba.f_check_at_least(t, 'header_row', NEW.header_row, 0), dba.f_check_at_least(t, 'skip_rows', NEW.skip_rows, 0),
            dba.f_check_at_least(t, 'skip_footer', NEW.skip_footer, 0), dba.f_check_at_least(t, 'max_reject_rows', NEW.max_reject_rows, 0),
            dba.f_check_at_least(t, 'min_rows', NEW.min_rows, 0);
    IF array_position(NEW.null_tokens, NULL) IS NOT NULL THEN
        PERFORM dba.f_refuse(t, 'null_tokens', NEW.null_tokens::text, 'holds NULL', 'put it in double quotes: ''{"","NULL"}''');
    END IF;
    PERFORM dba.f_check_choice(t, 'decimal_mark', NEW.decimal_mark, '.', ',');
    PERFORM dba.f_check_choice(t, 'column_types', NEW.column_types, 'text', 'infer');
    PERFORM dba.f_check_choice(t, 'on_duplicate', NEW.on_duplicate, 'skip', 'reload');
    PERFORM dba.f_check_schema_object(t, 'post_import_procedure', NEW.post_import_procedure, 'feeds.p_tidy_orders');
    PERFORM dba.f_check_transform(NEW.transform);
    RETURN NEW;
END $_$;


ALTER FUNCTION dba.f_check_timportconfig() OWNER TO etl_owner;

--
-- Name: FUNCTION f_check_timportconfig(); Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON FUNCTION dba.f_check_timportconfig() IS 'Trigger: refuses a wrong feed, naming the column and the fix.';


--
-- Name: f_check_tinboxconfig(); Type: FUNCTION; Schema: dba; Owner: etl_owner
--

CREATE FUNCTION dba.f_check_tinboxconfig() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
DECLARE
    t constant text := 'tinboxconfig';
BEGIN
    PERFORM dba.f_check_name(t, 'config_name', NEW.config_name),
            dba.f_check_not_taken(t, 'config_name', NEW.config_name, 'config_id', NEW.config_id, TG_OP);
    NEW.subject_pattern := nullif(NEW.subject_pattern, '');
    NEW.subject_contains := nullif(NEW.subject_contains, '');
    NEW.sender_filter := nullif(NEW.sender_filter, '');
    NEW.attachment_name_pattern := nullif(NEW.attachment_name_pattern, '');
    IF num_nonnulls(NEW.subject_pattern, NEW.subject_contains, NEW.sender_filter, NEW.has_attachment) = 0 THEN
        PERFORM dba.f_refuse(t, 'subject_contains', NULL, 'is empty, like every other condition, so the rule would take every mail',
                             'set subject_contains, subject_pattern, sender_filter or has_attachment');
    END IF;
    PERFORM dba.f_check_regex(t, 'subject_pattern', NEW.subject_pattern);
    PERFORM dba.f_check_one_line(t, 'subject_contains', NEW.subject_contains);
    PERFORM dba.f_check_regex(t, 'sender_filter', NEW.sender_filter);
    PERFORM dba.f_check_regex(t, 'attachment_name_pattern', NEW.attachment_name_pattern);
    IF NEW.attachment_name_pattern IS NOT NULL AND NOT NEW.has_attachment THEN
        PERFORM dba.f_refuse(t, 'attachment_name_pattern', NEW.attachment_name_pattern, 'is given, but has_attachment is false',
                             'set has_attachment to true or NULL, or leave the pattern empty');
    END IF;
    PERFORM dba.f_check_address_list(t, 'gmail_account', NEW.gmail_account);
    IF NEW.gmail_account ~ '[,<]' THEN
        PERFORM dba.f_refuse(t, 'gmail_account', NEW.gmail_account, 'is not one plain mail address', 'write one address, e.g. pipeline@gmail.com');
    END IF;
    PERFORM dba.f_check_folder(t, 'local_repository_path', NEW.local_repository_path);
    PERFORM dba.f_check_required(t, 'processed_label', NEW.processed_label), dba.f_check_one_line(t, 'processed_label', NEW.processed_label);
    PERFORM dba.f_check_required(t, 'error_label', NEW.error_label), dba.f_check_one_line(t, 'error_label', NEW.error_label);
    IF lower(NEW.processed_label) = lower(NEW.error_label) THEN
        PERFORM dba.f_refuse(t, 'error_label', NEW.error_label, 'is also the processed_label', 'choose two names, e.g. Processed and ErrorFolder');
    END IF;
    RETURN NEW;
END $$;


ALTER FUNCTION dba.f_check_tinboxconfig() OWNER TO etl_owner;

--
-- Name: FUNCTION f_check_tinboxconfig(); Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON FUNCTION dba.f_check_tinboxconfig() IS 'Trigger: refuses a wrong mail rule, naming the column and the fix.';


--
-- Name: f_check_tlogretention(); Type: FUNCTION; Schema: dba; Owner: etl_owner
--

CREATE FUNCTION dba.f_check_tlogretention() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF dba.f_log_time_column(NEW.table_name) IS NULL THEN
        PERFORM dba.f_refuse('tlogretention', 'table_name', NEW.table_name, 'is not a log table that may be purged',
            'use tlogentry, tjobrun, tmaintenancelog, tddllogs, tlongrunningquery or ttableindexstats');
    END IF;
    PERFORM dba.f_check_required('tlogretention', 'keep_days', NEW.keep_days::text),
            dba.f_check_at_least('tlogretention', 'keep_days', NEW.keep_days, 7);
    RETURN NEW;
END $$;


ALTER FUNCTION dba.f_check_tlogretention() OWNER TO etl_owner;

--
-- Name: FUNCTION f_check_tlogretention(); Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON FUNCTION dba.f_check_tlogretention() IS 'Trigger: refuses a table that must not be purged and a keeping time under a week.';


--
-- Name: f_check_tmeetmaxconfig(); Type: FUNCTION; Schema: dba; Owner: etl_owner
--

CREATE FUNCTION dba.f_check_tmeetmaxconfig() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
DECLARE
    t constant text := 'tmeetmaxconfig';
BEGIN
    PERFORM dba.f_check_name(t, 'config_name', NEW.config_name),
            dba.f_check_not_taken(t, 'config_name', NEW.config_name, 'config_id', NEW.config_id, TG_OP);
    PERFORM dba.f_check_required(t, 'base_url', NEW.base_url), dba.f_check_web_address(t, 'base_url', NEW.base_url);
    PERFORM dba.f_check_event_ids(NEW.event_ids);
    PERFORM dba.f_check_folder(t, 'download_directory', NEW.download_directory);
    PERFORM dba.f_check_at_least(t, 'delay_seconds', NEW.delay_seconds, 0), dba.f_check_at_least(t, 'max_retries', NEW.max_retries, 0),
            dba.f_check_at_least(t, 'max_seconds', NEW.max_seconds, 1), dba.f_check_at_least(t, 'max_bytes', NEW.max_bytes, 1);
    RETURN NEW;
END $$;


ALTER FUNCTION dba.f_check_tmeetmaxconfig() OWNER TO etl_owner;

--
-- Name: FUNCTION f_check_tmeetmaxconfig(); Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON FUNCTION dba.f_check_tmeetmaxconfig() IS 'Trigger: refuses a wrong row, naming the column and the fix.';


--
-- Name: f_check_transform(jsonb); Type: FUNCTION; Schema: dba; Owner: etl_owner
--

CREATE FUNCTION dba.f_check_transform(p_transform jsonb) RETURNS void
    LANGUAGE plpgsql
    AS $_$
DECLARE
    number bigint;
BEGIN
    IF jsonb_typeof(p_transform) IS DISTINCT FROM 'array' THEN
        PERFORM dba.f_refuse('timportconfig', 'transform', p_transform::text, 'is not a JSON list',
                             'write [{"step": "..."}], or [] for none');
    END IF;
    SELECT position INTO number FROM jsonb_array_elements(p_transform) WITH ORDINALITY AS steps (step, position)
    WHERE jsonb_typeof(step) <> 'object' OR coalesce(jsonb_typeof(step -> 'step'), '') <> 'string' OR step ->> 'step' !~ '^[a-z_]+$' LIMIT 1;
    IF number IS NOT NULL THEN
        PERFORM dba.f_refuse('timportconfig', 'transform', p_transform ->> (number - 1)::int,
                             format('is item %s and has no step name', number),
                             'write each step as an object such as {"step": "..."}');
    END IF;
END $_$;


ALTER FUNCTION dba.f_check_transform(p_transform jsonb) OWNER TO etl_owner;

--
-- Name: FUNCTION f_check_transform(p_transform jsonb); Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON FUNCTION dba.f_check_transform(p_transform jsonb) IS 'Checks the shape of the list of steps; the import checks the steps themselves.';


--
-- Name: f_check_treportmanager(); Type: FUNCTION; Schema: dba; Owner: etl_owner
--

CREATE FUNCTION dba.f_check_treportmanager() RETURNS trigger
    LANGUAGE plpgsql
    AS $_$
DECLARE
    t constant text := 'treportmanager';
BEGIN
    PERFORM dba.f_check_name(t, 'reportname', NEW.reportname),
            dba.f_check_not_taken(t, 'reportname', NEW.reportname, 'reportid', NEW.reportid, TG_OP);
    NEW.frequency := nullif(btrim(NEW.frequency, ' '), '');
    PERFORM dba.f_check_cron(t, 'frequency', NEW.frequency);
    NEW.subjectheader := coalesce(NEW.subjectheader, NEW.reportname);
    PERFORM dba.f_check_required(t, 'subjectheader', NEW.subjectheader), dba.f_check_one_line(t, 'subjectheader', NEW.subjectheader);
    PERFORM dba.f_check_required(t, 'toheader', NEW.toheader);
    NEW.cc := nullif(NEW.cc, '');
    NEW.bcc := nullif(NEW.bcc, '');
    PERFORM dba.f_check_address_list(t, 'toheader', NEW.toheader), dba.f_check_address_list(t, 'cc', NEW.cc),
            dba.f_check_address_list(t, 'bcc', NEW.bcc);
    PERFORM dba.f_check_required(t, 'emailbodytemplate', NEW.emailbodytemplate);
    PERFORM dba.f_check_body_queries(NEW.emailbodyqueries);
    PERFORM dba.f_check_named_queries('charts', NEW.charts, '^[a-zA-Z_][a-zA-Z0-9_]*$');
    PERFORM dba.f_check_named_queries('attachmentqueries', NEW.attachmentqueries, '^[^/\\\u0001-\u001f.][^/\\\u0001-\u001f]{0,99}$');
    PERFORM dba.f_check_choice(t, 'attachmentqueries', item ->> 'format', 'csv', 'xlsx')
    FROM jsonb_array_elements(NEW.attachmentqueries) AS item WHERE item ? 'format';
    PERFORM dba.f_check_placeholders(NEW.emailbodytemplate, NEW.emailbodyqueries, NEW.charts);
    NEW.hasattachment := coalesce(NEW.hasattachment, NEW.attachmentqueries <> '[]');
    IF NEW.hasattachment AND NEW.attachmentqueries = '[]' THEN
        PERFORM dba.f_refuse(t, 'hasattachment', 'true', 'is set, but attachmentqueries is empty',
                             'add an attachment query, or set hasattachment to false');
    END IF;
    PERFORM dba.f_check_choice(t, 'attachment_format', NEW.attachment_format, 'csv', 'xlsx');
    PERFORM dba.f_check_choice(t, 'when_empty', NEW.when_empty, 'send', 'skip', 'note');
    PERFORM dba.f_check_choice(t, 'on_error', NEW.on_error, 'hold', 'note');
    IF NEW.max_data_age <= '0' THEN
        PERFORM dba.f_refuse(t, 'max_data_age', NEW.max_data_age::text, 'is not longer than nothing', 'use e.g. 26 hours, or leave it empty');
    END IF;
    PERFORM dba.f_check_choice(t, 'datastatusid', NEW.datastatusid::text, '1', '2');
    RETURN NEW;
END $_$;


ALTER FUNCTION dba.f_check_treportmanager() OWNER TO etl_owner;

--
-- Name: FUNCTION f_check_treportmanager(); Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON FUNCTION dba.f_check_treportmanager() IS 'Trigger: refuses a wrong report, naming the column and the fix.';


--
-- Name: f_check_tscheduler(); Type: FUNCTION; Schema: dba; Owner: etl_owner
--

CREATE FUNCTION dba.f_check_tscheduler() RETURNS trigger
    LANGUAGE plpgsql
    AS $_$
DECLARE
    t constant text := 'tscheduler';
BEGIN
    PERFORM dba.f_check_name(t, 'taskname', NEW.taskname),
            dba.f_check_not_taken(t, 'taskname', NEW.taskname, 'schedulerid', NEW.schedulerid, TG_OP);
    NEW.frequency := nullif(btrim(NEW.frequency, ' '), '');
    IF num_nonnulls(NEW.frequency, NEW.run_after_schedulerid) <> 1 THEN
        PERFORM dba.f_refuse(t, 'frequency', NEW.frequency,
            CASE WHEN NEW.frequency IS NULL THEN 'is empty, so the job would never run' ELSE 'is given together with run_after_schedulerid' END,
            'set either frequency, e.g. 0 3 * * *, or run_after_schedulerid');
    END IF;
    PERFORM dba.f_check_cron(t, 'frequency', NEW.frequency);
    PERFORM dba.f_check_chain(NEW.schedulerid, NEW.run_after_schedulerid);
    PERFORM dba.f_check_required(t, 'scriptpath', NEW.scriptpath), dba.f_check_one_line(t, 'scriptpath', NEW.scriptpath);
    IF NEW.scriptpath !~ '^[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}\.(py|sh)$' THEN
        PERFORM dba.f_refuse(t, 'scriptpath', NEW.scriptpath, 'is not the plain name of a .py or .sh file in jobscripts/',
                             'name the file only, without folder or arguments, e.g. run_import_job.py');
    END IF;
    NEW.scriptargs := coalesce(NEW.scriptargs, '');
    PERFORM dba.f_check_arguments(t, 'scriptargs', NEW.scriptargs);
    IF coalesce(NEW.timeout_minutes, 0) NOT BETWEEN 1 AND 10080 THEN
        PERFORM dba.f_refuse(t, 'timeout_minutes', NEW.timeout_minutes::text, 'is not between 1 and 10080 (a week)', 'use e.g. 60');
    END IF;
    PERFORM dba.f_check_choice(t, 'catch_up', NEW.catch_up, 'none', 'last');
    PERFORM dba.f_check_web_address(t, 'ping_url', NEW.ping_url);
    PERFORM dba.f_check_choice(t, 'datastatusid', NEW.datastatusid::text, '1', '2');
    RETURN NEW;
END $_$;


ALTER FUNCTION dba.f_check_tscheduler() OWNER TO etl_owner;

--
-- Name: FUNCTION f_check_tscheduler(); Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON FUNCTION dba.f_check_tscheduler() IS 'Trigger: refuses a wrong schedule, naming the column and the fix.';


--
-- Name: f_check_tsftpconfig(); Type: FUNCTION; Schema: dba; Owner: etl_owner
--

CREATE FUNCTION dba.f_check_tsftpconfig() RETURNS trigger
    LANGUAGE plpgsql
    AS $_$
DECLARE
    t constant text := 'tsftpconfig';
BEGIN
    PERFORM dba.f_check_name(t, 'config_name', NEW.config_name),
            dba.f_check_not_taken(t, 'config_name', NEW.config_name, 'config_id', NEW.config_id, TG_OP);
    PERFORM dba.f_check_required(t, name, value), dba.f_check_one_line(t, name, value)
    FROM (VALUES ('host', NEW.host), ('username', NEW.username), ('remote_path', NEW.remote_path),
                 ('host_key', NEW.host_key)) AS given (name, value);
    IF NEW.host !~ '^([A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?|[0-9a-fA-F:]+)$' THEN
        PERFORM dba.f_refuse(t, 'host', NEW.host, 'is not the name or address of a machine',
                             'write it without sftp:// and without a folder, e.g. sftp.example.com');
    END IF;
    IF coalesce(NEW.port, 0) NOT BETWEEN 1 AND 65535 THEN
        PERFORM dba.f_refuse(t, 'port', NEW.port::text, 'is not a port', 'use a number from 1 to 65535, usually 22');
    END IF;
    IF NEW.host_key !~ '^((ssh-(ed25519|rsa)|ecdsa-sha2-nistp(256|384|521)) AAAA[A-Za-z0-9+/]{20,}={0,2}|SHA256:[A-Za-z0-9+/]{43}=?)$' THEN
        PERFORM dba.f_refuse(t, 'host_key', NEW.host_key, 'is not a public host key',
            'ask the other side for it, or compare what "ssh-keyscan -t ed25519 HOST" prints; write ssh-ed25519 AAAA... or SHA256:...');
    END IF;
    PERFORM dba.f_check_folder(t, 'key_file', NEW.key_file), dba.f_check_folder(t, 'local_path', NEW.local_path);
    PERFORM dba.f_check_choice(t, 'direction', NEW.direction, 'pull', 'push');
    PERFORM dba.f_check_required(t, 'file_pattern', NEW.file_pattern), dba.f_check_regex(t, 'file_pattern', NEW.file_pattern);
    PERFORM dba.f_check_choice(t, 'after_transfer', NEW.after_transfer, 'leave', 'delete', 'move');
    IF (NEW.after_transfer = 'move') <> (NEW.after_transfer_path IS NOT NULL) THEN
        PERFORM dba.f_refuse(t, 'after_transfer_path', NEW.after_transfer_path, format('does not fit after_transfer %s', NEW.after_transfer),
                             'give the folder with move, and leave it empty otherwise');
    END IF;
    PERFORM dba.f_check_one_line(t, 'after_transfer_path', NEW.after_transfer_path);
    PERFORM dba.f_check_at_least(t, 'timeout_seconds', NEW.timeout_seconds, 1);
    RETURN NEW;
END $_$;


ALTER FUNCTION dba.f_check_tsftpconfig() OWNER TO etl_owner;

--
-- Name: FUNCTION f_check_tsftpconfig(); Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON FUNCTION dba.f_check_tsftpconfig() IS 'Trigger: refuses a wrong exchange, naming the column and the fix.';


--
-- Name: f_check_web_address(text, text, text); Type: FUNCTION; Schema: dba; Owner: etl_owner
--

CREATE FUNCTION dba.f_check_web_address(p_table text, p_column text, p_value text) RETURNS void
    LANGUAGE plpgsql
    AS $_$
BEGIN
    PERFORM dba.f_check_one_line(p_table, p_column, p_value);
    IF p_value !~* '^https?://[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:[0-9]{1,5})?([/?#]\S*)?$' THEN
        PERFORM dba.f_refuse(p_table, p_column, p_value, 'is not a web address', 'write it whole, e.g. https://www.example.com/path');
    END IF;
END $_$;


ALTER FUNCTION dba.f_check_web_address(p_table text, p_column text, p_value text) OWNER TO etl_owner;

--
-- Name: FUNCTION f_check_web_address(p_table text, p_column text, p_value text); Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON FUNCTION dba.f_check_web_address(p_table text, p_column text, p_value text) IS 'Refuses anything but an http or https address, without a user name in it.';


--
-- Name: f_config_columns(text, jsonb); Type: FUNCTION; Schema: dba; Owner: etl_owner
--

CREATE FUNCTION dba.f_config_columns(p_table text, p_settings jsonb) RETURNS text[]
    LANGUAGE plpgsql STABLE
    AS $$
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


ALTER FUNCTION dba.f_config_columns(p_table text, p_settings jsonb) OWNER TO etl_owner;

--
-- Name: FUNCTION f_config_columns(p_table text, p_settings jsonb); Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON FUNCTION dba.f_config_columns(p_table text, p_settings jsonb) IS 'The columns named in the settings; refuses one the table does not have.';


--
-- Name: f_config_insert(text, text, jsonb); Type: FUNCTION; Schema: dba; Owner: etl_owner
--

CREATE FUNCTION dba.f_config_insert(p_table text, p_key text, p_settings jsonb) RETURNS integer
    LANGUAGE plpgsql
    AS $_$
DECLARE
    columns text := (SELECT string_agg(quote_ident(name), ', ') FROM unnest(dba.f_config_columns(p_table, p_settings)) AS name);
    new_key int;
BEGIN
    EXECUTE format('INSERT INTO dba.%1$I (%2$s) SELECT %2$s FROM jsonb_populate_record(NULL::dba.%1$I, $1) RETURNING %3$I',
                   p_table, columns, p_key) INTO new_key USING p_settings;
    RETURN new_key;
END $_$;


ALTER FUNCTION dba.f_config_insert(p_table text, p_key text, p_settings jsonb) OWNER TO etl_owner;

--
-- Name: FUNCTION f_config_insert(p_table text, p_key text, p_settings jsonb); Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON FUNCTION dba.f_config_insert(p_table text, p_key text, p_settings jsonb) IS 'Adds one config row; columns not named get their defaults. Returns its key.';


--
-- Name: f_config_update(text, text, integer, jsonb); Type: FUNCTION; Schema: dba; Owner: etl_owner
--

CREATE FUNCTION dba.f_config_update(p_table text, p_key text, p_id integer, p_settings jsonb) RETURNS void
    LANGUAGE plpgsql
    AS $_$
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
END $_$;


ALTER FUNCTION dba.f_config_update(p_table text, p_key text, p_id integer, p_settings jsonb) OWNER TO etl_owner;

--
-- Name: FUNCTION f_config_update(p_table text, p_key text, p_id integer, p_settings jsonb); Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON FUNCTION dba.f_config_update(p_table text, p_key text, p_id integer, p_settings jsonb) IS 'Changes the named columns of one config row and no others.';


--
-- Name: f_cron_field_values(text, integer, integer, text[]); Type: FUNCTION; Schema: dba; Owner: etl_owner
--

CREATE FUNCTION dba.f_cron_field_values(p_field text, p_low integer, p_high integer, p_names text[]) RETURNS integer[]
    LANGUAGE plpgsql IMMUTABLE
    AS $_$
DECLARE
    item text;
    part text[];
    first_value int;
    last_value int;
    step int;
    result int[] := '{}';
BEGIN
    FOREACH item IN ARRAY string_to_array(lower(p_field), ',') LOOP
        part := regexp_match(item, '^(?:(\*)|(\d{1,2}|[a-z]{3})(?:-(\d{1,2}|[a-z]{3}))?)(?:/(\d{1,2}))?$');
        -- "5/15" is read differently by different crons, so a step needs a range or a star.
        IF part IS NULL OR part[4] IS NOT NULL AND part[1] IS NULL AND part[3] IS NULL THEN
            RETURN NULL;
        END IF;
        first_value := CASE WHEN part[1] = '*' THEN p_low WHEN part[2] ~ '\d' THEN part[2]::int
                            ELSE array_position(p_names, part[2]) - 1 + p_low END;
        last_value := CASE WHEN part[1] = '*' THEN p_high WHEN part[3] IS NULL THEN first_value WHEN part[3] ~ '\d' THEN part[3]::int
                           ELSE array_position(p_names, part[3]) - 1 + p_low END;
        step := coalesce(part[4], '1')::int;
        IF first_value IS NULL OR last_value IS NULL OR first_value < p_low OR last_value > p_high OR first_value > last_value
           OR step < 1 OR step > p_high THEN
            RETURN NULL;
        END IF;
        result := result || ARRAY(SELECT generate_series(first_value, last_value, step));
    END LOOP;
    RETURN result;
END $_$;


ALTER FUNCTION dba.f_cron_field_values(p_field text, p_low integer, p_high integer, p_names text[]) OWNER TO etl_owner;

--
-- Name: FUNCTION f_cron_field_values(p_field text, p_low integer, p_high integer, p_names text[]); Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON FUNCTION dba.f_cron_field_values(p_field text, p_low integer, p_high integer, p_names text[]) IS 'The values one cron field stands for; NULL when it is not valid.';


--
-- Name: f_dataset_iu(text, text, text, date); Type: FUNCTION; Schema: dba; Owner: etl_owner
--

CREATE FUNCTION dba.f_dataset_iu(p_datasettype text, p_datasource text, p_label text, p_datasetdate date) RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
DECLARE
    new_id bigint;
BEGIN
    PERFORM dba.f_check_required('tdataset', name, value)
    FROM (VALUES ('datasettype', p_datasettype), ('datasource', p_datasource), ('label', p_label),
                 ('datasetdate', p_datasetdate::text)) AS given (name, value);
    INSERT INTO dba.tdatasettype (datasettypename) SELECT p_datasettype
    WHERE NOT EXISTS (SELECT FROM dba.tdatasettype WHERE datasettypename = p_datasettype) ON CONFLICT DO NOTHING;
    INSERT INTO dba.tdatasource (datasourcename) SELECT p_datasource
    WHERE NOT EXISTS (SELECT FROM dba.tdatasource WHERE datasourcename = p_datasource) ON CONFLICT DO NOTHING;
    INSERT INTO dba.tdataset (datasettypeid, datasourceid, label, datasetdate)
    SELECT datasettypeid, datasourceid, p_label, p_datasetdate
    FROM dba.tdatasettype, dba.tdatasource WHERE datasettypename = p_datasettype AND datasourcename = p_datasource
    RETURNING datasetid INTO STRICT new_id;
    RETURN new_id;
END $$;


ALTER FUNCTION dba.f_dataset_iu(p_datasettype text, p_datasource text, p_label text, p_datasetdate date) OWNER TO etl_owner;

--
-- Name: FUNCTION f_dataset_iu(p_datasettype text, p_datasource text, p_label text, p_datasetdate date); Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON FUNCTION dba.f_dataset_iu(p_datasettype text, p_datasource text, p_label text, p_datasetdate date) IS 'Adds a New, inactive dataset and returns its datasetid; adds the type and source names when they are new.';


--
-- Name: f_existing_column(regclass, text[]); Type: FUNCTION; Schema: dba; Owner: etl_owner
--

CREATE FUNCTION dba.f_existing_column(p_table regclass, VARIADIC p_names text[]) RETURNS text
    LANGUAGE sql STABLE
    AS $$
    SELECT attname::text FROM pg_catalog.pg_attribute
    WHERE attrelid = p_table AND attnum > 0 AND NOT attisdropped AND attname = ANY (p_names)
    ORDER BY array_position(p_names, attname::text) LIMIT 1
$$;


ALTER FUNCTION dba.f_existing_column(p_table regclass, VARIADIC p_names text[]) OWNER TO etl_owner;

--
-- Name: FUNCTION f_existing_column(p_table regclass, VARIADIC p_names text[]); Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON FUNCTION dba.f_existing_column(p_table regclass, VARIADIC p_names text[]) IS 'The first of the names that is a column of the table; NULL when none is.';


--
-- Name: f_fill_calendar(integer, integer); Type: FUNCTION; Schema: dba; Owner: etl_owner
--

CREATE FUNCTION dba.f_fill_calendar(p_first_year integer, p_last_year integer) RETURNS integer
    LANGUAGE plpgsql
    AS $$
DECLARE
    written int;
BEGIN
    INSERT INTO dba.tcalendardays (calendardate, weekday, isweekend, isholiday, isbusinessday)
    SELECT day, extract(isodow FROM day), extract(isodow FROM day) > 5, holidaydate IS NOT NULL, dba.f_is_business_day(day)
    FROM (SELECT generate_series(make_date(p_first_year, 1, 1), make_date(p_last_year, 12, 31), '1 day')::date) AS days (day)
    LEFT JOIN dba.tholidays ON holidaydate = day
    ON CONFLICT (calendardate) DO UPDATE SET isholiday = EXCLUDED.isholiday, isbusinessday = EXCLUDED.isbusinessday
    WHERE (tcalendardays.isholiday, tcalendardays.isbusinessday) IS DISTINCT FROM (EXCLUDED.isholiday, EXCLUDED.isbusinessday);
    GET DIAGNOSTICS written = ROW_COUNT;
    RETURN written;
END $$;


ALTER FUNCTION dba.f_fill_calendar(p_first_year integer, p_last_year integer) OWNER TO etl_owner;

--
-- Name: FUNCTION f_fill_calendar(p_first_year integer, p_last_year integer); Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON FUNCTION dba.f_fill_calendar(p_first_year integer, p_last_year integer) IS 'Adds the days of the years to dba.tcalendardays and corrects those there; returns how many rows it wrote.';


--
-- Name: f_get_event_changes(date); Type: FUNCTION; Schema: dba; Owner: etl_owner
--

CREATE FUNCTION dba.f_get_event_changes(p_date date DEFAULT CURRENT_DATE) RETURNS TABLE(eventid text, company_name text, ticker text, mindate date, maxdate date, url text, scenario text)
    LANGUAGE plpgsql STABLE
    AS $_$
DECLARE
    source regclass := to_regclass('feeds.tmeetmaxevent');
    day date := CASE WHEN dba.f_is_business_day(p_date) THEN p_date ELSE dba.f_previous_business_day(p_date) END;
    event_column text := dba.f_existing_column(source, 'eventid', 'event_id');
    company_column text := dba.f_existing_column(source, 'company_name', 'company_organization', 'company', 'organization');
    ticker_column text := dba.f_existing_column(source, 'ticker', 'company_ticker', 'symbol');
    url_column text := dba.f_existing_column(source, 'url', 'event_url');
BEGIN
    IF source IS NULL OR company_column IS NULL THEN
        RETURN;
    END IF;
    RETURN QUERY EXECUTE format($query$
        WITH seen AS (
            SELECT coalesce(%1$s, dataset.label) AS eventid, %2$s AS company_name, %3$s AS ticker, %4$s AS url, dataset.datasetdate
            FROM %5$s AS event JOIN dba.tdataset AS dataset USING (datasetid)
            WHERE dataset.isactive AND dataset.datasetdate <= $1 AND %2$s IS NOT NULL
        ), compared AS (
            SELECT eventid, max(datasetdate) FILTER (WHERE datasetdate < $1) AS before FROM seen
            GROUP BY eventid HAVING max(datasetdate) = $1
        )
        SELECT eventid, company_name, max(ticker), min(datasetdate), max(datasetdate), max(url),
               CASE WHEN max(datasetdate) = $1 THEN 'Added' ELSE 'Removed' END
        FROM seen JOIN compared USING (eventid)
        GROUP BY eventid, company_name, before
        HAVING bool_or(datasetdate = $1) <> coalesce(bool_or(datasetdate = before), false)
        ORDER BY eventid, 7, company_name
        $query$,
        coalesce(format('event.%I::text', event_column), 'NULL'), format('nullif(btrim(event.%I::text), '''')', company_column),
        coalesce(format('event.%I::text', ticker_column), 'NULL::text'), coalesce(format('event.%I::text', url_column), 'NULL::text'),
        source) USING day;
END $_$;


ALTER FUNCTION dba.f_get_event_changes(p_date date) OWNER TO etl_owner;

--
-- Name: FUNCTION f_get_event_changes(p_date date); Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON FUNCTION dba.f_get_event_changes(p_date date) IS 'Companies Added to or Removed from each MeetMax event on that business day, with the first and last day each was seen. Reads feeds.tmeetmaxevent; no rows while that table does not exist. A weekend or holiday means the business day before.';


--
-- Name: f_insert_treportmanager(jsonb); Type: FUNCTION; Schema: dba; Owner: etl_owner
--

CREATE FUNCTION dba.f_insert_treportmanager(p_settings jsonb) RETURNS integer
    LANGUAGE sql
    AS $$ SELECT dba.f_config_insert('treportmanager', 'reportid', p_settings) $$;


ALTER FUNCTION dba.f_insert_treportmanager(p_settings jsonb) OWNER TO etl_owner;

--
-- Name: FUNCTION f_insert_treportmanager(p_settings jsonb); Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON FUNCTION dba.f_insert_treportmanager(p_settings jsonb) IS 'Adds a report, e.g. SELECT dba.f_insert_treportmanager(''{"reportname": "...", "toheader": "..."}''); returns its reportid.';


--
-- Name: f_insert_tscheduler(jsonb); Type: FUNCTION; Schema: dba; Owner: etl_owner
--

CREATE FUNCTION dba.f_insert_tscheduler(p_settings jsonb) RETURNS integer
    LANGUAGE sql
    AS $$ SELECT dba.f_config_insert('tscheduler', 'schedulerid', p_settings) $$;


ALTER FUNCTION dba.f_insert_tscheduler(p_settings jsonb) OWNER TO etl_owner;

--
-- Name: FUNCTION f_insert_tscheduler(p_settings jsonb); Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON FUNCTION dba.f_insert_tscheduler(p_settings jsonb) IS 'Adds a schedule, e.g. SELECT dba.f_insert_tscheduler(''{"taskname": "...", "frequency": "0 6 * * *", "scriptpath": "..."}''); returns its schedulerid.';


--
-- Name: f_is_business_day(date); Type: FUNCTION; Schema: dba; Owner: etl_owner
--

CREATE FUNCTION dba.f_is_business_day(p_date date) RETURNS boolean
    LANGUAGE sql STABLE
    AS $$
    SELECT extract(isodow FROM p_date) < 6 AND NOT EXISTS (SELECT FROM dba.tholidays WHERE holidaydate = p_date)
$$;


ALTER FUNCTION dba.f_is_business_day(p_date date) OWNER TO etl_owner;

--
-- Name: FUNCTION f_is_business_day(p_date date); Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON FUNCTION dba.f_is_business_day(p_date date) IS 'True unless the day is a Saturday, a Sunday or in dba.tholidays; any year.';


--
-- Name: f_keep_rows_with_history(text, text, text, text); Type: FUNCTION; Schema: dba; Owner: etl_owner
--

CREATE FUNCTION dba.f_keep_rows_with_history(p_table text, p_key text, p_name text, p_ledger text) RETURNS void
    LANGUAGE plpgsql
    AS $$
BEGIN
    EXECUTE format('CREATE OR REPLACE TRIGGER d_keep_history BEFORE DELETE ON dba.%I
                    FOR EACH ROW EXECUTE FUNCTION dba.f_refuse_delete(%L, %L, %L)', p_table, p_key, p_name, p_ledger);
END $$;


ALTER FUNCTION dba.f_keep_rows_with_history(p_table text, p_key text, p_name text, p_ledger text) OWNER TO etl_owner;

--
-- Name: FUNCTION f_keep_rows_with_history(p_table text, p_key text, p_name text, p_ledger text); Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON FUNCTION dba.f_keep_rows_with_history(p_table text, p_key text, p_name text, p_ledger text) IS 'Gives a config table the trigger that keeps rows which a ledger names; both tables have the key column.';


--
-- Name: f_keep_timestamps(); Type: FUNCTION; Schema: dba; Owner: etl_owner
--

CREATE FUNCTION dba.f_keep_timestamps() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    NEW.created_at := OLD.created_at;
    NEW.last_modified_at := now();
    RETURN NEW;
END $$;


ALTER FUNCTION dba.f_keep_timestamps() OWNER TO etl_owner;

--
-- Name: FUNCTION f_keep_timestamps(); Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON FUNCTION dba.f_keep_timestamps() IS 'Trigger: an update sets last_modified_at and cannot change created_at.';


--
-- Name: f_log_ddl(); Type: FUNCTION; Schema: dba; Owner: postgres
--

CREATE FUNCTION dba.f_log_ddl() RETURNS event_trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
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


ALTER FUNCTION dba.f_log_ddl() OWNER TO postgres;

--
-- Name: FUNCTION f_log_ddl(); Type: COMMENT; Schema: dba; Owner: postgres
--

COMMENT ON FUNCTION dba.f_log_ddl() IS 'Event trigger: writes dba.tddllogs. Never for temporary objects.';


--
-- Name: f_log_maintenance(text, text, timestamp with time zone, text, bigint); Type: FUNCTION; Schema: dba; Owner: etl_owner
--

CREATE FUNCTION dba.f_log_maintenance(p_operation text, p_object text, p_started timestamp with time zone, p_error text, p_rows bigint DEFAULT NULL::bigint) RETURNS void
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
    INSERT INTO dba.tmaintenancelog (started_at, finished_at, operation, object_name, rows_affected, succeeded, message)
    VALUES (p_started, clock_timestamp(), p_operation, p_object, p_rows, p_error IS NULL, p_error)
$$;


ALTER FUNCTION dba.f_log_maintenance(p_operation text, p_object text, p_started timestamp with time zone, p_error text, p_rows bigint) OWNER TO etl_owner;

--
-- Name: FUNCTION f_log_maintenance(p_operation text, p_object text, p_started timestamp with time zone, p_error text, p_rows bigint); Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON FUNCTION dba.f_log_maintenance(p_operation text, p_object text, p_started timestamp with time zone, p_error text, p_rows bigint) IS 'Adds a line to dba.tmaintenancelog.';


--
-- Name: f_log_time_column(text); Type: FUNCTION; Schema: dba; Owner: etl_owner
--

CREATE FUNCTION dba.f_log_time_column(p_table text) RETURNS text
    LANGUAGE sql IMMUTABLE
    AS $$
    SELECT time_column FROM (VALUES ('tlogentry', 'timestamp'), ('tjobrun', 'ended_at'), ('tmaintenancelog', 'started_at'),
        ('tddllogs', 'executed_at'), ('tlongrunningquery', 'last_seen_at'), ('ttableindexstats', 'taken_at')) AS logs (name, time_column)
    WHERE name = p_table
$$;


ALTER FUNCTION dba.f_log_time_column(p_table text) OWNER TO etl_owner;

--
-- Name: FUNCTION f_log_time_column(p_table text); Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON FUNCTION dba.f_log_time_column(p_table text) IS 'Which column says how old a row of a log table is; NULL for a table that is never purged.';


--
-- Name: f_maintain_table(text, regclass); Type: FUNCTION; Schema: dba; Owner: etl_owner
--

CREATE FUNCTION dba.f_maintain_table(p_operation text, p_table regclass) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
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


ALTER FUNCTION dba.f_maintain_table(p_operation text, p_table regclass) OWNER TO etl_owner;

--
-- Name: FUNCTION f_maintain_table(p_operation text, p_table regclass); Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON FUNCTION dba.f_maintain_table(p_operation text, p_table regclass) IS 'Does analyze or reindex on one table and logs it; false when it failed.';


--
-- Name: f_mark_holiday(); Type: FUNCTION; Schema: dba; Owner: etl_owner
--

CREATE FUNCTION dba.f_mark_holiday() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    UPDATE dba.tcalendardays
    SET isholiday = EXISTS (SELECT FROM dba.tholidays WHERE holidaydate = calendardate), isbusinessday = dba.f_is_business_day(calendardate)
    WHERE calendardate IN (OLD.holidaydate, NEW.holidaydate);
    RETURN NULL;
END $$;


ALTER FUNCTION dba.f_mark_holiday() OWNER TO etl_owner;

--
-- Name: FUNCTION f_mark_holiday(); Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON FUNCTION dba.f_mark_holiday() IS 'Trigger: a change in dba.tholidays shows in dba.tcalendardays.';


--
-- Name: f_our_tables(); Type: FUNCTION; Schema: dba; Owner: etl_owner
--

CREATE FUNCTION dba.f_our_tables() RETURNS TABLE(relid regclass, changed_rows bigint, dead_rows bigint, live_rows bigint)
    LANGUAGE sql STABLE
    AS $$
    SELECT stat.relid::regclass, n_mod_since_analyze, n_dead_tup, n_live_tup
    FROM pg_catalog.pg_stat_user_tables AS stat JOIN pg_catalog.pg_class ON pg_class.oid = stat.relid
    WHERE relpersistence <> 't' AND pg_has_role((SELECT nspowner FROM pg_catalog.pg_namespace WHERE nspname = 'dba'), relowner, 'USAGE')
    ORDER BY stat.relid
$$;


ALTER FUNCTION dba.f_our_tables() OWNER TO etl_owner;

--
-- Name: FUNCTION f_our_tables(); Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON FUNCTION dba.f_our_tables() IS 'The tables of dba and the target tables the jobs made, with the server''s counters.';


--
-- Name: f_previous_business_day(date); Type: FUNCTION; Schema: dba; Owner: etl_owner
--

CREATE FUNCTION dba.f_previous_business_day(p_date date) RETURNS date
    LANGUAGE plpgsql STABLE
    AS $$
DECLARE
    day date := p_date - 1;
BEGIN
    WHILE NOT dba.f_is_business_day(day) LOOP
        day := day - 1;
    END LOOP;
    RETURN day;
END $$;


ALTER FUNCTION dba.f_previous_business_day(p_date date) OWNER TO etl_owner;

--
-- Name: FUNCTION f_previous_business_day(p_date date); Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON FUNCTION dba.f_previous_business_day(p_date date) IS 'The last business day before the given day.';


--
-- Name: f_purge_log_batch(text, integer); Type: FUNCTION; Schema: dba; Owner: etl_owner
--

CREATE FUNCTION dba.f_purge_log_batch(p_table text, p_batch_size integer) RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $_$
DECLARE
    cutoff timestamptz := (SELECT now() - make_interval(days => keep_days) FROM dba.tlogretention WHERE table_name = p_table AND is_active);
    removed bigint;
BEGIN
    EXECUTE format('DELETE FROM dba.%1$I WHERE ctid = ANY (ARRAY(SELECT ctid FROM dba.%1$I WHERE %2$I < $1 LIMIT $2))',
                   p_table, dba.f_log_time_column(p_table)) USING cutoff, p_batch_size;
    GET DIAGNOSTICS removed = ROW_COUNT;
    RETURN removed;
END $_$;


ALTER FUNCTION dba.f_purge_log_batch(p_table text, p_batch_size integer) OWNER TO etl_owner;

--
-- Name: FUNCTION f_purge_log_batch(p_table text, p_batch_size integer); Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON FUNCTION dba.f_purge_log_batch(p_table text, p_batch_size integer) IS 'Removes up to that many rows past their keeping time; returns how many.';


--
-- Name: f_python_regex_as_postgres(text); Type: FUNCTION; Schema: dba; Owner: etl_owner
--

CREATE FUNCTION dba.f_python_regex_as_postgres(p_pattern text) RETURNS text
    LANGUAGE sql IMMUTABLE
    AS $_$
    SELECT coalesce(string_agg(CASE
        WHEN token ~ '^\(\?P<'                THEN '('            -- named group
        WHEN token ~ '^\(\?P='                THEN '(?:)'         -- back to a named group
        WHEN token ~ '^\(\?[a-zA-Z-]+\)$'     THEN ''             -- flags for the rest
        WHEN token ~ '^\(\?[a-zA-Z-]+:$'      THEN '(?:'          -- flags for a group
        WHEN token ~ '^\(\?(>|<?[=!]|\(\w+\))$' THEN '(?:'        -- atomic group, look around, conditional group
        WHEN token ~ '^\\[1-9]'               THEN '(?:)'         -- back reference: refused by PostgreSQL inside a lookahead
        WHEN token ~ '^\\[zZA]$'              THEN '(?:)'         -- start and end of text
        WHEN token ~ '^\\[bB]$'               THEN '(?:)'         -- word boundary; other meanings in PostgreSQL
        WHEN token ~ '^\\(N\{|u|U|x)'         THEN 'x'            -- one character by its number or name
        WHEN token ~ '^\\[^a-zA-Z0-9]$'       THEN '\.'           -- escaped punctuation
        WHEN token ~ '^\[.*(\[|\\[^dwsDWSnrtfv[:punct:] ])' THEN 'x' -- a set whose members are written otherwise in PostgreSQL
        WHEN token IN ('{', '}', '{}')        THEN '\{'           -- no repetition: just the character
        WHEN token ~ '^\{'                    THEN                -- PostgreSQL counts to 255 only
            rtrim(regexp_replace(regexp_replace(token, '[0-9]{3,}', '255', 'g'), '\{,', '{0,'), '+')
        WHEN token ~ '^[*+?]\+$'              THEN left(token, 1) -- possessive
        ELSE token END, '' ORDER BY position), '')
    FROM (SELECT found[1] AS token, position
          FROM regexp_matches(p_pattern,
              '(\\N\{[^}]*\}|\\x[0-9a-fA-F]{2}|\\u[0-9a-fA-F]{4}|\\U[0-9a-fA-F]{8}|\\[1-9][0-9]?|\\.'
              '|\[\^?\]?(?:\\.|[^]\\])*\]|\(\?P<[[:alpha:]_]\w*>|\(\?P=[[:alpha:]_]\w*\)|\(\?#[^)]*\)'
              '|\(\?[aiLmsux]+\)|\(\?[aiLmsux]*-?[imsx]*:|\(\?\(\w+\)|\(\?<?[=!>]|\{[0-9]*,?[0-9]*\}\+?|[*+?]\+|.)', 'g')
              WITH ORDINALITY AS matches (found, position)) AS tokens
    WHERE token !~ '^\(\?#'
$_$;


ALTER FUNCTION dba.f_python_regex_as_postgres(p_pattern text) OWNER TO etl_owner;

--
-- Name: FUNCTION f_python_regex_as_postgres(p_pattern text); Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON FUNCTION dba.f_python_regex_as_postgres(p_pattern text) IS 'A Python regular expression rewritten so that PostgreSQL finds the same syntax errors. For checking only: it matches other texts.';


--
-- Name: f_record_config_change(); Type: FUNCTION; Schema: dba; Owner: etl_owner
--

CREATE FUNCTION dba.f_record_config_change() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
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


ALTER FUNCTION dba.f_record_config_change() OWNER TO etl_owner;

--
-- Name: FUNCTION f_record_config_change(); Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON FUNCTION dba.f_record_config_change() IS 'Trigger: writes dba.tconfighistory; its argument names the key column.';


--
-- Name: f_refuse(text, text, text, text, text); Type: FUNCTION; Schema: dba; Owner: etl_owner
--

CREATE FUNCTION dba.f_refuse(p_table text, p_column text, p_value text, p_rule text, p_fix text) RETURNS void
    LANGUAGE plpgsql
    AS $$
DECLARE
    shown text := left(regexp_replace(p_value, '[\u0001-\u001f\u007f-\u009f\u2028\u2029]', '?', 'g'), 200);
BEGIN
    RAISE EXCEPTION USING
        ERRCODE = 'check_violation', SCHEMA = 'dba', TABLE = p_table, COLUMN = p_column,
        MESSAGE = format('dba.%s.%s%s %s; fix: %s', p_table, p_column, coalesce(': "' || shown || '"', ''), p_rule, p_fix);
END $$;


ALTER FUNCTION dba.f_refuse(p_table text, p_column text, p_value text, p_rule text, p_fix text) OWNER TO etl_owner;

--
-- Name: FUNCTION f_refuse(p_table text, p_column text, p_value text, p_rule text, p_fix text); Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON FUNCTION dba.f_refuse(p_table text, p_column text, p_value text, p_rule text, p_fix text) IS 'Refuses a config row: names table, column, value (left out when NULL), rule and fix.';


--
-- Name: f_refuse_delete(); Type: FUNCTION; Schema: dba; Owner: etl_owner
--

CREATE FUNCTION dba.f_refuse_delete() RETURNS trigger
    LANGUAGE plpgsql
    AS $_$
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
END $_$;


ALTER FUNCTION dba.f_refuse_delete() OWNER TO etl_owner;

--
-- Name: FUNCTION f_refuse_delete(); Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON FUNCTION dba.f_refuse_delete() IS 'Trigger: refuses to delete a config row that a ledger names; its arguments are the key column, the name column and the ledger.';


--
-- Name: f_update_treportmanager(integer, jsonb); Type: FUNCTION; Schema: dba; Owner: etl_owner
--

CREATE FUNCTION dba.f_update_treportmanager(p_reportid integer, p_settings jsonb) RETURNS void
    LANGUAGE sql
    AS $$ SELECT dba.f_config_update('treportmanager', 'reportid', p_reportid, p_settings) $$;


ALTER FUNCTION dba.f_update_treportmanager(p_reportid integer, p_settings jsonb) OWNER TO etl_owner;

--
-- Name: FUNCTION f_update_treportmanager(p_reportid integer, p_settings jsonb); Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON FUNCTION dba.f_update_treportmanager(p_reportid integer, p_settings jsonb) IS 'Changes the named columns of a report and no others.';


--
-- Name: f_update_tscheduler(integer, jsonb); Type: FUNCTION; Schema: dba; Owner: etl_owner
--

CREATE FUNCTION dba.f_update_tscheduler(p_schedulerid integer, p_settings jsonb) RETURNS void
    LANGUAGE sql
    AS $$ SELECT dba.f_config_update('tscheduler', 'schedulerid', p_schedulerid, p_settings) $$;


ALTER FUNCTION dba.f_update_tscheduler(p_schedulerid integer, p_settings jsonb) OWNER TO etl_owner;

--
-- Name: FUNCTION f_update_tscheduler(p_schedulerid integer, p_settings jsonb); Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON FUNCTION dba.f_update_tscheduler(p_schedulerid integer, p_settings jsonb) IS 'Changes the named columns of a schedule and no others.';


--
-- Name: f_watch_config_table(text, text); Type: FUNCTION; Schema: dba; Owner: etl_owner
--

CREATE FUNCTION dba.f_watch_config_table(p_table text, p_key text) RETURNS void
    LANGUAGE plpgsql
    AS $$
BEGIN
    EXECUTE format('CREATE OR REPLACE TRIGGER a_check BEFORE INSERT OR UPDATE ON dba.%I
                    FOR EACH ROW EXECUTE FUNCTION dba.%I()', p_table, 'f_check_' || p_table);
    EXECUTE format('CREATE OR REPLACE TRIGGER b_timestamps BEFORE UPDATE ON dba.%I
                    FOR EACH ROW EXECUTE FUNCTION dba.f_keep_timestamps()', p_table);
    EXECUTE format('CREATE OR REPLACE TRIGGER c_history AFTER INSERT OR UPDATE OR DELETE ON dba.%I
                    FOR EACH ROW EXECUTE FUNCTION dba.f_record_config_change(%L)', p_table, p_key);
END $$;


ALTER FUNCTION dba.f_watch_config_table(p_table text, p_key text) OWNER TO etl_owner;

--
-- Name: FUNCTION f_watch_config_table(p_table text, p_key text); Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON FUNCTION dba.f_watch_config_table(p_table text, p_key text) IS 'Gives a config table its three triggers: check the row (dba.f_check_<table>), keep its timestamps, record its history.';


--
-- Name: p_dataset_activate(bigint, bigint); Type: PROCEDURE; Schema: dba; Owner: etl_owner
--

CREATE PROCEDURE dba.p_dataset_activate(IN p_datasetid bigint, IN p_row_count bigint DEFAULT NULL::bigint)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
DECLARE
    chosen dba.tdataset;
BEGIN
    SELECT * INTO chosen FROM dba.tdataset WHERE datasetid = p_datasetid;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'dba.tdataset has no datasetid %; fix: pass the number dba.f_dataset_iu returned', p_datasetid
            USING ERRCODE = 'no_data_found';
    END IF;
    PERFORM pg_advisory_xact_lock(hashtextextended(
        concat_ws('|', 'dba.tdataset', chosen.datasettypeid, chosen.datasourceid, chosen.label, chosen.datasetdate), 0));
    UPDATE dba.tdataset SET isactive = false, datastatusid = 2, effthrudate = greatest(clock_timestamp(), efffromdate)
    WHERE isactive AND datasettypeid = chosen.datasettypeid AND datasourceid = chosen.datasourceid
      AND label = chosen.label AND datasetdate = chosen.datasetdate AND datasetid <> p_datasetid;
    UPDATE dba.tdataset
    SET isactive = true, datastatusid = 1, efffromdate = CASE WHEN isactive THEN efffromdate ELSE clock_timestamp() END,
        effthrudate = NULL, row_count = coalesce(p_row_count, row_count)
    WHERE datasetid = p_datasetid;
END $$;


ALTER PROCEDURE dba.p_dataset_activate(IN p_datasetid bigint, IN p_row_count bigint) OWNER TO etl_owner;

--
-- Name: PROCEDURE p_dataset_activate(IN p_datasetid bigint, IN p_row_count bigint); Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON PROCEDURE dba.p_dataset_activate(IN p_datasetid bigint, IN p_row_count bigint) IS 'Retires the active dataset of the same type, source, label and date, then makes this one active. Remembers the row count when given.';


--
-- Name: p_dataset_deactivate(bigint, integer); Type: PROCEDURE; Schema: dba; Owner: etl_owner
--

CREATE PROCEDURE dba.p_dataset_deactivate(IN p_datasetid bigint, IN p_datastatusid integer DEFAULT 2)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
BEGIN
    IF p_datastatusid IS NULL OR p_datastatusid NOT IN (2, 3, 5, 6) THEN
        PERFORM dba.f_refuse('tdataset', 'datastatusid', p_datastatusid::text, 'is not a state of an inactive dataset',
                             'use 2 Inactive, 3 Deleted, 5 Failed or 6 Empty');
    END IF;
    UPDATE dba.tdataset
    SET isactive = false, datastatusid = p_datastatusid,
        effthrudate = CASE WHEN isactive THEN greatest(clock_timestamp(), efffromdate) ELSE effthrudate END
    WHERE datasetid = p_datasetid;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'dba.tdataset has no datasetid %; fix: look it up in dba.tdataset', p_datasetid USING ERRCODE = 'no_data_found';
    END IF;
END $$;


ALTER PROCEDURE dba.p_dataset_deactivate(IN p_datasetid bigint, IN p_datastatusid integer) OWNER TO etl_owner;

--
-- Name: PROCEDURE p_dataset_deactivate(IN p_datasetid bigint, IN p_datastatusid integer); Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON PROCEDURE dba.p_dataset_deactivate(IN p_datasetid bigint, IN p_datastatusid integer) IS 'Makes a dataset count no longer: state 2 Inactive, 3 Deleted, 5 Failed or 6 Empty. Its predecessor does not come back by itself.';


--
-- Name: panalyzetables(bigint); Type: PROCEDURE; Schema: dba; Owner: etl_owner
--

CREATE PROCEDURE dba.panalyzetables(IN p_min_changed_rows bigint DEFAULT 1)
    LANGUAGE plpgsql
    AS $$
DECLARE
    name regclass;
BEGIN
    FOR name IN SELECT relid FROM dba.f_our_tables() WHERE changed_rows >= p_min_changed_rows LOOP
        PERFORM dba.f_maintain_table('analyze', name);
        COMMIT;
    END LOOP;
END $$;


ALTER PROCEDURE dba.panalyzetables(IN p_min_changed_rows bigint) OWNER TO etl_owner;

--
-- Name: PROCEDURE panalyzetables(IN p_min_changed_rows bigint); Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON PROCEDURE dba.panalyzetables(IN p_min_changed_rows bigint) IS 'Renews the statistics of tables with at least that many changed rows. Call it outside a transaction.';


--
-- Name: pimportconfigi(jsonb, integer); Type: PROCEDURE; Schema: dba; Owner: etl_owner
--

CREATE PROCEDURE dba.pimportconfigi(IN p_settings jsonb, INOUT p_config_id integer DEFAULT NULL::integer)
    LANGUAGE plpgsql
    AS $$
BEGIN
    p_config_id := dba.f_config_insert('timportconfig', 'config_id', p_settings);
END $$;


ALTER PROCEDURE dba.pimportconfigi(IN p_settings jsonb, INOUT p_config_id integer) OWNER TO etl_owner;

--
-- Name: PROCEDURE pimportconfigi(IN p_settings jsonb, INOUT p_config_id integer); Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON PROCEDURE dba.pimportconfigi(IN p_settings jsonb, INOUT p_config_id integer) IS 'Adds a feed, e.g. CALL dba.pimportconfigi(''{"config_name": "...", "file_pattern": "...", ...}''); shows its config_id.';


--
-- Name: pimportconfigu(integer, jsonb); Type: PROCEDURE; Schema: dba; Owner: etl_owner
--

CREATE PROCEDURE dba.pimportconfigu(IN p_config_id integer, IN p_settings jsonb)
    LANGUAGE plpgsql
    AS $$
BEGIN
    PERFORM dba.f_config_update('timportconfig', 'config_id', p_config_id, p_settings);
END $$;


ALTER PROCEDURE dba.pimportconfigu(IN p_config_id integer, IN p_settings jsonb) OWNER TO etl_owner;

--
-- Name: PROCEDURE pimportconfigu(IN p_config_id integer, IN p_settings jsonb); Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON PROCEDURE dba.pimportconfigu(IN p_config_id integer, IN p_settings jsonb) IS 'Changes the named columns of a feed and no others.';


--
-- Name: ppurgeoldlogs(integer); Type: PROCEDURE; Schema: dba; Owner: etl_owner
--

CREATE PROCEDURE dba.ppurgeoldlogs(IN p_batch_size integer DEFAULT 10000)
    LANGUAGE plpgsql
    AS $$
DECLARE
    name text;
    batch bigint;
    total bigint;
    started timestamptz;
BEGIN
    FOR name IN SELECT table_name FROM dba.tlogretention WHERE is_active ORDER BY table_name LOOP
        started := clock_timestamp();
        total := 0;
        LOOP
            batch := dba.f_purge_log_batch(name, p_batch_size);
            total := total + batch;
            COMMIT;
            EXIT WHEN batch < p_batch_size;
        END LOOP;
        PERFORM dba.f_log_maintenance('purge', 'dba.' || name, started, NULL, total);
        COMMIT;
    END LOOP;
END $$;


ALTER PROCEDURE dba.ppurgeoldlogs(IN p_batch_size integer) OWNER TO etl_owner;

--
-- Name: PROCEDURE ppurgeoldlogs(IN p_batch_size integer); Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON PROCEDURE dba.ppurgeoldlogs(IN p_batch_size integer) IS 'Removes log rows past the keeping time of dba.tlogretention, in batches that commit. Call it outside a transaction.';


--
-- Name: precordlongqueries(interval); Type: PROCEDURE; Schema: dba; Owner: etl_owner
--

CREATE PROCEDURE dba.precordlongqueries(IN p_limit interval DEFAULT '00:05:00'::interval)
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
    INSERT INTO dba.tlongrunningquery (pid, query_start, user_name, application_name, state, wait_event, blocked_by, query)
    SELECT pid, query_start, usename, application_name, state, concat_ws(': ', wait_event_type, wait_event),
           pg_blocking_pids(pid), left(query, 2000)
    FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'
      AND state IN ('active', 'idle in transaction', 'idle in transaction (aborted)') AND query_start < clock_timestamp() - p_limit
    ON CONFLICT (pid, query_start) DO UPDATE
    SET last_seen_at = EXCLUDED.last_seen_at, state = EXCLUDED.state, wait_event = EXCLUDED.wait_event, blocked_by = EXCLUDED.blocked_by
$$;


ALTER PROCEDURE dba.precordlongqueries(IN p_limit interval) OWNER TO etl_owner;

--
-- Name: PROCEDURE precordlongqueries(IN p_limit interval); Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON PROCEDURE dba.precordlongqueries(IN p_limit interval) IS 'Records the queries of this database that have run longer than the limit; the same query again only moves last_seen_at.';


--
-- Name: preindextables(text); Type: PROCEDURE; Schema: dba; Owner: etl_owner
--

CREATE PROCEDURE dba.preindextables(IN p_schema text DEFAULT 'dba'::text)
    LANGUAGE plpgsql
    AS $$
DECLARE
    name regclass;
BEGIN
    FOR name IN SELECT our.relid FROM dba.f_our_tables() AS our JOIN pg_catalog.pg_stat_user_tables AS stat ON stat.relid = our.relid
                WHERE schemaname = p_schema LOOP
        PERFORM dba.f_maintain_table('reindex', name);
        COMMIT;
    END LOOP;
END $$;


ALTER PROCEDURE dba.preindextables(IN p_schema text) OWNER TO etl_owner;

--
-- Name: PROCEDURE preindextables(IN p_schema text); Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON PROCEDURE dba.preindextables(IN p_schema text) IS 'Rebuilds the indexes of the tables of one schema; each table is locked while its own are rebuilt. Call it outside a transaction.';


--
-- Name: psnapshottableindexstats(); Type: PROCEDURE; Schema: dba; Owner: etl_owner
--

CREATE PROCEDURE dba.psnapshottableindexstats()
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
    INSERT INTO dba.ttableindexstats (schema_name, table_name, index_name, size_bytes, live_rows, dead_rows, table_scans, index_scans,
                                      last_vacuum, last_analyze)
    SELECT schemaname, relname, NULL, pg_table_size(relid), n_live_tup, n_dead_tup, seq_scan, idx_scan,
           greatest(last_vacuum, last_autovacuum), greatest(last_analyze, last_autoanalyze)
    FROM pg_stat_user_tables WHERE schemaname !~ '^pg_'
    UNION ALL
    SELECT schemaname, relname, indexrelname, pg_relation_size(indexrelid), NULL, NULL, NULL, idx_scan, NULL, NULL
    FROM pg_stat_user_indexes WHERE schemaname !~ '^pg_'
$$;


ALTER PROCEDURE dba.psnapshottableindexstats() OWNER TO etl_owner;

--
-- Name: PROCEDURE psnapshottableindexstats(); Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON PROCEDURE dba.psnapshottableindexstats() IS 'Writes one snapshot of every table and index to dba.ttableindexstats.';


SET default_tablespace = '';

SET default_table_access_method = heap;

--
-- Name: tbackup; Type: TABLE; Schema: dba; Owner: etl_owner
--

CREATE TABLE dba.tbackup (
    backupid bigint NOT NULL,
    run_uuid uuid,
    path text NOT NULL,
    sha256 text,
    size_bytes bigint,
    status text DEFAULT 'started'::text NOT NULL,
    error text,
    started_at timestamp with time zone DEFAULT now() NOT NULL,
    finished_at timestamp with time zone,
    verified_at timestamp with time zone,
    restored_at timestamp with time zone,
    CONSTRAINT tbackup_sha256_check CHECK ((sha256 ~ '^[0-9a-f]{64}$'::text)),
    CONSTRAINT tbackup_size_bytes_check CHECK ((size_bytes >= 0)),
    CONSTRAINT tbackup_status_check CHECK ((status = ANY (ARRAY['started'::text, 'done'::text, 'failed'::text, 'removed'::text])))
);


ALTER TABLE dba.tbackup OWNER TO etl_owner;

--
-- Name: TABLE tbackup; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON TABLE dba.tbackup IS 'One row per backup of the database.';


--
-- Name: COLUMN tbackup.backupid; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.tbackup.backupid IS 'Number of the backup.';


--
-- Name: COLUMN tbackup.run_uuid; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.tbackup.run_uuid IS 'Run that made it, as in dba.tjobrun.';


--
-- Name: COLUMN tbackup.path; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.tbackup.path IS 'The backup file.';


--
-- Name: COLUMN tbackup.sha256; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.tbackup.sha256 IS 'Checksum of its bytes.';


--
-- Name: COLUMN tbackup.size_bytes; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.tbackup.size_bytes IS 'Its size in bytes.';


--
-- Name: COLUMN tbackup.status; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.tbackup.status IS 'started, done, failed, or removed (retention).';


--
-- Name: COLUMN tbackup.error; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.tbackup.error IS 'Why it failed, in one line.';


--
-- Name: COLUMN tbackup.started_at; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.tbackup.started_at IS 'Start.';


--
-- Name: COLUMN tbackup.finished_at; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.tbackup.finished_at IS 'End.';


--
-- Name: COLUMN tbackup.verified_at; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.tbackup.verified_at IS 'When the file was read through and found whole.';


--
-- Name: COLUMN tbackup.restored_at; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.tbackup.restored_at IS 'When it was restored into a scratch database and its row counts agreed.';


--
-- Name: tbackup_backupid_seq; Type: SEQUENCE; Schema: dba; Owner: etl_owner
--

ALTER TABLE dba.tbackup ALTER COLUMN backupid ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME dba.tbackup_backupid_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: tcalendardays; Type: TABLE; Schema: dba; Owner: etl_owner
--

CREATE TABLE dba.tcalendardays (
    calendardate date NOT NULL,
    weekday integer NOT NULL,
    isweekend boolean NOT NULL,
    isholiday boolean NOT NULL,
    isbusinessday boolean NOT NULL
);


ALTER TABLE dba.tcalendardays OWNER TO etl_owner;

--
-- Name: TABLE tcalendardays; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON TABLE dba.tcalendardays IS 'The calendar, one row per day, for joining in reports. dba.f_fill_calendar adds years.';


--
-- Name: COLUMN tcalendardays.calendardate; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.tcalendardays.calendardate IS 'The day.';


--
-- Name: COLUMN tcalendardays.weekday; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.tcalendardays.weekday IS '1 Monday to 7 Sunday.';


--
-- Name: COLUMN tcalendardays.isweekend; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.tcalendardays.isweekend IS 'Saturday or Sunday.';


--
-- Name: COLUMN tcalendardays.isholiday; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.tcalendardays.isholiday IS 'Listed in dba.tholidays.';


--
-- Name: COLUMN tcalendardays.isbusinessday; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.tcalendardays.isbusinessday IS 'Neither weekend nor holiday.';


--
-- Name: tconfighistory; Type: TABLE; Schema: dba; Owner: etl_owner
--

CREATE TABLE dba.tconfighistory (
    confighistoryid bigint NOT NULL,
    changed_at timestamp with time zone DEFAULT now() NOT NULL,
    changed_by text DEFAULT SESSION_USER NOT NULL,
    table_name text NOT NULL,
    row_id text NOT NULL,
    operation text NOT NULL,
    old_row jsonb,
    new_row jsonb,
    CONSTRAINT tconfighistory_operation_check CHECK ((operation = ANY (ARRAY['INSERT'::text, 'UPDATE'::text, 'DELETE'::text])))
);


ALTER TABLE dba.tconfighistory OWNER TO etl_owner;

--
-- Name: TABLE tconfighistory; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON TABLE dba.tconfighistory IS 'Who changed which configuration row, when, and what it said before and after. Written by trigger.';


--
-- Name: COLUMN tconfighistory.confighistoryid; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.tconfighistory.confighistoryid IS 'Number of the change.';


--
-- Name: COLUMN tconfighistory.changed_at; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.tconfighistory.changed_at IS 'When the change was made.';


--
-- Name: COLUMN tconfighistory.changed_by; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.tconfighistory.changed_by IS 'Login that made the change.';


--
-- Name: COLUMN tconfighistory.table_name; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.tconfighistory.table_name IS 'Configuration table, without the schema.';


--
-- Name: COLUMN tconfighistory.row_id; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.tconfighistory.row_id IS 'Key of the changed row.';


--
-- Name: COLUMN tconfighistory.operation; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.tconfighistory.operation IS 'INSERT, UPDATE or DELETE.';


--
-- Name: COLUMN tconfighistory.old_row; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.tconfighistory.old_row IS 'The row before the change; empty for INSERT.';


--
-- Name: COLUMN tconfighistory.new_row; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.tconfighistory.new_row IS 'The row after the change; empty for DELETE.';


--
-- Name: tconfighistory_confighistoryid_seq; Type: SEQUENCE; Schema: dba; Owner: etl_owner
--

ALTER TABLE dba.tconfighistory ALTER COLUMN confighistoryid ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME dba.tconfighistory_confighistoryid_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: tdataset; Type: TABLE; Schema: dba; Owner: etl_owner
--

CREATE TABLE dba.tdataset (
    datasetid bigint NOT NULL,
    datasetdate date NOT NULL,
    label text NOT NULL,
    datasettypeid integer NOT NULL,
    datasourceid integer NOT NULL,
    datastatusid integer DEFAULT 4 NOT NULL,
    isactive boolean DEFAULT false NOT NULL,
    efffromdate timestamp with time zone,
    effthrudate timestamp with time zone,
    row_count bigint,
    createddate timestamp with time zone DEFAULT now() NOT NULL,
    createduser text DEFAULT SESSION_USER NOT NULL,
    CONSTRAINT tdataset_active_status_ck CHECK ((isactive = (datastatusid = 1))),
    CONSTRAINT tdataset_effective_ck CHECK ((efffromdate <= effthrudate)),
    CONSTRAINT tdataset_row_count_check CHECK ((row_count >= 0))
);


ALTER TABLE dba.tdataset OWNER TO etl_owner;

--
-- Name: TABLE tdataset; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON TABLE dba.tdataset IS 'One row per loaded file. Rows of target tables carry its datasetid; only the active dataset of a (type, source, label, date) counts.';


--
-- Name: COLUMN tdataset.datasetid; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.tdataset.datasetid IS 'Number of the dataset, as in the target table.';


--
-- Name: COLUMN tdataset.datasetdate; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.tdataset.datasetdate IS 'The day the data is about, found by the config''s date rule.';


--
-- Name: COLUMN tdataset.label; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.tdataset.label IS 'What tells datasets of one type, source and date apart, found by the config''s label rule.';


--
-- Name: COLUMN tdataset.datasettypeid; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.tdataset.datasettypeid IS 'Kind of data.';


--
-- Name: COLUMN tdataset.datasourceid; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.tdataset.datasourceid IS 'Who it came from.';


--
-- Name: COLUMN tdataset.datastatusid; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.tdataset.datastatusid IS 'State: 1 Active, 2 Inactive, 3 Deleted, 4 New, 5 Failed, 6 Empty.';


--
-- Name: COLUMN tdataset.isactive; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.tdataset.isactive IS 'True for the one dataset that counts; the same as state 1.';


--
-- Name: COLUMN tdataset.efffromdate; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.tdataset.efffromdate IS 'Since when it was the active one; empty when it never was.';


--
-- Name: COLUMN tdataset.effthrudate; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.tdataset.effthrudate IS 'When it stopped being the active one; empty while it is, or never was.';


--
-- Name: COLUMN tdataset.row_count; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.tdataset.row_count IS 'Rows loaded into the target table, told when the dataset became active.';


--
-- Name: COLUMN tdataset.createddate; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.tdataset.createddate IS 'When the dataset was made.';


--
-- Name: COLUMN tdataset.createduser; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.tdataset.createduser IS 'Login that made it.';


--
-- Name: tdataset_datasetid_seq; Type: SEQUENCE; Schema: dba; Owner: etl_owner
--

ALTER TABLE dba.tdataset ALTER COLUMN datasetid ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME dba.tdataset_datasetid_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: tdatasettype; Type: TABLE; Schema: dba; Owner: etl_owner
--

CREATE TABLE dba.tdatasettype (
    datasettypeid integer NOT NULL,
    datasettypename text NOT NULL,
    description text,
    createddate timestamp with time zone DEFAULT now() NOT NULL,
    createduser text DEFAULT SESSION_USER NOT NULL
);


ALTER TABLE dba.tdatasettype OWNER TO etl_owner;

--
-- Name: TABLE tdatasettype; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON TABLE dba.tdatasettype IS 'What kind of data it is. dba.f_dataset_iu adds a missing name by itself.';


--
-- Name: COLUMN tdatasettype.datasettypeid; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.tdatasettype.datasettypeid IS 'Number of the kind.';


--
-- Name: COLUMN tdatasettype.datasettypename; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.tdatasettype.datasettypename IS 'Name as in dba.timportconfig.datasettype.';


--
-- Name: COLUMN tdatasettype.description; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.tdatasettype.description IS 'Free text.';


--
-- Name: COLUMN tdatasettype.createddate; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.tdatasettype.createddate IS 'When the row was made.';


--
-- Name: COLUMN tdatasettype.createduser; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.tdatasettype.createduser IS 'Login that made it.';


--
-- Name: tdatasettype_datasettypeid_seq; Type: SEQUENCE; Schema: dba; Owner: etl_owner
--

ALTER TABLE dba.tdatasettype ALTER COLUMN datasettypeid ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME dba.tdatasettype_datasettypeid_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: tdatasource; Type: TABLE; Schema: dba; Owner: etl_owner
--

CREATE TABLE dba.tdatasource (
    datasourceid integer NOT NULL,
    datasourcename text NOT NULL,
    description text,
    createddate timestamp with time zone DEFAULT now() NOT NULL,
    createduser text DEFAULT SESSION_USER NOT NULL
);


ALTER TABLE dba.tdatasource OWNER TO etl_owner;

--
-- Name: TABLE tdatasource; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON TABLE dba.tdatasource IS 'Who the data comes from. dba.f_dataset_iu adds a missing name by itself.';


--
-- Name: COLUMN tdatasource.datasourceid; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.tdatasource.datasourceid IS 'Number of the source.';


--
-- Name: COLUMN tdatasource.datasourcename; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.tdatasource.datasourcename IS 'Name as in dba.timportconfig.datasource.';


--
-- Name: COLUMN tdatasource.description; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.tdatasource.description IS 'Free text.';


--
-- Name: COLUMN tdatasource.createddate; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.tdatasource.createddate IS 'When the row was made.';


--
-- Name: COLUMN tdatasource.createduser; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.tdatasource.createduser IS 'Login that made it.';


--
-- Name: tdatasource_datasourceid_seq; Type: SEQUENCE; Schema: dba; Owner: etl_owner
--

ALTER TABLE dba.tdatasource ALTER COLUMN datasourceid ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME dba.tdatasource_datasourceid_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: tdatastatus; Type: TABLE; Schema: dba; Owner: etl_owner
--

CREATE TABLE dba.tdatastatus (
    datastatusid integer NOT NULL,
    statusname text NOT NULL,
    description text
);


ALTER TABLE dba.tdatastatus OWNER TO etl_owner;

--
-- Name: TABLE tdatastatus; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON TABLE dba.tdatastatus IS 'The states a dataset, a report or a schedule can be in.';


--
-- Name: COLUMN tdatastatus.datastatusid; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.tdatastatus.datastatusid IS 'Number of the state.';


--
-- Name: COLUMN tdatastatus.statusname; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.tdatastatus.statusname IS 'Name of the state.';


--
-- Name: COLUMN tdatastatus.description; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.tdatastatus.description IS 'What the state means.';


--
-- Name: tddllogs; Type: TABLE; Schema: dba; Owner: etl_owner
--

CREATE TABLE dba.tddllogs (
    ddllogid bigint NOT NULL,
    executed_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    user_name text DEFAULT SESSION_USER NOT NULL,
    command_tag text NOT NULL,
    object_type text,
    object_name text
);


ALTER TABLE dba.tddllogs OWNER TO etl_owner;

--
-- Name: TABLE tddllogs; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON TABLE dba.tddllogs IS 'One row per schema change (CREATE, ALTER, DROP) in this database. Filled only where set-up ran as a superuser, because only a superuser may create an event trigger.';


--
-- Name: COLUMN tddllogs.ddllogid; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.tddllogs.ddllogid IS 'Number of the change.';


--
-- Name: COLUMN tddllogs.executed_at; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.tddllogs.executed_at IS 'When the statement ran.';


--
-- Name: COLUMN tddllogs.user_name; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.tddllogs.user_name IS 'Login that ran it.';


--
-- Name: COLUMN tddllogs.command_tag; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.tddllogs.command_tag IS 'Kind of statement, for example CREATE TABLE.';


--
-- Name: COLUMN tddllogs.object_type; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.tddllogs.object_type IS 'Kind of object, for example table.';


--
-- Name: COLUMN tddllogs.object_name; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.tddllogs.object_name IS 'Object with its schema.';


--
-- Name: tddllogs_ddllogid_seq; Type: SEQUENCE; Schema: dba; Owner: etl_owner
--

ALTER TABLE dba.tddllogs ALTER COLUMN ddllogid ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME dba.tddllogs_ddllogid_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: texpectation; Type: TABLE; Schema: dba; Owner: etl_owner
--

CREATE TABLE dba.texpectation (
    expectationid integer NOT NULL,
    expectation_name text NOT NULL,
    config_id integer,
    schedulerid integer,
    reportid integer,
    due_time time without time zone NOT NULL,
    business_days boolean DEFAULT true NOT NULL,
    min_rows integer DEFAULT 0 NOT NULL,
    is_active boolean DEFAULT true NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    last_modified_at timestamp with time zone DEFAULT now() NOT NULL
);


ALTER TABLE dba.texpectation OWNER TO etl_owner;

--
-- Name: TABLE texpectation; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON TABLE dba.texpectation IS 'What should arrive or run each day, and by when; the alarm job reads it.';


--
-- Name: COLUMN texpectation.expectationid; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.texpectation.expectationid IS 'Number of the expectation.';


--
-- Name: COLUMN texpectation.expectation_name; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.texpectation.expectation_name IS 'Name shown in the alarm.';


--
-- Name: COLUMN texpectation.config_id; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.texpectation.config_id IS 'A file of this feed should be loaded. Exactly one of config_id, schedulerid and reportid is set.';


--
-- Name: COLUMN texpectation.schedulerid; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.texpectation.schedulerid IS 'This schedule should have run well.';


--
-- Name: COLUMN texpectation.reportid; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.texpectation.reportid IS 'This report should have been sent.';


--
-- Name: COLUMN texpectation.due_time; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.texpectation.due_time IS 'By what time of day, in the pipeline''s time zone.';


--
-- Name: COLUMN texpectation.business_days; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.texpectation.business_days IS 'True: on business days only; false: every day.';


--
-- Name: COLUMN texpectation.min_rows; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.texpectation.min_rows IS 'Feeds: how many rows at least, over the day.';


--
-- Name: COLUMN texpectation.is_active; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.texpectation.is_active IS 'False switches the expectation off.';


--
-- Name: COLUMN texpectation.created_at; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.texpectation.created_at IS 'When the row was made.';


--
-- Name: COLUMN texpectation.last_modified_at; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.texpectation.last_modified_at IS 'When the row was last changed.';


--
-- Name: texpectation_expectationid_seq; Type: SEQUENCE; Schema: dba; Owner: etl_owner
--

ALTER TABLE dba.texpectation ALTER COLUMN expectationid ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME dba.texpectation_expectationid_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: tholidays; Type: TABLE; Schema: dba; Owner: etl_owner
--

CREATE TABLE dba.tholidays (
    holidaydate date NOT NULL,
    holidayname text NOT NULL
);


ALTER TABLE dba.tholidays OWNER TO etl_owner;

--
-- Name: TABLE tholidays; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON TABLE dba.tholidays IS 'Days on which the business is closed, besides Saturdays and Sundays. Yours to fill.';


--
-- Name: COLUMN tholidays.holidaydate; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.tholidays.holidaydate IS 'The closed day.';


--
-- Name: COLUMN tholidays.holidayname; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.tholidays.holidayname IS 'Its name.';


--
-- Name: timportcolumn; Type: TABLE; Schema: dba; Owner: etl_owner
--

CREATE TABLE dba.timportcolumn (
    importcolumnid integer NOT NULL,
    config_id integer NOT NULL,
    source_name text NOT NULL,
    target_name text,
    data_type text DEFAULT 'text'::text NOT NULL,
    date_format text,
    required boolean DEFAULT false NOT NULL,
    is_active boolean DEFAULT true NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    last_modified_at timestamp with time zone DEFAULT now() NOT NULL
);


ALTER TABLE dba.timportcolumn OWNER TO etl_owner;

--
-- Name: TABLE timportcolumn; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON TABLE dba.timportcolumn IS 'One row per column of a feed that needs its own name or type; columns without a row follow column_types of the feed.';


--
-- Name: COLUMN timportcolumn.importcolumnid; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.timportcolumn.importcolumnid IS 'Number of the row.';


--
-- Name: COLUMN timportcolumn.config_id; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.timportcolumn.config_id IS 'The feed, as in dba.timportconfig.';


--
-- Name: COLUMN timportcolumn.source_name; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.timportcolumn.source_name IS 'Column name as in the file''s header.';


--
-- Name: COLUMN timportcolumn.target_name; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.timportcolumn.target_name IS 'Column name in the target table; empty means made from source_name.';


--
-- Name: COLUMN timportcolumn.data_type; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.timportcolumn.data_type IS 'PostgreSQL type: text, varchar(n), integer, bigint, numeric(p,s), boolean, date, timestamp, ...';


--
-- Name: COLUMN timportcolumn.date_format; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.timportcolumn.date_format IS 'How dates are written in this column, e.g. dd/MM/yyyy or yyyy-MM-ddTHH:mm:ss; empty means yyyy-MM-dd.';


--
-- Name: COLUMN timportcolumn.required; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.timportcolumn.required IS 'True: a row without a value here is rejected, and a file without the column is refused.';


--
-- Name: COLUMN timportcolumn.is_active; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.timportcolumn.is_active IS 'False switches this row off.';


--
-- Name: COLUMN timportcolumn.created_at; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.timportcolumn.created_at IS 'When the row was made.';


--
-- Name: COLUMN timportcolumn.last_modified_at; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.timportcolumn.last_modified_at IS 'When the row was last changed.';


--
-- Name: timportcolumn_importcolumnid_seq; Type: SEQUENCE; Schema: dba; Owner: etl_owner
--

ALTER TABLE dba.timportcolumn ALTER COLUMN importcolumnid ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME dba.timportcolumn_importcolumnid_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: timportconfig; Type: TABLE; Schema: dba; Owner: etl_owner
--

CREATE TABLE dba.timportconfig (
    config_id integer NOT NULL,
    config_name text NOT NULL,
    datasource text NOT NULL,
    datasettype text NOT NULL,
    source_directory text DEFAULT 'file_watcher'::text NOT NULL,
    archive_directory text DEFAULT 'archive'::text NOT NULL,
    file_pattern text NOT NULL,
    file_type text DEFAULT 'AUTO'::text NOT NULL,
    metadata_label_source text DEFAULT 'static'::text NOT NULL,
    metadata_label_location text NOT NULL,
    dateconfig text DEFAULT 'mtime'::text NOT NULL,
    datelocation text,
    dateformat text,
    filename_delimiter text DEFAULT '_'::text NOT NULL,
    target_table text NOT NULL,
    importstrategyid integer DEFAULT 1 NOT NULL,
    field_delimiter text,
    quote_char text,
    encoding text,
    sheet text,
    header_row integer DEFAULT 1 NOT NULL,
    skip_rows integer DEFAULT 0 NOT NULL,
    skip_footer integer DEFAULT 0 NOT NULL,
    null_tokens text[] DEFAULT '{""}'::text[] NOT NULL,
    decimal_mark text DEFAULT '.'::text NOT NULL,
    column_types text DEFAULT 'text'::text NOT NULL,
    transform jsonb DEFAULT '[]'::jsonb NOT NULL,
    max_reject_rows integer DEFAULT 0 NOT NULL,
    on_duplicate text DEFAULT 'skip'::text NOT NULL,
    min_rows integer DEFAULT 0 NOT NULL,
    post_import_procedure text,
    is_active boolean DEFAULT true NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    last_modified_at timestamp with time zone DEFAULT now() NOT NULL
);


ALTER TABLE dba.timportconfig OWNER TO etl_owner;

--
-- Name: TABLE timportconfig; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON TABLE dba.timportconfig IS 'One row per file feed. Needed: config_name, datasource, datasettype, file_pattern, target_table; the rest has defaults.';


--
-- Name: COLUMN timportconfig.config_id; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.timportconfig.config_id IS 'Number of the feed; run_import_job.py takes it or the name.';


--
-- Name: COLUMN timportconfig.config_name; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.timportconfig.config_name IS 'Name of the feed, e.g. client_orders.';


--
-- Name: COLUMN timportconfig.datasource; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.timportconfig.datasource IS 'Who the data comes from, e.g. Client A.';


--
-- Name: COLUMN timportconfig.datasettype; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.timportconfig.datasettype IS 'What kind of data it is, e.g. Orders.';


--
-- Name: COLUMN timportconfig.source_directory; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.timportconfig.source_directory IS 'Folder to look in: absolute, or below $ETL_HOME.';


--
-- Name: COLUMN timportconfig.archive_directory; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.timportconfig.archive_directory IS 'Folder for handled files: absolute, or below $ETL_HOME. Refused files go to rejected/ in it.';


--
-- Name: COLUMN timportconfig.file_pattern; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.timportconfig.file_pattern IS 'Python regular expression for the whole file name, e.g. \d{8}_orders.*\.csv.';


--
-- Name: COLUMN timportconfig.file_type; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.timportconfig.file_type IS 'CSV, XLS, XLSX, or AUTO to tell by the content.';


--
-- Name: COLUMN timportconfig.metadata_label_source; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.timportconfig.metadata_label_source IS 'Where the dataset label comes from: filename, file_content or static.';


--
-- Name: COLUMN timportconfig.metadata_label_location; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.timportconfig.metadata_label_location IS 'filename: which part of the name, 1 is the first; file_content: a column name; static: the label itself (config_name when left out).';


--
-- Name: COLUMN timportconfig.dateconfig; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.timportconfig.dateconfig IS 'Where the dataset date comes from: filename, file_content, static, or mtime (when the file was last changed).';


--
-- Name: COLUMN timportconfig.datelocation; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.timportconfig.datelocation IS 'filename: which part of the name, 1 is the first; file_content: a column name; static: the date itself; mtime: leave empty.';


--
-- Name: COLUMN timportconfig.dateformat; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.timportconfig.dateformat IS 'How the date is written, e.g. yyyyMMdd or yyyyMMddTHHmmss (MM months, mm minutes). Leave empty for mtime.';


--
-- Name: COLUMN timportconfig.filename_delimiter; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.timportconfig.filename_delimiter IS 'What the file name, without its extension, is split at, usually _.';


--
-- Name: COLUMN timportconfig.target_table; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.timportconfig.target_table IS 'schema.table the rows go to; made when missing (strategy 1).';


--
-- Name: COLUMN timportconfig.importstrategyid; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.timportconfig.importstrategyid IS '1 adds new columns, 2 ignores new columns, 3 refuses a file that lacks a column.';


--
-- Name: COLUMN timportconfig.field_delimiter; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.timportconfig.field_delimiter IS 'CSV: what separates fields, one character or \t; empty means find out.';


--
-- Name: COLUMN timportconfig.quote_char; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.timportconfig.quote_char IS 'CSV: the quote character; empty means find out.';


--
-- Name: COLUMN timportconfig.encoding; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.timportconfig.encoding IS 'CSV: character encoding such as utf-8 or cp1252; empty means find out.';


--
-- Name: COLUMN timportconfig.sheet; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.timportconfig.sheet IS 'Workbook: sheet name, number (1 is the first) or regular expression; empty means the first with rows.';


--
-- Name: COLUMN timportconfig.header_row; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.timportconfig.header_row IS 'Which row, after skip_rows, holds the column names; 1 is the first, 0 means the file has none.';


--
-- Name: COLUMN timportconfig.skip_rows; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.timportconfig.skip_rows IS 'Rows to pass over at the top, such as a title.';


--
-- Name: COLUMN timportconfig.skip_footer; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.timportconfig.skip_footer IS 'Rows to pass over at the end, such as totals.';


--
-- Name: COLUMN timportconfig.null_tokens; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.timportconfig.null_tokens IS 'Cell texts that mean "no value"; by default only the empty cell. NULL or None stay text unless listed.';


--
-- Name: COLUMN timportconfig.decimal_mark; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.timportconfig.decimal_mark IS 'Decimal mark in numbers: . or ,';


--
-- Name: COLUMN timportconfig.column_types; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.timportconfig.column_types IS 'text keeps every value as written; infer finds numbers and dates. dba.timportcolumn overrides single columns.';


--
-- Name: COLUMN timportconfig.transform; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.timportconfig.transform IS 'JSON list of steps that reshape the rows, each an object with a "step"; [] for none.';


--
-- Name: COLUMN timportconfig.max_reject_rows; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.timportconfig.max_reject_rows IS 'How many bad rows may be put aside before the whole file is refused.';


--
-- Name: COLUMN timportconfig.on_duplicate; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.timportconfig.on_duplicate IS 'Same bytes again: skip archives the file unread, reload loads it as a new dataset.';


--
-- Name: COLUMN timportconfig.min_rows; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.timportconfig.min_rows IS 'A file with fewer rows is refused.';


--
-- Name: COLUMN timportconfig.post_import_procedure; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.timportconfig.post_import_procedure IS 'schema.procedure called with the datasetid after the rows are in; an error in it refuses the file.';


--
-- Name: COLUMN timportconfig.is_active; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.timportconfig.is_active IS 'False switches the feed off.';


--
-- Name: COLUMN timportconfig.created_at; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.timportconfig.created_at IS 'When the row was made.';


--
-- Name: COLUMN timportconfig.last_modified_at; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.timportconfig.last_modified_at IS 'When the row was last changed.';


--
-- Name: timportconfig_config_id_seq; Type: SEQUENCE; Schema: dba; Owner: etl_owner
--

ALTER TABLE dba.timportconfig ALTER COLUMN config_id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME dba.timportconfig_config_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: timportfile; Type: TABLE; Schema: dba; Owner: etl_owner
--

CREATE TABLE dba.timportfile (
    importfileid bigint NOT NULL,
    config_id integer NOT NULL,
    run_uuid uuid,
    file_name text NOT NULL,
    sha256 text NOT NULL,
    size_bytes bigint NOT NULL,
    modified_at timestamp with time zone,
    source text,
    inboxattachmentid bigint,
    target_table text,
    datasetid bigint,
    status text NOT NULL,
    rows_read bigint DEFAULT 0 NOT NULL,
    rows_loaded bigint DEFAULT 0 NOT NULL,
    rows_rejected bigint DEFAULT 0 NOT NULL,
    rows_skipped bigint DEFAULT 0 NOT NULL,
    archived_path text,
    error text,
    started_at timestamp with time zone DEFAULT now() NOT NULL,
    finished_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT timportfile_books_ck CHECK ((rows_read = ((rows_loaded + rows_rejected) + rows_skipped))),
    CONSTRAINT timportfile_dataset_ck CHECK (((status <> 'Loaded'::text) OR (datasetid IS NOT NULL))),
    CONSTRAINT timportfile_rows_loaded_check CHECK ((rows_loaded >= 0)),
    CONSTRAINT timportfile_rows_read_check CHECK ((rows_read >= 0)),
    CONSTRAINT timportfile_rows_rejected_check CHECK ((rows_rejected >= 0)),
    CONSTRAINT timportfile_rows_skipped_check CHECK ((rows_skipped >= 0)),
    CONSTRAINT timportfile_sha256_check CHECK ((sha256 ~ '^[0-9a-f]{64}$'::text)),
    CONSTRAINT timportfile_size_bytes_check CHECK ((size_bytes >= 0)),
    CONSTRAINT timportfile_status_check CHECK ((status = ANY (ARRAY['Loaded'::text, 'Empty'::text, 'Failed'::text, 'Duplicate'::text])))
);


ALTER TABLE dba.timportfile OWNER TO etl_owner;

--
-- Name: TABLE timportfile; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON TABLE dba.timportfile IS 'One row per file a feed has handled. Rows read = loaded + rejected + skipped, always.';


--
-- Name: COLUMN timportfile.importfileid; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.timportfile.importfileid IS 'Number of the handled file.';


--
-- Name: COLUMN timportfile.config_id; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.timportfile.config_id IS 'The feed, as in dba.timportconfig.';


--
-- Name: COLUMN timportfile.run_uuid; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.timportfile.run_uuid IS 'Run that handled it, as in dba.tjobrun.';


--
-- Name: COLUMN timportfile.file_name; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.timportfile.file_name IS 'Its name in the source folder.';


--
-- Name: COLUMN timportfile.sha256; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.timportfile.sha256 IS 'Checksum of its bytes.';


--
-- Name: COLUMN timportfile.size_bytes; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.timportfile.size_bytes IS 'Its size in bytes.';


--
-- Name: COLUMN timportfile.modified_at; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.timportfile.modified_at IS 'When the file was last changed.';


--
-- Name: COLUMN timportfile.source; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.timportfile.source IS 'Where it came from: mail and its subject, a web address, an SFTP exchange, or the folder.';


--
-- Name: COLUMN timportfile.inboxattachmentid; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.timportfile.inboxattachmentid IS 'The mail attachment it was; empty when it did not come by mail.';


--
-- Name: COLUMN timportfile.target_table; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.timportfile.target_table IS 'schema.table its rows went to.';


--
-- Name: COLUMN timportfile.datasetid; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.timportfile.datasetid IS 'Dataset of its rows; for a duplicate, the dataset of the first copy.';


--
-- Name: COLUMN timportfile.status; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.timportfile.status IS 'Loaded, Empty (no data rows), Failed (refused; error says why) or Duplicate (same bytes were loaded before).';


--
-- Name: COLUMN timportfile.rows_read; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.timportfile.rows_read IS 'Data rows in the file.';


--
-- Name: COLUMN timportfile.rows_loaded; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.timportfile.rows_loaded IS 'Rows in the target table.';


--
-- Name: COLUMN timportfile.rows_rejected; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.timportfile.rows_rejected IS 'Bad rows put aside in dba.timportreject.';


--
-- Name: COLUMN timportfile.rows_skipped; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.timportfile.rows_skipped IS 'Rows left out on purpose: repeated headers and footers; in a refused file, its good rows too.';


--
-- Name: COLUMN timportfile.archived_path; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.timportfile.archived_path IS 'Where the file is kept. Written with the load itself; the move follows, and the next run makes up for one that was cut off.';


--
-- Name: COLUMN timportfile.error; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.timportfile.error IS 'Why the file was refused, in one line.';


--
-- Name: COLUMN timportfile.started_at; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.timportfile.started_at IS 'When the import of the file began.';


--
-- Name: COLUMN timportfile.finished_at; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.timportfile.finished_at IS 'When it ended.';


--
-- Name: timportfile_importfileid_seq; Type: SEQUENCE; Schema: dba; Owner: etl_owner
--

ALTER TABLE dba.timportfile ALTER COLUMN importfileid ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME dba.timportfile_importfileid_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: timportheader; Type: TABLE; Schema: dba; Owner: etl_owner
--

CREATE TABLE dba.timportheader (
    target_table text NOT NULL,
    source_name text NOT NULL,
    occurrence integer DEFAULT 1 NOT NULL,
    column_name text NOT NULL,
    date_format text,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT timportheader_occurrence_check CHECK ((occurrence >= 1))
);


ALTER TABLE dba.timportheader OWNER TO etl_owner;

--
-- Name: TABLE timportheader; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON TABLE dba.timportheader IS 'Which header text became which column, so that the same header finds the same column in every later file.';


--
-- Name: COLUMN timportheader.target_table; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.timportheader.target_table IS 'schema.table.';


--
-- Name: COLUMN timportheader.source_name; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.timportheader.source_name IS 'Header text as in the file.';


--
-- Name: COLUMN timportheader.occurrence; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.timportheader.occurrence IS '1 for the first column with this header, 2 for the second, ...';


--
-- Name: COLUMN timportheader.column_name; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.timportheader.column_name IS 'Column of the target table.';


--
-- Name: COLUMN timportheader.date_format; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.timportheader.date_format IS 'How the dates of the column are written, found in a file that left no doubt; empty for ISO dates.';


--
-- Name: COLUMN timportheader.created_at; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.timportheader.created_at IS 'When the header was first seen.';


--
-- Name: timportreject; Type: TABLE; Schema: dba; Owner: etl_owner
--

CREATE TABLE dba.timportreject (
    importrejectid bigint NOT NULL,
    importfileid bigint NOT NULL,
    line_number bigint NOT NULL,
    raw_text text,
    column_name text,
    error_code text NOT NULL,
    message text NOT NULL
);


ALTER TABLE dba.timportreject OWNER TO etl_owner;

--
-- Name: TABLE timportreject; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON TABLE dba.timportreject IS 'One row per rejected row of a file.';


--
-- Name: COLUMN timportreject.importrejectid; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.timportreject.importrejectid IS 'Number of the rejected row.';


--
-- Name: COLUMN timportreject.importfileid; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.timportreject.importfileid IS 'The file, as in dba.timportfile.';


--
-- Name: COLUMN timportreject.line_number; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.timportreject.line_number IS 'Line in the file, 1 is the first.';


--
-- Name: COLUMN timportreject.raw_text; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.timportreject.raw_text IS 'The row as it stands in the file.';


--
-- Name: COLUMN timportreject.column_name; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.timportreject.column_name IS 'Column with the bad value; empty when the row as a whole is bad.';


--
-- Name: COLUMN timportreject.error_code; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.timportreject.error_code IS 'Short name of the rule that was broken.';


--
-- Name: COLUMN timportreject.message; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.timportreject.message IS 'What is wrong, and the fix.';


--
-- Name: timportreject_importrejectid_seq; Type: SEQUENCE; Schema: dba; Owner: etl_owner
--

ALTER TABLE dba.timportreject ALTER COLUMN importrejectid ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME dba.timportreject_importrejectid_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: timportstrategy; Type: TABLE; Schema: dba; Owner: etl_owner
--

CREATE TABLE dba.timportstrategy (
    importstrategyid integer NOT NULL,
    strategyname text NOT NULL
);


ALTER TABLE dba.timportstrategy OWNER TO etl_owner;

--
-- Name: TABLE timportstrategy; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON TABLE dba.timportstrategy IS 'What an import does when the columns of a file and of the target table differ.';


--
-- Name: COLUMN timportstrategy.importstrategyid; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.timportstrategy.importstrategyid IS 'Number of the strategy.';


--
-- Name: COLUMN timportstrategy.strategyname; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.timportstrategy.strategyname IS 'What it does.';


--
-- Name: tinboxattachment; Type: TABLE; Schema: dba; Owner: etl_owner
--

CREATE TABLE dba.tinboxattachment (
    inboxattachmentid bigint NOT NULL,
    inboxmessageid bigint NOT NULL,
    part_number integer NOT NULL,
    original_name text,
    saved_name text,
    saved_path text,
    sha256 text,
    size_bytes bigint,
    status text NOT NULL,
    reason text,
    CONSTRAINT tinboxattachment_sha256_check CHECK ((sha256 ~ '^[0-9a-f]{64}$'::text)),
    CONSTRAINT tinboxattachment_size_bytes_check CHECK ((size_bytes >= 0)),
    CONSTRAINT tinboxattachment_status_check CHECK ((status = ANY (ARRAY['saved'::text, 'duplicate'::text, 'ignored'::text])))
);


ALTER TABLE dba.tinboxattachment OWNER TO etl_owner;

--
-- Name: TABLE tinboxattachment; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON TABLE dba.tinboxattachment IS 'One row per attachment of a mail that a rule took.';


--
-- Name: COLUMN tinboxattachment.inboxattachmentid; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.tinboxattachment.inboxattachmentid IS 'Number of the attachment.';


--
-- Name: COLUMN tinboxattachment.inboxmessageid; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.tinboxattachment.inboxmessageid IS 'Its mail.';


--
-- Name: COLUMN tinboxattachment.part_number; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.tinboxattachment.part_number IS 'Which part of the mail, counted from 1.';


--
-- Name: COLUMN tinboxattachment.original_name; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.tinboxattachment.original_name IS 'File name the sender gave it.';


--
-- Name: COLUMN tinboxattachment.saved_name; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.tinboxattachment.saved_name IS 'Safe file name it was saved under, with the date in front.';


--
-- Name: COLUMN tinboxattachment.saved_path; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.tinboxattachment.saved_path IS 'Whole path it was saved under.';


--
-- Name: COLUMN tinboxattachment.sha256; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.tinboxattachment.sha256 IS 'Checksum of its bytes.';


--
-- Name: COLUMN tinboxattachment.size_bytes; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.tinboxattachment.size_bytes IS 'Its size in bytes.';


--
-- Name: COLUMN tinboxattachment.status; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.tinboxattachment.status IS 'saved, duplicate (same bytes were saved before) or ignored (name does not fit the rule).';


--
-- Name: COLUMN tinboxattachment.reason; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.tinboxattachment.reason IS 'Why it was not saved.';


--
-- Name: tinboxattachment_inboxattachmentid_seq; Type: SEQUENCE; Schema: dba; Owner: etl_owner
--

ALTER TABLE dba.tinboxattachment ALTER COLUMN inboxattachmentid ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME dba.tinboxattachment_inboxattachmentid_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: tinboxconfig; Type: TABLE; Schema: dba; Owner: etl_owner
--

CREATE TABLE dba.tinboxconfig (
    config_id integer NOT NULL,
    config_name text NOT NULL,
    priority integer DEFAULT 100 NOT NULL,
    gmail_account text,
    subject_pattern text,
    subject_contains text,
    sender_filter text,
    has_attachment boolean,
    attachment_name_pattern text,
    local_repository_path text DEFAULT 'file_watcher'::text NOT NULL,
    save_eml boolean DEFAULT true NOT NULL,
    processed_label text DEFAULT 'Processed'::text NOT NULL,
    error_label text DEFAULT 'ErrorFolder'::text NOT NULL,
    is_active boolean DEFAULT true NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    last_modified_at timestamp with time zone DEFAULT now() NOT NULL
);


ALTER TABLE dba.tinboxconfig OWNER TO etl_owner;

--
-- Name: TABLE tinboxconfig; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON TABLE dba.tinboxconfig IS 'One row per mail rule. Needed: config_name and at least one condition; every condition given must hold.';


--
-- Name: COLUMN tinboxconfig.config_id; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.tinboxconfig.config_id IS 'Number of the rule; run_gmail_inbox_processor.py takes it or the name.';


--
-- Name: COLUMN tinboxconfig.config_name; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.tinboxconfig.config_name IS 'Name of the rule, e.g. client_orders.';


--
-- Name: COLUMN tinboxconfig.priority; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.tinboxconfig.priority IS 'The smallest number wins when several rules match; then the smallest config_id.';


--
-- Name: COLUMN tinboxconfig.gmail_account; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.tinboxconfig.gmail_account IS 'Mail address of the mailbox this rule is for; empty means whatever mailbox is set up.';


--
-- Name: COLUMN tinboxconfig.subject_pattern; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.tinboxconfig.subject_pattern IS 'Condition: Python regular expression found in the subject.';


--
-- Name: COLUMN tinboxconfig.subject_contains; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.tinboxconfig.subject_contains IS 'Condition: text found in the subject, upper or lower case.';


--
-- Name: COLUMN tinboxconfig.sender_filter; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.tinboxconfig.sender_filter IS 'Condition: Python regular expression found in the sender''s address (the address itself, not the display name).';


--
-- Name: COLUMN tinboxconfig.has_attachment; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.tinboxconfig.has_attachment IS 'Condition: true must have an attachment, false must have none, empty does not matter.';


--
-- Name: COLUMN tinboxconfig.attachment_name_pattern; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.tinboxconfig.attachment_name_pattern IS 'Python regular expression for the whole attachment name; empty takes every attachment.';


--
-- Name: COLUMN tinboxconfig.local_repository_path; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.tinboxconfig.local_repository_path IS 'Folder for the attachments: absolute, or below $ETL_HOME. Usually the source_directory of the feed.';


--
-- Name: COLUMN tinboxconfig.save_eml; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.tinboxconfig.save_eml IS 'True keeps the whole mail too, as an .eml file in archive/mail below $ETL_HOME.';


--
-- Name: COLUMN tinboxconfig.processed_label; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.tinboxconfig.processed_label IS 'Label (Gmail) or subfolder for mails that were handled.';


--
-- Name: COLUMN tinboxconfig.error_label; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.tinboxconfig.error_label IS 'Label (Gmail) or subfolder for mails that failed.';


--
-- Name: COLUMN tinboxconfig.is_active; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.tinboxconfig.is_active IS 'False switches the rule off.';


--
-- Name: COLUMN tinboxconfig.created_at; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.tinboxconfig.created_at IS 'When the row was made.';


--
-- Name: COLUMN tinboxconfig.last_modified_at; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.tinboxconfig.last_modified_at IS 'When the row was last changed.';


--
-- Name: tinboxconfig_config_id_seq; Type: SEQUENCE; Schema: dba; Owner: etl_owner
--

ALTER TABLE dba.tinboxconfig ALTER COLUMN config_id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME dba.tinboxconfig_config_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: tinboxmessage; Type: TABLE; Schema: dba; Owner: etl_owner
--

CREATE TABLE dba.tinboxmessage (
    inboxmessageid bigint NOT NULL,
    mailbox text NOT NULL,
    message_key text NOT NULL,
    sha256 text,
    subject text,
    sender text,
    sent_at timestamp with time zone,
    config_id integer,
    status text DEFAULT 'processing'::text NOT NULL,
    attempts integer DEFAULT 1 NOT NULL,
    reason text,
    eml_path text,
    run_uuid uuid,
    first_seen_at timestamp with time zone DEFAULT now() NOT NULL,
    finished_at timestamp with time zone,
    CONSTRAINT tinboxmessage_sha256_check CHECK ((sha256 ~ '^[0-9a-f]{64}$'::text)),
    CONSTRAINT tinboxmessage_status_check CHECK ((status = ANY (ARRAY['processing'::text, 'processed'::text, 'unmatched'::text, 'failed'::text])))
);


ALTER TABLE dba.tinboxmessage OWNER TO etl_owner;

--
-- Name: TABLE tinboxmessage; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON TABLE dba.tinboxmessage IS 'One row per mail that was looked at.';


--
-- Name: COLUMN tinboxmessage.inboxmessageid; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.tinboxmessage.inboxmessageid IS 'Number of the mail.';


--
-- Name: COLUMN tinboxmessage.mailbox; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.tinboxmessage.mailbox IS 'Mailbox it lay in.';


--
-- Name: COLUMN tinboxmessage.message_key; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.tinboxmessage.message_key IS 'Its Message-ID; sha256: and its checksum when it has none.';


--
-- Name: COLUMN tinboxmessage.sha256; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.tinboxmessage.sha256 IS 'Checksum of the whole mail.';


--
-- Name: COLUMN tinboxmessage.subject; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.tinboxmessage.subject IS 'Subject.';


--
-- Name: COLUMN tinboxmessage.sender; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.tinboxmessage.sender IS 'Address of the sender.';


--
-- Name: COLUMN tinboxmessage.sent_at; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.tinboxmessage.sent_at IS 'When the mailbox received it, or else the date it bears.';


--
-- Name: COLUMN tinboxmessage.config_id; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.tinboxmessage.config_id IS 'The rule that won, as in dba.tinboxconfig; empty when none matched.';


--
-- Name: COLUMN tinboxmessage.status; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.tinboxmessage.status IS 'processing, processed, unmatched (no rule) or failed.';


--
-- Name: COLUMN tinboxmessage.attempts; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.tinboxmessage.attempts IS 'How many runs have tried it.';


--
-- Name: COLUMN tinboxmessage.reason; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.tinboxmessage.reason IS 'Why it is unmatched or failed.';


--
-- Name: COLUMN tinboxmessage.eml_path; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.tinboxmessage.eml_path IS 'File the whole mail is kept in; empty when it is not kept.';


--
-- Name: COLUMN tinboxmessage.run_uuid; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.tinboxmessage.run_uuid IS 'Run that handled it last, as in dba.tjobrun.';


--
-- Name: COLUMN tinboxmessage.first_seen_at; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.tinboxmessage.first_seen_at IS 'When it was first looked at.';


--
-- Name: COLUMN tinboxmessage.finished_at; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.tinboxmessage.finished_at IS 'When it was done with.';


--
-- Name: tinboxmessage_inboxmessageid_seq; Type: SEQUENCE; Schema: dba; Owner: etl_owner
--

ALTER TABLE dba.tinboxmessage ALTER COLUMN inboxmessageid ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME dba.tinboxmessage_inboxmessageid_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: tjobrun; Type: TABLE; Schema: dba; Owner: etl_owner
--

CREATE TABLE dba.tjobrun (
    jobrunid bigint NOT NULL,
    run_uuid uuid NOT NULL,
    job text NOT NULL,
    arguments text DEFAULT ''::text NOT NULL,
    schedulerid integer,
    host text NOT NULL,
    user_name text NOT NULL,
    pid integer,
    started_at timestamp with time zone DEFAULT now() NOT NULL,
    ended_at timestamp with time zone,
    status text DEFAULT 'running'::text NOT NULL,
    exit_code integer,
    items_ok bigint DEFAULT 0 NOT NULL,
    items_failed bigint DEFAULT 0 NOT NULL,
    message text,
    CONSTRAINT tjobrun_status_check CHECK ((status = ANY (ARRAY['running'::text, 'ok'::text, 'failed'::text, 'busy'::text, 'timeout'::text, 'lost'::text])))
);


ALTER TABLE dba.tjobrun OWNER TO etl_owner;

--
-- Name: TABLE tjobrun; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON TABLE dba.tjobrun IS 'One row per run of a job.';


--
-- Name: COLUMN tjobrun.jobrunid; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.tjobrun.jobrunid IS 'Number of the run.';


--
-- Name: COLUMN tjobrun.run_uuid; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.tjobrun.run_uuid IS 'Run id, as in the log lines and the other ledgers.';


--
-- Name: COLUMN tjobrun.job; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.tjobrun.job IS 'Script that ran.';


--
-- Name: COLUMN tjobrun.arguments; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.tjobrun.arguments IS 'Its arguments.';


--
-- Name: COLUMN tjobrun.schedulerid; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.tjobrun.schedulerid IS 'Schedule that started it; empty when started by hand.';


--
-- Name: COLUMN tjobrun.host; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.tjobrun.host IS 'Machine it ran on.';


--
-- Name: COLUMN tjobrun.user_name; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.tjobrun.user_name IS 'User of that machine.';


--
-- Name: COLUMN tjobrun.pid; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.tjobrun.pid IS 'Process number on that machine.';


--
-- Name: COLUMN tjobrun.started_at; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.tjobrun.started_at IS 'Start.';


--
-- Name: COLUMN tjobrun.ended_at; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.tjobrun.ended_at IS 'End; empty while it runs.';


--
-- Name: COLUMN tjobrun.status; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.tjobrun.status IS 'running, ok, failed, busy (another run had the lock), timeout, lost (killed without a word).';


--
-- Name: COLUMN tjobrun.exit_code; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.tjobrun.exit_code IS '0 done, 1 some item failed, 2 usage or configuration, 75 busy, 124 time limit.';


--
-- Name: COLUMN tjobrun.items_ok; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.tjobrun.items_ok IS 'Files, mails or reports that went well.';


--
-- Name: COLUMN tjobrun.items_failed; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.tjobrun.items_failed IS 'Files, mails or reports that failed.';


--
-- Name: COLUMN tjobrun.message; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.tjobrun.message IS 'The outcome in one line.';


--
-- Name: tjobrun_jobrunid_seq; Type: SEQUENCE; Schema: dba; Owner: etl_owner
--

ALTER TABLE dba.tjobrun ALTER COLUMN jobrunid ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME dba.tjobrun_jobrunid_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: tlogentry; Type: TABLE; Schema: dba; Owner: etl_owner
--

CREATE TABLE dba.tlogentry (
    logentryid bigint NOT NULL,
    "timestamp" timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    run_uuid uuid,
    level text DEFAULT 'INFO'::text NOT NULL,
    processtype text,
    stepcounter integer,
    username text,
    stepruntime double precision,
    totalruntime double precision,
    message text NOT NULL
);


ALTER TABLE dba.tlogentry OWNER TO etl_owner;

--
-- Name: TABLE tlogentry; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON TABLE dba.tlogentry IS 'One row per log line.';


--
-- Name: COLUMN tlogentry.logentryid; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.tlogentry.logentryid IS 'Number of the line.';


--
-- Name: COLUMN tlogentry."timestamp"; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.tlogentry."timestamp" IS 'When it was said.';


--
-- Name: COLUMN tlogentry.run_uuid; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.tlogentry.run_uuid IS 'Run that said it, as in dba.tjobrun.';


--
-- Name: COLUMN tlogentry.level; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.tlogentry.level IS 'DEBUG, INFO, WARNING, ERROR or CRITICAL.';


--
-- Name: COLUMN tlogentry.processtype; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.tlogentry.processtype IS 'Job that said it.';


--
-- Name: COLUMN tlogentry.stepcounter; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.tlogentry.stepcounter IS 'Number of the line within the run.';


--
-- Name: COLUMN tlogentry.username; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.tlogentry.username IS 'User the job ran as.';


--
-- Name: COLUMN tlogentry.stepruntime; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.tlogentry.stepruntime IS 'Seconds since the line before.';


--
-- Name: COLUMN tlogentry.totalruntime; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.tlogentry.totalruntime IS 'Seconds since the start of the run.';


--
-- Name: COLUMN tlogentry.message; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.tlogentry.message IS 'The line.';


--
-- Name: tlogentry_logentryid_seq; Type: SEQUENCE; Schema: dba; Owner: etl_owner
--

ALTER TABLE dba.tlogentry ALTER COLUMN logentryid ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME dba.tlogentry_logentryid_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: tlogretention; Type: TABLE; Schema: dba; Owner: etl_owner
--

CREATE TABLE dba.tlogretention (
    logretentionid integer NOT NULL,
    table_name text NOT NULL,
    keep_days integer NOT NULL,
    is_active boolean DEFAULT true NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    last_modified_at timestamp with time zone DEFAULT now() NOT NULL
);


ALTER TABLE dba.tlogretention OWNER TO etl_owner;

--
-- Name: TABLE tlogretention; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON TABLE dba.tlogretention IS 'How many days the rows of each log table are kept; dba.ppurgeoldlogs reads it.';


--
-- Name: COLUMN tlogretention.logretentionid; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.tlogretention.logretentionid IS 'Number of the row.';


--
-- Name: COLUMN tlogretention.table_name; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.tlogretention.table_name IS 'Log table, without the schema.';


--
-- Name: COLUMN tlogretention.keep_days; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.tlogretention.keep_days IS 'Rows older than this many days are removed; 7 at least.';


--
-- Name: COLUMN tlogretention.is_active; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.tlogretention.is_active IS 'False keeps the rows of this table for ever.';


--
-- Name: COLUMN tlogretention.created_at; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.tlogretention.created_at IS 'When the row was made.';


--
-- Name: COLUMN tlogretention.last_modified_at; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.tlogretention.last_modified_at IS 'When the row was last changed.';


--
-- Name: tlogretention_logretentionid_seq; Type: SEQUENCE; Schema: dba; Owner: etl_owner
--

ALTER TABLE dba.tlogretention ALTER COLUMN logretentionid ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME dba.tlogretention_logretentionid_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: tlongrunningquery; Type: TABLE; Schema: dba; Owner: etl_owner
--

CREATE TABLE dba.tlongrunningquery (
    longrunningqueryid bigint NOT NULL,
    pid integer NOT NULL,
    query_start timestamp with time zone NOT NULL,
    first_seen_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    last_seen_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    user_name text,
    application_name text,
    state text,
    wait_event text,
    blocked_by integer[] DEFAULT '{}'::integer[] NOT NULL,
    query text
);


ALTER TABLE dba.tlongrunningquery OWNER TO etl_owner;

--
-- Name: TABLE tlongrunningquery; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON TABLE dba.tlongrunningquery IS 'One row per query that ran longer than the limit of dba.precordlongqueries.';


--
-- Name: COLUMN tlongrunningquery.longrunningqueryid; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.tlongrunningquery.longrunningqueryid IS 'Number of the row.';


--
-- Name: COLUMN tlongrunningquery.pid; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.tlongrunningquery.pid IS 'Process number of the session in the database server.';


--
-- Name: COLUMN tlongrunningquery.query_start; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.tlongrunningquery.query_start IS 'When the query began.';


--
-- Name: COLUMN tlongrunningquery.first_seen_at; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.tlongrunningquery.first_seen_at IS 'When it was first recorded.';


--
-- Name: COLUMN tlongrunningquery.last_seen_at; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.tlongrunningquery.last_seen_at IS 'When it was last seen running.';


--
-- Name: COLUMN tlongrunningquery.user_name; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.tlongrunningquery.user_name IS 'Login that asked.';


--
-- Name: COLUMN tlongrunningquery.application_name; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.tlongrunningquery.application_name IS 'Program that asked.';


--
-- Name: COLUMN tlongrunningquery.state; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.tlongrunningquery.state IS 'active, or idle in transaction: asked long ago and the transaction was left open.';


--
-- Name: COLUMN tlongrunningquery.wait_event; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.tlongrunningquery.wait_event IS 'What it waits for.';


--
-- Name: COLUMN tlongrunningquery.blocked_by; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.tlongrunningquery.blocked_by IS 'Process numbers of the sessions whose locks it waits for.';


--
-- Name: COLUMN tlongrunningquery.query; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.tlongrunningquery.query IS 'First 2000 characters of the query.';


--
-- Name: tlongrunningquery_longrunningqueryid_seq; Type: SEQUENCE; Schema: dba; Owner: etl_owner
--

ALTER TABLE dba.tlongrunningquery ALTER COLUMN longrunningqueryid ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME dba.tlongrunningquery_longrunningqueryid_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: tmaintenancelog; Type: TABLE; Schema: dba; Owner: etl_owner
--

CREATE TABLE dba.tmaintenancelog (
    maintenancelogid bigint NOT NULL,
    started_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    finished_at timestamp with time zone,
    operation text NOT NULL,
    object_name text NOT NULL,
    rows_affected bigint,
    succeeded boolean NOT NULL,
    message text,
    user_name text DEFAULT SESSION_USER NOT NULL
);


ALTER TABLE dba.tmaintenancelog OWNER TO etl_owner;

--
-- Name: TABLE tmaintenancelog; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON TABLE dba.tmaintenancelog IS 'One row per maintenance step on one table or index: analyze, reindex, purge.';


--
-- Name: COLUMN tmaintenancelog.maintenancelogid; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.tmaintenancelog.maintenancelogid IS 'Number of the step.';


--
-- Name: COLUMN tmaintenancelog.started_at; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.tmaintenancelog.started_at IS 'When the step began.';


--
-- Name: COLUMN tmaintenancelog.finished_at; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.tmaintenancelog.finished_at IS 'When the step ended.';


--
-- Name: COLUMN tmaintenancelog.operation; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.tmaintenancelog.operation IS 'What was done: analyze, reindex or purge.';


--
-- Name: COLUMN tmaintenancelog.object_name; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.tmaintenancelog.object_name IS 'Table or index it was done to, with its schema.';


--
-- Name: COLUMN tmaintenancelog.rows_affected; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.tmaintenancelog.rows_affected IS 'Rows removed by a purge; empty for the other operations.';


--
-- Name: COLUMN tmaintenancelog.succeeded; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.tmaintenancelog.succeeded IS 'False when the step failed; message says why.';


--
-- Name: COLUMN tmaintenancelog.message; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.tmaintenancelog.message IS 'The error, when the step failed.';


--
-- Name: COLUMN tmaintenancelog.user_name; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.tmaintenancelog.user_name IS 'Login that ran the step.';


--
-- Name: tmaintenancelog_maintenancelogid_seq; Type: SEQUENCE; Schema: dba; Owner: etl_owner
--

ALTER TABLE dba.tmaintenancelog ALTER COLUMN maintenancelogid ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME dba.tmaintenancelog_maintenancelogid_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: tmeetmaxconfig; Type: TABLE; Schema: dba; Owner: etl_owner
--

CREATE TABLE dba.tmeetmaxconfig (
    config_id integer NOT NULL,
    config_name text NOT NULL,
    base_url text NOT NULL,
    event_ids text NOT NULL,
    download_directory text DEFAULT 'file_watcher'::text NOT NULL,
    delay_seconds numeric DEFAULT 2 NOT NULL,
    max_retries integer DEFAULT 3 NOT NULL,
    max_seconds integer DEFAULT 60 NOT NULL,
    max_bytes bigint DEFAULT 52428800 NOT NULL,
    is_active boolean DEFAULT true NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    last_modified_at timestamp with time zone DEFAULT now() NOT NULL
);


ALTER TABLE dba.tmeetmaxconfig OWNER TO etl_owner;

--
-- Name: TABLE tmeetmaxconfig; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON TABLE dba.tmeetmaxconfig IS 'One row per set of MeetMax events to download.';


--
-- Name: COLUMN tmeetmaxconfig.config_id; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.tmeetmaxconfig.config_id IS 'Number of the row.';


--
-- Name: COLUMN tmeetmaxconfig.config_name; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.tmeetmaxconfig.config_name IS 'Name of the set.';


--
-- Name: COLUMN tmeetmaxconfig.base_url; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.tmeetmaxconfig.base_url IS 'Web address of the site, e.g. https://www.meetmax.com.';


--
-- Name: COLUMN tmeetmaxconfig.event_ids; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.tmeetmaxconfig.event_ids IS 'Event numbers and ranges, e.g. 119179-119184,120000.';


--
-- Name: COLUMN tmeetmaxconfig.download_directory; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.tmeetmaxconfig.download_directory IS 'Folder for the files: absolute, or below $ETL_HOME.';


--
-- Name: COLUMN tmeetmaxconfig.delay_seconds; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.tmeetmaxconfig.delay_seconds IS 'Seconds between two requests.';


--
-- Name: COLUMN tmeetmaxconfig.max_retries; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.tmeetmaxconfig.max_retries IS 'How often a failed request is tried again.';


--
-- Name: COLUMN tmeetmaxconfig.max_seconds; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.tmeetmaxconfig.max_seconds IS 'Seconds after which one download is given up.';


--
-- Name: COLUMN tmeetmaxconfig.max_bytes; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.tmeetmaxconfig.max_bytes IS 'A larger file is refused.';


--
-- Name: COLUMN tmeetmaxconfig.is_active; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.tmeetmaxconfig.is_active IS 'False switches the row off.';


--
-- Name: COLUMN tmeetmaxconfig.created_at; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.tmeetmaxconfig.created_at IS 'When the row was made.';


--
-- Name: COLUMN tmeetmaxconfig.last_modified_at; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.tmeetmaxconfig.last_modified_at IS 'When the row was last changed.';


--
-- Name: tmeetmaxconfig_config_id_seq; Type: SEQUENCE; Schema: dba; Owner: etl_owner
--

ALTER TABLE dba.tmeetmaxconfig ALTER COLUMN config_id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME dba.tmeetmaxconfig_config_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: treportmanager; Type: TABLE; Schema: dba; Owner: etl_owner
--

CREATE TABLE dba.treportmanager (
    reportid integer NOT NULL,
    reportname text NOT NULL,
    reportdescription text,
    frequency text,
    subjectheader text NOT NULL,
    toheader text NOT NULL,
    cc text,
    bcc text,
    emailbodytemplate text NOT NULL,
    emailbodyqueries jsonb DEFAULT '{}'::jsonb NOT NULL,
    hasattachment boolean NOT NULL,
    attachmentqueries jsonb DEFAULT '[]'::jsonb NOT NULL,
    charts jsonb DEFAULT '[]'::jsonb NOT NULL,
    attachment_format text DEFAULT 'csv'::text NOT NULL,
    when_empty text DEFAULT 'send'::text NOT NULL,
    on_error text DEFAULT 'hold'::text NOT NULL,
    max_data_age interval,
    datastatusid integer DEFAULT 1 NOT NULL,
    is_active boolean GENERATED ALWAYS AS ((datastatusid = 1)) STORED NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    last_modified_at timestamp with time zone DEFAULT now() NOT NULL
);


ALTER TABLE dba.treportmanager OWNER TO etl_owner;

--
-- Name: TABLE treportmanager; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON TABLE dba.treportmanager IS 'One row per report. Needed: reportname, toheader, emailbodytemplate and its emailbodyqueries. Run update_cron_jobs.py after a change of frequency.';


--
-- Name: COLUMN treportmanager.reportid; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.treportmanager.reportid IS 'Number of the report; send_reports.py takes it or the name.';


--
-- Name: COLUMN treportmanager.reportname; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.treportmanager.reportname IS 'Name of the report.';


--
-- Name: COLUMN treportmanager.reportdescription; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.treportmanager.reportdescription IS 'What the report is for.';


--
-- Name: COLUMN treportmanager.frequency; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.treportmanager.frequency IS 'When it is sent: five cron fields, e.g. 20 11 * * 1-5. Empty means by hand only.';


--
-- Name: COLUMN treportmanager.subjectheader; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.treportmanager.subjectheader IS 'Subject of the mail; the report name when left out.';


--
-- Name: COLUMN treportmanager.toheader; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.treportmanager.toheader IS 'Receivers, separated by commas.';


--
-- Name: COLUMN treportmanager.cc; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.treportmanager.cc IS 'Receivers of a copy, separated by commas.';


--
-- Name: COLUMN treportmanager.bcc; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.treportmanager.bcc IS 'Receivers of a hidden copy, separated by commas.';


--
-- Name: COLUMN treportmanager.emailbodytemplate; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.treportmanager.emailbodytemplate IS 'HTML of the mail; {{grid1}} stands for the result of the query named grid1. Also: timestamp, today, yesterday, report_name.';


--
-- Name: COLUMN treportmanager.emailbodyqueries; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.treportmanager.emailbodyqueries IS 'JSON object {"grid1": "SELECT ..."}: one SELECT per placeholder of the template. Runs as etl_report.';


--
-- Name: COLUMN treportmanager.hasattachment; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.treportmanager.hasattachment IS 'True attaches the attachmentqueries; when left out, true if there are any.';


--
-- Name: COLUMN treportmanager.attachmentqueries; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.treportmanager.attachmentqueries IS 'JSON list [{"name": "orders", "query": "SELECT ...", "format": "csv"}]; format csv or xlsx may be left out.';


--
-- Name: COLUMN treportmanager.charts; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.treportmanager.charts IS 'JSON list [{"name": "chart1", "query": "SELECT ..."}]: each becomes a picture for the placeholder of its name.';


--
-- Name: COLUMN treportmanager.attachment_format; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.treportmanager.attachment_format IS 'csv or xlsx, for attachments that name no format.';


--
-- Name: COLUMN treportmanager.when_empty; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.treportmanager.when_empty IS 'When every query returns no rows: send as it is, skip the mail, or send a note instead.';


--
-- Name: COLUMN treportmanager.on_error; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.treportmanager.on_error IS 'When a query fails: hold the mail back, or send it with a note in that place.';


--
-- Name: COLUMN treportmanager.max_data_age; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.treportmanager.max_data_age IS 'Hold the report when the newest active dataset is older than this, e.g. 26 hours; empty means never.';


--
-- Name: COLUMN treportmanager.datastatusid; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.treportmanager.datastatusid IS '1 sends the report, 2 switches it off.';


--
-- Name: COLUMN treportmanager.is_active; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.treportmanager.is_active IS 'True when datastatusid is 1; kept by the database.';


--
-- Name: COLUMN treportmanager.created_at; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.treportmanager.created_at IS 'When the row was made.';


--
-- Name: COLUMN treportmanager.last_modified_at; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.treportmanager.last_modified_at IS 'When the row was last changed.';


--
-- Name: treportmanager_reportid_seq; Type: SEQUENCE; Schema: dba; Owner: etl_owner
--

ALTER TABLE dba.treportmanager ALTER COLUMN reportid ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME dba.treportmanager_reportid_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: treportrun; Type: TABLE; Schema: dba; Owner: etl_owner
--

CREATE TABLE dba.treportrun (
    reportrunid bigint NOT NULL,
    reportid integer NOT NULL,
    due_at timestamp with time zone NOT NULL,
    attempt integer DEFAULT 1 NOT NULL,
    run_uuid uuid,
    status text DEFAULT 'claimed'::text NOT NULL,
    message_id text,
    recipients text[] DEFAULT '{}'::text[] NOT NULL,
    refused_recipients jsonb DEFAULT '{}'::jsonb NOT NULL,
    row_counts jsonb DEFAULT '{}'::jsonb NOT NULL,
    output_path text,
    error text,
    claimed_at timestamp with time zone DEFAULT now() NOT NULL,
    finished_at timestamp with time zone,
    CONSTRAINT treportrun_attempt_check CHECK ((attempt >= 1)),
    CONSTRAINT treportrun_status_check CHECK ((status = ANY (ARRAY['claimed'::text, 'sent'::text, 'held'::text, 'skipped'::text, 'failed'::text, 'unknown'::text])))
);


ALTER TABLE dba.treportrun OWNER TO etl_owner;

--
-- Name: TABLE treportrun; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON TABLE dba.treportrun IS 'One row per report and due time; whoever writes the row sends the mail. A mail sent again on purpose is a row of its own.';


--
-- Name: COLUMN treportrun.reportrunid; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.treportrun.reportrunid IS 'Number of the delivery.';


--
-- Name: COLUMN treportrun.reportid; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.treportrun.reportid IS 'The report, as in dba.treportmanager.';


--
-- Name: COLUMN treportrun.due_at; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.treportrun.due_at IS 'When it was due; by hand, when it was asked for.';


--
-- Name: COLUMN treportrun.attempt; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.treportrun.attempt IS '1; more when the mail was sent again with --resend.';


--
-- Name: COLUMN treportrun.run_uuid; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.treportrun.run_uuid IS 'Run that handled it, as in dba.tjobrun.';


--
-- Name: COLUMN treportrun.status; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.treportrun.status IS 'claimed (being sent), sent, held, skipped (nothing to say), failed, unknown (the connection broke while sending; never sent again by itself).';


--
-- Name: COLUMN treportrun.message_id; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.treportrun.message_id IS 'Message-ID of the mail.';


--
-- Name: COLUMN treportrun.recipients; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.treportrun.recipients IS 'Addresses it was sent to.';


--
-- Name: COLUMN treportrun.refused_recipients; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.treportrun.refused_recipients IS 'JSON object of address and the mail server''s reason, for those it refused.';


--
-- Name: COLUMN treportrun.row_counts; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.treportrun.row_counts IS 'JSON object of placeholder or attachment and its number of rows.';


--
-- Name: COLUMN treportrun.output_path; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.treportrun.output_path IS 'File it was written to, where no mail server is set up.';


--
-- Name: COLUMN treportrun.error; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.treportrun.error IS 'Why it was held or failed, in one line.';


--
-- Name: COLUMN treportrun.claimed_at; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.treportrun.claimed_at IS 'When a run took it on.';


--
-- Name: COLUMN treportrun.finished_at; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.treportrun.finished_at IS 'When it was done with.';


--
-- Name: treportrun_reportrunid_seq; Type: SEQUENCE; Schema: dba; Owner: etl_owner
--

ALTER TABLE dba.treportrun ALTER COLUMN reportrunid ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME dba.treportrun_reportrunid_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: tscheduler; Type: TABLE; Schema: dba; Owner: etl_owner
--

CREATE TABLE dba.tscheduler (
    schedulerid integer NOT NULL,
    taskname text NOT NULL,
    taskdescription text,
    frequency text,
    run_after_schedulerid integer,
    scriptpath text NOT NULL,
    scriptargs text DEFAULT ''::text NOT NULL,
    timeout_minutes integer DEFAULT 60 NOT NULL,
    catch_up text DEFAULT 'none'::text NOT NULL,
    ping_url text,
    datastatusid integer DEFAULT 1 NOT NULL,
    is_active boolean GENERATED ALWAYS AS ((datastatusid = 1)) STORED NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    last_modified_at timestamp with time zone DEFAULT now() NOT NULL
);


ALTER TABLE dba.tscheduler OWNER TO etl_owner;

--
-- Name: TABLE tscheduler; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON TABLE dba.tscheduler IS 'One row per scheduled job. Run update_cron_jobs.py after a change.';


--
-- Name: COLUMN tscheduler.schedulerid; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.tscheduler.schedulerid IS 'Number of the schedule.';


--
-- Name: COLUMN tscheduler.taskname; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.tscheduler.taskname IS 'Name of the schedule.';


--
-- Name: COLUMN tscheduler.taskdescription; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.tscheduler.taskdescription IS 'What the job does.';


--
-- Name: COLUMN tscheduler.frequency; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.tscheduler.frequency IS 'When it runs: five cron fields, e.g. 0 3 * * *. Empty when it runs after another one.';


--
-- Name: COLUMN tscheduler.run_after_schedulerid; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.tscheduler.run_after_schedulerid IS 'Runs when that schedule has ended well, instead of at a time.';


--
-- Name: COLUMN tscheduler.scriptpath; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.tscheduler.scriptpath IS 'File in jobscripts/, e.g. run_import_job.py.';


--
-- Name: COLUMN tscheduler.scriptargs; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.tscheduler.scriptargs IS 'Arguments of the script, as on a command line; "quotes" keep words together.';


--
-- Name: COLUMN tscheduler.timeout_minutes; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.tscheduler.timeout_minutes IS 'The job is stopped after this many minutes.';


--
-- Name: COLUMN tscheduler.catch_up; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.tscheduler.catch_up IS 'none: a missed time is forgotten; last: the job runs once when the machine is back.';


--
-- Name: COLUMN tscheduler.ping_url; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.tscheduler.ping_url IS 'Web address that is called after each good run, for a watchdog service; empty for none.';


--
-- Name: COLUMN tscheduler.datastatusid; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.tscheduler.datastatusid IS '1 runs the job, 2 switches it off.';


--
-- Name: COLUMN tscheduler.is_active; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.tscheduler.is_active IS 'True when datastatusid is 1; kept by the database.';


--
-- Name: COLUMN tscheduler.created_at; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.tscheduler.created_at IS 'When the row was made.';


--
-- Name: COLUMN tscheduler.last_modified_at; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.tscheduler.last_modified_at IS 'When the row was last changed.';


--
-- Name: tscheduler_schedulerid_seq; Type: SEQUENCE; Schema: dba; Owner: etl_owner
--

ALTER TABLE dba.tscheduler ALTER COLUMN schedulerid ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME dba.tscheduler_schedulerid_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: tsftpconfig; Type: TABLE; Schema: dba; Owner: etl_owner
--

CREATE TABLE dba.tsftpconfig (
    config_id integer NOT NULL,
    config_name text NOT NULL,
    host text NOT NULL,
    port integer DEFAULT 22 NOT NULL,
    username text NOT NULL,
    key_file text NOT NULL,
    host_key text NOT NULL,
    direction text NOT NULL,
    remote_path text NOT NULL,
    local_path text DEFAULT 'file_watcher'::text NOT NULL,
    file_pattern text NOT NULL,
    after_transfer text DEFAULT 'leave'::text NOT NULL,
    after_transfer_path text,
    timeout_seconds integer DEFAULT 60 NOT NULL,
    is_active boolean DEFAULT true NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    last_modified_at timestamp with time zone DEFAULT now() NOT NULL
);


ALTER TABLE dba.tsftpconfig OWNER TO etl_owner;

--
-- Name: TABLE tsftpconfig; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON TABLE dba.tsftpconfig IS 'One row per SFTP exchange: fetch files from, or bring files to, another machine.';


--
-- Name: COLUMN tsftpconfig.config_id; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.tsftpconfig.config_id IS 'Number of the exchange.';


--
-- Name: COLUMN tsftpconfig.config_name; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.tsftpconfig.config_name IS 'Name of the exchange.';


--
-- Name: COLUMN tsftpconfig.host; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.tsftpconfig.host IS 'Name or address of the other machine.';


--
-- Name: COLUMN tsftpconfig.port; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.tsftpconfig.port IS 'Its SSH port, usually 22.';


--
-- Name: COLUMN tsftpconfig.username; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.tsftpconfig.username IS 'User name there.';


--
-- Name: COLUMN tsftpconfig.key_file; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.tsftpconfig.key_file IS 'File with our private key: absolute, or below $ETL_HOME. The key itself never stands in the database.';


--
-- Name: COLUMN tsftpconfig.host_key; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.tsftpconfig.host_key IS 'The other machine''s public key, e.g. ssh-ed25519 AAAA..., or its SHA256:... fingerprint. Another key is refused.';


--
-- Name: COLUMN tsftpconfig.direction; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.tsftpconfig.direction IS 'pull fetches files, push brings files.';


--
-- Name: COLUMN tsftpconfig.remote_path; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.tsftpconfig.remote_path IS 'Folder on the other machine.';


--
-- Name: COLUMN tsftpconfig.local_path; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.tsftpconfig.local_path IS 'Folder here: absolute, or below $ETL_HOME.';


--
-- Name: COLUMN tsftpconfig.file_pattern; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.tsftpconfig.file_pattern IS 'Python regular expression for the whole file name.';


--
-- Name: COLUMN tsftpconfig.after_transfer; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.tsftpconfig.after_transfer IS 'What happens to the original: leave, delete or move.';


--
-- Name: COLUMN tsftpconfig.after_transfer_path; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.tsftpconfig.after_transfer_path IS 'Folder the original is moved to; only with move.';


--
-- Name: COLUMN tsftpconfig.timeout_seconds; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.tsftpconfig.timeout_seconds IS 'Seconds without an answer after which the exchange is given up.';


--
-- Name: COLUMN tsftpconfig.is_active; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.tsftpconfig.is_active IS 'False switches the exchange off.';


--
-- Name: COLUMN tsftpconfig.created_at; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.tsftpconfig.created_at IS 'When the row was made.';


--
-- Name: COLUMN tsftpconfig.last_modified_at; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.tsftpconfig.last_modified_at IS 'When the row was last changed.';


--
-- Name: tsftpconfig_config_id_seq; Type: SEQUENCE; Schema: dba; Owner: etl_owner
--

ALTER TABLE dba.tsftpconfig ALTER COLUMN config_id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME dba.tsftpconfig_config_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: tsftptransfer; Type: TABLE; Schema: dba; Owner: etl_owner
--

CREATE TABLE dba.tsftptransfer (
    sftptransferid bigint NOT NULL,
    config_id integer NOT NULL,
    run_uuid uuid,
    direction text NOT NULL,
    remote_path text NOT NULL,
    local_path text NOT NULL,
    sha256 text,
    size_bytes bigint,
    remote_modified_at timestamp with time zone,
    status text DEFAULT 'started'::text NOT NULL,
    error text,
    started_at timestamp with time zone DEFAULT now() NOT NULL,
    verified_at timestamp with time zone,
    CONSTRAINT tsftptransfer_direction_check CHECK ((direction = ANY (ARRAY['pull'::text, 'push'::text]))),
    CONSTRAINT tsftptransfer_sha256_check CHECK ((sha256 ~ '^[0-9a-f]{64}$'::text)),
    CONSTRAINT tsftptransfer_size_bytes_check CHECK ((size_bytes >= 0)),
    CONSTRAINT tsftptransfer_status_check CHECK ((status = ANY (ARRAY['started'::text, 'done'::text, 'failed'::text])))
);


ALTER TABLE dba.tsftptransfer OWNER TO etl_owner;

--
-- Name: TABLE tsftptransfer; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON TABLE dba.tsftptransfer IS 'One row per file exchanged by SFTP.';


--
-- Name: COLUMN tsftptransfer.sftptransferid; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.tsftptransfer.sftptransferid IS 'Number of the transfer.';


--
-- Name: COLUMN tsftptransfer.config_id; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.tsftptransfer.config_id IS 'The exchange, as in dba.tsftpconfig.';


--
-- Name: COLUMN tsftptransfer.run_uuid; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.tsftptransfer.run_uuid IS 'Run that did it, as in dba.tjobrun.';


--
-- Name: COLUMN tsftptransfer.direction; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.tsftptransfer.direction IS 'pull or push.';


--
-- Name: COLUMN tsftptransfer.remote_path; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.tsftptransfer.remote_path IS 'File on the other machine.';


--
-- Name: COLUMN tsftptransfer.local_path; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.tsftptransfer.local_path IS 'File here.';


--
-- Name: COLUMN tsftptransfer.sha256; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.tsftptransfer.sha256 IS 'Checksum of its bytes.';


--
-- Name: COLUMN tsftptransfer.size_bytes; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.tsftptransfer.size_bytes IS 'Its size in bytes.';


--
-- Name: COLUMN tsftptransfer.remote_modified_at; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.tsftptransfer.remote_modified_at IS 'When the file on the other machine was last changed.';


--
-- Name: COLUMN tsftptransfer.status; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.tsftptransfer.status IS 'started, done or failed.';


--
-- Name: COLUMN tsftptransfer.error; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.tsftptransfer.error IS 'Why it failed, in one line.';


--
-- Name: COLUMN tsftptransfer.started_at; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.tsftptransfer.started_at IS 'Start.';


--
-- Name: COLUMN tsftptransfer.verified_at; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.tsftptransfer.verified_at IS 'When size or checksum were compared and found right.';


--
-- Name: tsftptransfer_sftptransferid_seq; Type: SEQUENCE; Schema: dba; Owner: etl_owner
--

ALTER TABLE dba.tsftptransfer ALTER COLUMN sftptransferid ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME dba.tsftptransfer_sftptransferid_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: ttableindexstats; Type: TABLE; Schema: dba; Owner: etl_owner
--

CREATE TABLE dba.ttableindexstats (
    tableindexstatsid bigint NOT NULL,
    taken_at timestamp with time zone DEFAULT now() NOT NULL,
    schema_name text NOT NULL,
    table_name text NOT NULL,
    index_name text,
    size_bytes bigint NOT NULL,
    live_rows bigint,
    dead_rows bigint,
    table_scans bigint,
    index_scans bigint,
    last_vacuum timestamp with time zone,
    last_analyze timestamp with time zone
);


ALTER TABLE dba.ttableindexstats OWNER TO etl_owner;

--
-- Name: TABLE ttableindexstats; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON TABLE dba.ttableindexstats IS 'One row per table, and per index, at the time of each snapshot.';


--
-- Name: COLUMN ttableindexstats.tableindexstatsid; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.ttableindexstats.tableindexstatsid IS 'Number of the row.';


--
-- Name: COLUMN ttableindexstats.taken_at; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.ttableindexstats.taken_at IS 'Time of the snapshot.';


--
-- Name: COLUMN ttableindexstats.schema_name; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.ttableindexstats.schema_name IS 'Schema of the table.';


--
-- Name: COLUMN ttableindexstats.table_name; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.ttableindexstats.table_name IS 'The table.';


--
-- Name: COLUMN ttableindexstats.index_name; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.ttableindexstats.index_name IS 'The index; empty on the row of the table itself.';


--
-- Name: COLUMN ttableindexstats.size_bytes; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.ttableindexstats.size_bytes IS 'Size on disk: of the index, or of the table without its indexes.';


--
-- Name: COLUMN ttableindexstats.live_rows; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.ttableindexstats.live_rows IS 'Rows, as the server estimates them.';


--
-- Name: COLUMN ttableindexstats.dead_rows; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.ttableindexstats.dead_rows IS 'Deleted or replaced rows not yet cleaned away.';


--
-- Name: COLUMN ttableindexstats.table_scans; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.ttableindexstats.table_scans IS 'How often the whole table was read, since the server''s counters began.';


--
-- Name: COLUMN ttableindexstats.index_scans; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.ttableindexstats.index_scans IS 'How often the index (or any index of the table) was used.';


--
-- Name: COLUMN ttableindexstats.last_vacuum; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.ttableindexstats.last_vacuum IS 'When the table was last vacuumed, by hand or by the server.';


--
-- Name: COLUMN ttableindexstats.last_analyze; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.ttableindexstats.last_analyze IS 'When its statistics were last renewed.';


--
-- Name: ttableindexstats_tableindexstatsid_seq; Type: SEQUENCE; Schema: dba; Owner: etl_owner
--

ALTER TABLE dba.ttableindexstats ALTER COLUMN tableindexstatsid ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME dba.ttableindexstats_tableindexstatsid_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: vactivedataset; Type: VIEW; Schema: dba; Owner: etl_owner
--

CREATE VIEW dba.vactivedataset AS
 SELECT tdataset.datasetid,
    tdatasettype.datasettypename,
    tdatasource.datasourcename,
    tdataset.label,
    tdataset.datasetdate,
    tdataset.row_count,
    tdataset.efffromdate
   FROM ((dba.tdataset
     JOIN dba.tdatasettype USING (datasettypeid))
     JOIN dba.tdatasource USING (datasourceid))
  WHERE tdataset.isactive;


ALTER TABLE dba.vactivedataset OWNER TO etl_owner;

--
-- Name: VIEW vactivedataset; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON VIEW dba.vactivedataset IS 'The datasets that count, with names. Join target tables to it by datasetid.';


--
-- Name: COLUMN vactivedataset.datasetid; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.vactivedataset.datasetid IS 'Number of the dataset, as in the target table.';


--
-- Name: COLUMN vactivedataset.datasettypename; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.vactivedataset.datasettypename IS 'Kind of data.';


--
-- Name: COLUMN vactivedataset.datasourcename; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.vactivedataset.datasourcename IS 'Who it came from.';


--
-- Name: COLUMN vactivedataset.label; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.vactivedataset.label IS 'Label of the dataset.';


--
-- Name: COLUMN vactivedataset.datasetdate; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.vactivedataset.datasetdate IS 'The day the data is about.';


--
-- Name: COLUMN vactivedataset.row_count; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.vactivedataset.row_count IS 'Rows loaded into the target table.';


--
-- Name: COLUMN vactivedataset.efffromdate; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.vactivedataset.efffromdate IS 'Since when it is the active one.';


--
-- Name: vconfigcolumns; Type: VIEW; Schema: dba; Owner: etl_owner
--

CREATE VIEW dba.vconfigcolumns AS
 SELECT (config.relname)::text AS table_name,
    (config_column.attname)::text AS column_name,
        CASE
            WHEN (config_column.attidentity <> ''::"char") THEN 'next number'::text
            WHEN (config_column.attgenerated = ''::"char") THEN regexp_replace(pg_get_expr(pg_attrdef.adbin, pg_attrdef.adrelid), '^''(.*)''::[a-z]+(\[\])?$'::text, '\1'::text)
            ELSE NULL::text
        END AS default_value,
    btrim(regexp_replace(col_description(config.oid, (config_column.attnum)::integer), '(.{1,36})(\s+|$)'::text, '\1
'::text, 'g'::text), '
'::text) AS meaning
   FROM (((pg_trigger
     JOIN pg_class config ON (((config.oid = pg_trigger.tgrelid) AND (config.relnamespace = ('dba'::regnamespace)::oid) AND (pg_trigger.tgname = 'a_check'::name))))
     JOIN pg_attribute config_column ON (((config_column.attrelid = config.oid) AND (config_column.attnum > 0) AND (NOT config_column.attisdropped))))
     LEFT JOIN pg_attrdef ON (((pg_attrdef.adrelid = config_column.attrelid) AND (pg_attrdef.adnum = config_column.attnum))))
  ORDER BY config.relname, config_column.attnum;


ALTER TABLE dba.vconfigcolumns OWNER TO etl_owner;

--
-- Name: VIEW vconfigcolumns; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON VIEW dba.vconfigcolumns IS 'What can be set in the config tables. For a narrow screen: SELECT column_name, default_value, meaning FROM dba.vconfigcolumns WHERE table_name = ''timportconfig''.';


--
-- Name: COLUMN vconfigcolumns.table_name; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.vconfigcolumns.table_name IS 'Config table, without the schema.';


--
-- Name: COLUMN vconfigcolumns.column_name; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.vconfigcolumns.column_name IS 'Column.';


--
-- Name: COLUMN vconfigcolumns.default_value; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.vconfigcolumns.default_value IS 'What it is when left out of an INSERT; empty for none.';


--
-- Name: COLUMN vconfigcolumns.meaning; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.vconfigcolumns.meaning IS 'The comment of the column, in lines of at most 36 characters.';


--
-- Name: vfilesreceived; Type: VIEW; Schema: dba; Owner: etl_owner
--

CREATE VIEW dba.vfilesreceived AS
 SELECT timportconfig.config_name AS feed,
    file.file_name,
    file.status,
    file.finished_at AS received_at,
    file.rows_read,
    file.rows_loaded,
    file.rows_rejected,
    file.rows_skipped,
    file.datasetid,
    tdataset.datasetdate
   FROM ((dba.timportfile file
     JOIN dba.timportconfig USING (config_id))
     LEFT JOIN dba.tdataset USING (datasetid));


ALTER TABLE dba.vfilesreceived OWNER TO etl_owner;

--
-- Name: VIEW vfilesreceived; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON VIEW dba.vfilesreceived IS 'Every handled file with its counts, for reports.';


--
-- Name: COLUMN vfilesreceived.feed; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.vfilesreceived.feed IS 'Name of the feed.';


--
-- Name: COLUMN vfilesreceived.file_name; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.vfilesreceived.file_name IS 'Name of the file.';


--
-- Name: COLUMN vfilesreceived.status; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.vfilesreceived.status IS 'Loaded, Empty, Failed or Duplicate.';


--
-- Name: COLUMN vfilesreceived.received_at; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.vfilesreceived.received_at IS 'When the import of the file ended.';


--
-- Name: COLUMN vfilesreceived.rows_read; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.vfilesreceived.rows_read IS 'Data rows in the file.';


--
-- Name: COLUMN vfilesreceived.rows_loaded; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.vfilesreceived.rows_loaded IS 'Rows in the target table.';


--
-- Name: COLUMN vfilesreceived.rows_rejected; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.vfilesreceived.rows_rejected IS 'Bad rows put aside.';


--
-- Name: COLUMN vfilesreceived.rows_skipped; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.vfilesreceived.rows_skipped IS 'Rows left out on purpose.';


--
-- Name: COLUMN vfilesreceived.datasetid; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.vfilesreceived.datasetid IS 'Dataset of its rows.';


--
-- Name: COLUMN vfilesreceived.datasetdate; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.vfilesreceived.datasetdate IS 'The day the data is about.';


--
-- Name: vimportbooks; Type: VIEW; Schema: dba; Owner: etl_owner
--

CREATE VIEW dba.vimportbooks AS
 SELECT checked.importfileid,
    checked.file_name,
    checked.status,
    checked.rows_read,
    checked.rows_loaded,
    checked.rows_rejected,
    checked.rows_skipped,
    checked.rejects_on_record,
    checked.datasetid,
    checked.row_count,
    checked.problem
   FROM ( SELECT file.importfileid,
            file.config_id,
            file.run_uuid,
            file.file_name,
            file.sha256,
            file.size_bytes,
            file.modified_at,
            file.source,
            file.inboxattachmentid,
            file.target_table,
            file.datasetid,
            file.status,
            file.rows_read,
            file.rows_loaded,
            file.rows_rejected,
            file.rows_skipped,
            file.archived_path,
            file.error,
            file.started_at,
            file.finished_at,
            dataset.row_count,
            rejects.rejects_on_record,
                CASE
                    WHEN (file.rows_read <> ((file.rows_loaded + file.rows_rejected) + file.rows_skipped)) THEN 'rows read are not loaded + rejected + skipped'::text
                    WHEN ((file.status = ANY (ARRAY['Loaded'::text, 'Empty'::text])) AND (rejects.rejects_on_record <> file.rows_rejected)) THEN 'rejected rows are not all on record'::text
                    WHEN ((file.status <> 'Loaded'::text) AND (file.rows_loaded > 0)) THEN 'rows loaded by a file that is not Loaded'::text
                    WHEN ((file.status = 'Loaded'::text) AND (dataset.datasetid IS NULL)) THEN 'loaded without a dataset'::text
                    WHEN ((file.status = 'Loaded'::text) AND (dataset.row_count <> file.rows_loaded)) THEN 'dataset has another number of rows'::text
                    WHEN ((file.status = 'Loaded'::text) AND (dataset.datastatusid = ANY (ARRAY[4, 5, 6]))) THEN 'loaded, but its dataset never became active'::text
                    ELSE NULL::text
                END AS problem
           FROM ((dba.timportfile file
             LEFT JOIN dba.tdataset dataset USING (datasetid))
             CROSS JOIN LATERAL ( SELECT count(*) AS rejects_on_record
                   FROM dba.timportreject reject
                  WHERE (reject.importfileid = file.importfileid)) rejects)) checked
  WHERE (checked.problem IS NOT NULL);


ALTER TABLE dba.vimportbooks OWNER TO etl_owner;

--
-- Name: VIEW vimportbooks; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON VIEW dba.vimportbooks IS 'Handled files whose books do not add up. Always empty; a row here is a fault of the program.';


--
-- Name: COLUMN vimportbooks.importfileid; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.vimportbooks.importfileid IS 'The file, as in dba.timportfile.';


--
-- Name: COLUMN vimportbooks.file_name; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.vimportbooks.file_name IS 'Name of the file.';


--
-- Name: COLUMN vimportbooks.status; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.vimportbooks.status IS 'Loaded, Empty, Failed or Duplicate.';


--
-- Name: COLUMN vimportbooks.rows_read; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.vimportbooks.rows_read IS 'Data rows in the file.';


--
-- Name: COLUMN vimportbooks.rows_loaded; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.vimportbooks.rows_loaded IS 'Rows in the target table.';


--
-- Name: COLUMN vimportbooks.rows_rejected; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.vimportbooks.rows_rejected IS 'Bad rows put aside.';


--
-- Name: COLUMN vimportbooks.rows_skipped; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.vimportbooks.rows_skipped IS 'Rows left out on purpose.';


--
-- Name: COLUMN vimportbooks.rejects_on_record; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.vimportbooks.rejects_on_record IS 'Rows of dba.timportreject for the file.';


--
-- Name: COLUMN vimportbooks.datasetid; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.vimportbooks.datasetid IS 'Dataset of its rows.';


--
-- Name: COLUMN vimportbooks.row_count; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.vimportbooks.row_count IS 'Rows the dataset says it has.';


--
-- Name: COLUMN vimportbooks.problem; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.vimportbooks.problem IS 'What does not add up.';


--
-- Name: vlatestdataset; Type: VIEW; Schema: dba; Owner: etl_owner
--

CREATE VIEW dba.vlatestdataset AS
 SELECT newest.datasetid,
    kind.datasettypename,
    source.datasourcename,
    newest.label,
    newest.datasetdate,
    newest.row_count,
    newest.efffromdate
   FROM ((dba.tdatasettype kind
     CROSS JOIN dba.tdatasource source)
     CROSS JOIN LATERAL ( WITH RECURSIVE newest AS (
                ( SELECT tdataset.datasetid,
                    tdataset.datasetdate,
                    tdataset.label,
                    tdataset.datasettypeid,
                    tdataset.datasourceid,
                    tdataset.datastatusid,
                    tdataset.isactive,
                    tdataset.efffromdate,
                    tdataset.effthrudate,
                    tdataset.row_count,
                    tdataset.createddate,
                    tdataset.createduser
                   FROM dba.tdataset
                  WHERE (tdataset.isactive AND (tdataset.datasettypeid = kind.datasettypeid) AND (tdataset.datasourceid = source.datasourceid))
                  ORDER BY tdataset.label DESC, tdataset.datasetdate DESC
                 LIMIT 1)
                UNION ALL
                 SELECT of_next_label.datasetid,
                    of_next_label.datasetdate,
                    of_next_label.label,
                    of_next_label.datasettypeid,
                    of_next_label.datasourceid,
                    of_next_label.datastatusid,
                    of_next_label.isactive,
                    of_next_label.efffromdate,
                    of_next_label.effthrudate,
                    of_next_label.row_count,
                    of_next_label.createddate,
                    of_next_label.createduser
                   FROM (newest newest_2
                     CROSS JOIN LATERAL ( SELECT tdataset.datasetid,
                            tdataset.datasetdate,
                            tdataset.label,
                            tdataset.datasettypeid,
                            tdataset.datasourceid,
                            tdataset.datastatusid,
                            tdataset.isactive,
                            tdataset.efffromdate,
                            tdataset.effthrudate,
                            tdataset.row_count,
                            tdataset.createddate,
                            tdataset.createduser
                           FROM dba.tdataset
                          WHERE (tdataset.isactive AND (tdataset.datasettypeid = kind.datasettypeid) AND (tdataset.datasourceid = source.datasourceid) AND (tdataset.label < newest_2.label))
                          ORDER BY tdataset.label DESC, tdataset.datasetdate DESC
                         LIMIT 1) of_next_label)
                )
         SELECT newest_1.datasetid,
            newest_1.datasetdate,
            newest_1.label,
            newest_1.datasettypeid,
            newest_1.datasourceid,
            newest_1.datastatusid,
            newest_1.isactive,
            newest_1.efffromdate,
            newest_1.effthrudate,
            newest_1.row_count,
            newest_1.createddate,
            newest_1.createduser
           FROM newest newest_1) newest);


ALTER TABLE dba.vlatestdataset OWNER TO etl_owner;

--
-- Name: VIEW vlatestdataset; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON VIEW dba.vlatestdataset IS 'Of the datasets that count, the newest of each type, source and label. Join target tables to it by datasetid.';


--
-- Name: COLUMN vlatestdataset.datasetid; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.vlatestdataset.datasetid IS 'Number of the dataset, as in the target table.';


--
-- Name: COLUMN vlatestdataset.datasettypename; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.vlatestdataset.datasettypename IS 'Kind of data.';


--
-- Name: COLUMN vlatestdataset.datasourcename; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.vlatestdataset.datasourcename IS 'Who it came from.';


--
-- Name: COLUMN vlatestdataset.label; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.vlatestdataset.label IS 'Label of the dataset.';


--
-- Name: COLUMN vlatestdataset.datasetdate; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.vlatestdataset.datasetdate IS 'The day the data is about; no active dataset of its label has a later one.';


--
-- Name: COLUMN vlatestdataset.row_count; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.vlatestdataset.row_count IS 'Rows loaded into the target table.';


--
-- Name: COLUMN vlatestdataset.efffromdate; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.vlatestdataset.efffromdate IS 'Since when it is the active one.';


--
-- Name: vunusedindexes; Type: VIEW; Schema: dba; Owner: etl_owner
--

CREATE VIEW dba.vunusedindexes AS
 SELECT pg_stat_user_indexes.schemaname AS schema_name,
    pg_stat_user_indexes.relname AS table_name,
    pg_stat_user_indexes.indexrelname AS index_name,
    pg_relation_size((pg_stat_user_indexes.indexrelid)::regclass) AS size_bytes
   FROM (pg_stat_user_indexes
     JOIN pg_index USING (indexrelid))
  WHERE ((pg_stat_user_indexes.idx_scan = 0) AND (NOT pg_index.indisunique));


ALTER TABLE dba.vunusedindexes OWNER TO etl_owner;

--
-- Name: VIEW vunusedindexes; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON VIEW dba.vunusedindexes IS 'Indexes that no query has used since the server''s counters began, unless they keep values unique.';


--
-- Name: COLUMN vunusedindexes.schema_name; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.vunusedindexes.schema_name IS 'Schema of the table.';


--
-- Name: COLUMN vunusedindexes.table_name; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.vunusedindexes.table_name IS 'The table.';


--
-- Name: COLUMN vunusedindexes.index_name; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.vunusedindexes.index_name IS 'The index.';


--
-- Name: COLUMN vunusedindexes.size_bytes; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.vunusedindexes.size_bytes IS 'Its size on disk.';


--
-- Name: vvacuumneeded; Type: VIEW; Schema: dba; Owner: etl_owner
--

CREATE VIEW dba.vvacuumneeded AS
 SELECT (f_our_tables.relid)::text AS table_name,
    f_our_tables.dead_rows,
    f_our_tables.live_rows,
    format('VACUUM (ANALYZE) %s'::text, f_our_tables.relid) AS statement
   FROM dba.f_our_tables() f_our_tables(relid, changed_rows, dead_rows, live_rows)
  WHERE ((f_our_tables.dead_rows > 1000) AND (f_our_tables.dead_rows > (f_our_tables.live_rows / 5)));


ALTER TABLE dba.vvacuumneeded OWNER TO etl_owner;

--
-- Name: VIEW vvacuumneeded; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON VIEW dba.vvacuumneeded IS 'Tables with many dead rows, and the statement that cleans each; run it from psql, as a transaction cannot.';


--
-- Name: COLUMN vvacuumneeded.table_name; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.vvacuumneeded.table_name IS 'The table.';


--
-- Name: COLUMN vvacuumneeded.dead_rows; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.vvacuumneeded.dead_rows IS 'Deleted or replaced rows not yet cleaned away.';


--
-- Name: COLUMN vvacuumneeded.live_rows; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.vvacuumneeded.live_rows IS 'Rows that count.';


--
-- Name: COLUMN vvacuumneeded.statement; Type: COMMENT; Schema: dba; Owner: etl_owner
--

COMMENT ON COLUMN dba.vvacuumneeded.statement IS 'What to run.';


--
-- Name: orders; Type: TABLE; Schema: feeds; Owner: etl_user
--

CREATE TABLE feeds.orders (
    datasetid bigint,
    "order" text
);


ALTER TABLE feeds.orders OWNER TO etl_user;

--
-- Data for Name: tbackup; Type: TABLE DATA; Schema: dba; Owner: etl_owner
--

COPY dba.tbackup (backupid, run_uuid, path, sha256, size_bytes, status, error, started_at, finished_at, verified_at, restored_at) FROM stdin;
1	\N	/srv/etl/backups/client_etl_20261028T030000Z.dump	\N	1234	done	\N	2026-11-25 03:55:31.792714+00	\N	2026-10-28 03:01:00+00	\N
\.


--
-- Data for Name: tconfighistory; Type: TABLE DATA; Schema: dba; Owner: etl_owner
--

COPY dba.tconfighistory (confighistoryid, changed_at, changed_by, table_name, row_id, operation, old_row, new_row) FROM stdin;
1	2026-11-25 03:55:31.484839+00	postgres	tlogretention	1	INSERT	\N	{"is_active": true, "keep_days": 90, "created_at": "2026-11-25T03:55:31.484839+00:00", "table_name": "tlogentry", "logretentionid": 1, "last_modified_at": "2026-11-25T03:55:31.484839+00:00"}
2	2026-11-25 03:55:31.484839+00	postgres	tlogretention	2	INSERT	\N	{"is_active": true, "keep_days": 400, "created_at": "2026-11-25T03:55:31.484839+00:00", "table_name": "tjobrun", "logretentionid": 2, "last_modified_at": "2026-11-25T03:55:31.484839+00:00"}
3	2026-11-25 03:55:31.484839+00	postgres	tlogretention	3	INSERT	\N	{"is_active": true, "keep_days": 400, "created_at": "2026-11-25T03:55:31.484839+00:00", "table_name": "tmaintenancelog", "logretentionid": 3, "last_modified_at": "2026-11-25T03:55:31.484839+00:00"}
4	2026-11-25 03:55:31.484839+00	postgres	tlogretention	4	INSERT	\N	{"is_active": true, "keep_days": 400, "created_at": "2026-11-25T03:55:31.484839+00:00", "table_name": "tddllogs", "logretentionid": 4, "last_modified_at": "2026-11-25T03:55:31.484839+00:00"}
5	2026-11-25 03:55:31.484839+00	postgres	tlogretention	5	INSERT	\N	{"is_active": true, "keep_days": 90, "created_at": "2026-11-25T03:55:31.484839+00:00", "table_name": "tlongrunningquery", "logretentionid": 5, "last_modified_at": "2026-11-25T03:55:31.484839+00:00"}
6	2026-11-25 03:55:31.484839+00	postgres	tlogretention	6	INSERT	\N	{"is_active": true, "keep_days": 400, "created_at": "2026-11-25T03:55:31.484839+00:00", "table_name": "ttableindexstats", "logretentionid": 6, "last_modified_at": "2026-11-25T03:55:31.484839+00:00"}
7	2026-11-25 03:55:31.659258+00	postgres	treportmanager	1	INSERT	\N	{"cc": null, "bcc": null, "charts": [], "on_error": "hold", "reportid": 1, "toheader": "operator@localhost", "frequency": "20 11 * * 1-5", "is_active": true, "created_at": "2026-11-25T03:55:31.659258+00:00", "reportname": "MeetMax event changes", "when_empty": "skip", "datastatusid": 1, "max_data_age": null, "hasattachment": false, "subjectheader": "MeetMax event changes", "emailbodyqueries": {"grid1": "SELECT * FROM dba.f_get_event_changes(current_date)"}, "last_modified_at": "2026-11-25T03:55:31.659258+00:00", "attachment_format": "csv", "attachmentqueries": [], "emailbodytemplate": "<p>MeetMax event changes, {{today}}</p>{{grid1}}", "reportdescription": "Companies added to or removed from MeetMax events since the business day before."}
8	2026-11-25 03:55:31.659258+00	postgres	treportmanager	2	INSERT	\N	{"cc": null, "bcc": null, "charts": [], "on_error": "hold", "reportid": 2, "toheader": "operator@localhost", "frequency": "25 11 * * 1-5", "is_active": true, "created_at": "2026-11-25T03:55:31.659258+00:00", "reportname": "Files received", "when_empty": "note", "datastatusid": 1, "max_data_age": null, "hasattachment": false, "subjectheader": "Files received", "emailbodyqueries": {"grid1": "SELECT feed, count(*) AS files, sum(rows_loaded) AS rows_loaded, sum(rows_rejected) AS rows_rejected, sum(rows_skipped) AS rows_skipped, count(*) FILTER (WHERE status = 'Failed') AS files_refused FROM dba.vfilesreceived WHERE received_at >= current_date - 1 GROUP BY feed ORDER BY feed"}, "last_modified_at": "2026-11-25T03:55:31.659258+00:00", "attachment_format": "csv", "attachmentqueries": [], "emailbodytemplate": "<p>Files received since yesterday, {{yesterday}}</p>{{grid1}}", "reportdescription": "What every feed has received since yesterday morning: files, rows loaded, rejected and skipped."}
9	2026-11-25 03:55:31.659258+00	postgres	tscheduler	1	INSERT	\N	{"catch_up": "none", "ping_url": null, "taskname": "MeetMax download and import", "frequency": "0 5,17 * * 1-5", "is_active": false, "created_at": "2026-11-25T03:55:31.659258+00:00", "scriptargs": "", "scriptpath": "run_download_and_import.sh", "schedulerid": 1, "datastatusid": 2, "taskdescription": "Downloads the MeetMax events and imports them. Set datastatusid to 1 once MeetMax is set up.", "timeout_minutes": 60, "last_modified_at": "2026-11-25T03:55:31.659258+00:00", "run_after_schedulerid": null}
10	2026-11-25 03:55:31.659258+00	postgres	tscheduler	2	INSERT	\N	{"catch_up": "none", "ping_url": null, "taskname": "MeetMax URL check", "frequency": "0 19 * * 5", "is_active": false, "created_at": "2026-11-25T03:55:31.659258+00:00", "scriptargs": "", "scriptpath": "meetmax_url_check.py", "schedulerid": 2, "datastatusid": 2, "taskdescription": "Checks which MeetMax event addresses answer. Set datastatusid to 1 once MeetMax is set up.", "timeout_minutes": 60, "last_modified_at": "2026-11-25T03:55:31.659258+00:00", "run_after_schedulerid": null}
11	2026-11-25 03:55:31.659258+00	postgres	tscheduler	3	INSERT	\N	{"catch_up": "none", "ping_url": null, "taskname": "Weekly clean-up of logs", "frequency": "0 2 * * 0", "is_active": true, "created_at": "2026-11-25T03:55:31.659258+00:00", "scriptargs": "", "scriptpath": "weekly_cleanup_logs.sh", "schedulerid": 3, "datastatusid": 1, "taskdescription": "Removes log files and log rows that are past their keeping time (dba.tlogretention).", "timeout_minutes": 60, "last_modified_at": "2026-11-25T03:55:31.659258+00:00", "run_after_schedulerid": null}
12	2026-11-25 03:55:31.659258+00	postgres	tscheduler	4	INSERT	\N	{"catch_up": "none", "ping_url": null, "taskname": "Daily backup", "frequency": "0 3 * * *", "is_active": true, "created_at": "2026-11-25T03:55:31.659258+00:00", "scriptargs": "", "scriptpath": "daily_backup.sh", "schedulerid": 4, "datastatusid": 1, "taskdescription": "Backs the database up.", "timeout_minutes": 60, "last_modified_at": "2026-11-25T03:55:31.659258+00:00", "run_after_schedulerid": null}
13	2026-11-25 03:55:31.659258+00	postgres	tscheduler	5	INSERT	\N	{"catch_up": "none", "ping_url": null, "taskname": "Inbox", "frequency": "*/10 * * * *", "is_active": true, "created_at": "2026-11-25T03:55:31.659258+00:00", "scriptargs": "", "scriptpath": "run_gmail_inbox_processor.py", "schedulerid": 5, "datastatusid": 1, "taskdescription": "Saves the attachments of new mail by the rules of dba.tinboxconfig.", "timeout_minutes": 60, "last_modified_at": "2026-11-25T03:55:31.659258+00:00", "run_after_schedulerid": null}
14	2026-11-25 03:55:31.780255+00	postgres	timportconfig	1	INSERT	\N	{"sheet": null, "encoding": null, "min_rows": 0, "config_id": 1, "file_type": "CSV", "is_active": true, "skip_rows": 0, "transform": [], "created_at": "2026-11-25T03:55:31.780255+00:00", "datasource": "Acme", "dateconfig": "mtime", "dateformat": null, "header_row": 1, "quote_char": null, "config_name": "Kept feed", "datasettype": "Orders", "null_tokens": [""], "skip_footer": 0, "column_types": "text", "datelocation": null, "decimal_mark": ".", "file_pattern": "orders_.*\\\\.csv", "on_duplicate": "skip", "target_table": "feeds.orders", "field_delimiter": null, "max_reject_rows": 0, "importstrategyid": 1, "last_modified_at": "2026-11-25T03:55:31.780255+00:00", "source_directory": "file_watcher", "archive_directory": "archive", "filename_delimiter": "_", "metadata_label_source": "static", "post_import_procedure": null, "metadata_label_location": "orders"}
\.


--
-- Data for Name: tdataset; Type: TABLE DATA; Schema: dba; Owner: etl_owner
--

COPY dba.tdataset (datasetid, datasetdate, label, datasettypeid, datasourceid, datastatusid, isactive, efffromdate, effthrudate, row_count, createddate, createduser) FROM stdin;
\.


--
-- Data for Name: tdatasettype; Type: TABLE DATA; Schema: dba; Owner: etl_owner
--

COPY dba.tdatasettype (datasettypeid, datasettypename, description, createddate, createduser) FROM stdin;
\.


--
-- Data for Name: tdatasource; Type: TABLE DATA; Schema: dba; Owner: etl_owner
--

COPY dba.tdatasource (datasourceid, datasourcename, description, createddate, createduser) FROM stdin;
\.


--
-- Data for Name: tdatastatus; Type: TABLE DATA; Schema: dba; Owner: etl_owner
--

COPY dba.tdatastatus (datastatusid, statusname, description) FROM stdin;
1	Active	Counts: shown in reports, sent, run.
2	Inactive	Replaced by a newer dataset, or switched off.
3	Deleted	Withdrawn by a person.
4	New	Being loaded.
5	Failed	Could not be loaded.
6	Empty	The file had no data rows.
\.


--
-- Data for Name: texpectation; Type: TABLE DATA; Schema: dba; Owner: etl_owner
--

COPY dba.texpectation (expectationid, expectation_name, config_id, schedulerid, reportid, due_time, business_days, min_rows, is_active, created_at, last_modified_at) FROM stdin;
\.


--
-- Data for Name: timportcolumn; Type: TABLE DATA; Schema: dba; Owner: etl_owner
--

COPY dba.timportcolumn (importcolumnid, config_id, source_name, target_name, data_type, date_format, required, is_active, created_at, last_modified_at) FROM stdin;
\.


--
-- Data for Name: timportconfig; Type: TABLE DATA; Schema: dba; Owner: etl_owner
--

COPY dba.timportconfig (config_id, config_name, datasource, datasettype, source_directory, archive_directory, file_pattern, file_type, metadata_label_source, metadata_label_location, dateconfig, datelocation, dateformat, filename_delimiter, target_table, importstrategyid, field_delimiter, quote_char, encoding, sheet, header_row, skip_rows, skip_footer, null_tokens, decimal_mark, column_types, transform, max_reject_rows, on_duplicate, min_rows, post_import_procedure, is_active, created_at, last_modified_at) FROM stdin;
1	Kept feed	Acme	Orders	file_watcher	archive	orders_.*\\.csv	CSV	static	orders	mtime	\N	\N	_	feeds.orders	1	\N	\N	\N	\N	1	0	0	{""}	.	text	[]	0	skip	0	\N	t	2026-11-25 03:55:31.780255+00	2026-11-25 03:55:31.780255+00
\.


--
-- Data for Name: timportfile; Type: TABLE DATA; Schema: dba; Owner: etl_owner
--

COPY dba.timportfile (importfileid, config_id, run_uuid, file_name, sha256, size_bytes, modified_at, source, inboxattachmentid, target_table, datasetid, status, rows_read, rows_loaded, rows_rejected, rows_skipped, archived_path, error, started_at, finished_at) FROM stdin;
\.


--
-- Data for Name: timportheader; Type: TABLE DATA; Schema: dba; Owner: etl_owner
--

COPY dba.timportheader (target_table, source_name, occurrence, column_name, date_format, created_at) FROM stdin;
\.


--
-- Data for Name: timportreject; Type: TABLE DATA; Schema: dba; Owner: etl_owner
--

COPY dba.timportreject (importrejectid, importfileid, line_number, raw_text, column_name, error_code, message) FROM stdin;
\.


--
-- Data for Name: timportstrategy; Type: TABLE DATA; Schema: dba; Owner: etl_owner
--

COPY dba.timportstrategy (importstrategyid, strategyname) FROM stdin;
1	Import and create new columns if needed
2	Import only (ignores new columns)
3	Import or fail if columns are missing from source file
\.


--
-- Data for Name: tinboxattachment; Type: TABLE DATA; Schema: dba; Owner: etl_owner
--

COPY dba.tinboxattachment (inboxattachmentid, inboxmessageid, part_number, original_name, saved_name, saved_path, sha256, size_bytes, status, reason) FROM stdin;
\.


--
-- Data for Name: tinboxconfig; Type: TABLE DATA; Schema: dba; Owner: etl_owner
--

COPY dba.tinboxconfig (config_id, config_name, priority, gmail_account, subject_pattern, subject_contains, sender_filter, has_attachment, attachment_name_pattern, local_repository_path, save_eml, processed_label, error_label, is_active, created_at, last_modified_at) FROM stdin;
\.


--
-- Data for Name: tinboxmessage; Type: TABLE DATA; Schema: dba; Owner: etl_owner
--

COPY dba.tinboxmessage (inboxmessageid, mailbox, message_key, sha256, subject, sender, sent_at, config_id, status, attempts, reason, eml_path, run_uuid, first_seen_at, finished_at) FROM stdin;
\.


--
-- Data for Name: tjobrun; Type: TABLE DATA; Schema: dba; Owner: etl_owner
--

COPY dba.tjobrun (jobrunid, run_uuid, job, arguments, schedulerid, host, user_name, pid, started_at, ended_at, status, exit_code, items_ok, items_failed, message) FROM stdin;
1	00000000-0000-0000-0000-000000000001	run_import_job		\N	box	etl	\N	2026-10-28 01:00:00+00	2026-10-28 01:01:00+00	ok	0	0	0	\N
\.


--
-- Data for Name: tlogentry; Type: TABLE DATA; Schema: dba; Owner: etl_owner
--

COPY dba.tlogentry (logentryid, "timestamp", run_uuid, level, processtype, stepcounter, username, stepruntime, totalruntime, message) FROM stdin;
1	2026-10-28 01:00:00+00	\N	INFO	\N	1	\N	\N	\N	line 1
2	2026-10-28 02:00:00+00	\N	INFO	\N	2	\N	\N	\N	line 2
3	2026-10-28 03:00:00+00	\N	INFO	\N	3	\N	\N	\N	line 3
4	2026-10-28 04:00:00+00	\N	INFO	\N	4	\N	\N	\N	line 4
5	2026-10-28 05:00:00+00	\N	INFO	\N	5	\N	\N	\N	line 5
6	2026-10-28 06:00:00+00	\N	INFO	\N	6	\N	\N	\N	line 6
7	2026-10-28 07:00:00+00	\N	INFO	\N	7	\N	\N	\N	line 7
8	2026-10-28 08:00:00+00	\N	INFO	\N	8	\N	\N	\N	line 8
9	2026-10-28 09:00:00+00	\N	INFO	\N	9	\N	\N	\N	line 9
10	2026-10-28 10:00:00+00	\N	INFO	\N	10	\N	\N	\N	line 10
11	2026-10-28 11:00:00+00	\N	INFO	\N	11	\N	\N	\N	line 11
12	2026-10-28 12:00:00+00	\N	INFO	\N	12	\N	\N	\N	line 12
13	2026-10-28 13:00:00+00	\N	INFO	\N	13	\N	\N	\N	line 13
14	2026-10-28 14:00:00+00	\N	INFO	\N	14	\N	\N	\N	line 14
15	2026-10-28 15:00:00+00	\N	INFO	\N	15	\N	\N	\N	line 15
16	2026-10-28 16:00:00+00	\N	INFO	\N	16	\N	\N	\N	line 16
17	2026-10-28 17:00:00+00	\N	INFO	\N	17	\N	\N	\N	line 17
18	2026-10-28 18:00:00+00	\N	INFO	\N	18	\N	\N	\N	line 18
19	2026-10-28 19:00:00+00	\N	INFO	\N	19	\N	\N	\N	line 19
20	2026-10-28 20:00:00+00	\N	INFO	\N	20	\N	\N	\N	line 20
21	2026-10-28 21:00:00+00	\N	INFO	\N	21	\N	\N	\N	line 21
22	2026-10-28 22:00:00+00	\N	INFO	\N	22	\N	\N	\N	line 22
23	2026-10-28 23:00:00+00	\N	INFO	\N	23	\N	\N	\N	line 23
24	2026-10-29 00:00:00+00	\N	INFO	\N	24	\N	\N	\N	line 24
25	2026-10-29 01:00:00+00	\N	INFO	\N	25	\N	\N	\N	line 25
26	2026-10-29 02:00:00+00	\N	INFO	\N	26	\N	\N	\N	line 26
27	2026-10-29 03:00:00+00	\N	INFO	\N	27	\N	\N	\N	line 27
28	2026-10-29 04:00:00+00	\N	INFO	\N	28	\N	\N	\N	line 28
29	2026-10-29 05:00:00+00	\N	INFO	\N	29	\N	\N	\N	line 29
30	2026-10-29 06:00:00+00	\N	INFO	\N	30	\N	\N	\N	line 30
31	2026-10-29 07:00:00+00	\N	INFO	\N	31	\N	\N	\N	line 31
32	2026-10-29 08:00:00+00	\N	INFO	\N	32	\N	\N	\N	line 32
33	2026-10-29 09:00:00+00	\N	INFO	\N	33	\N	\N	\N	line 33
34	2026-10-29 10:00:00+00	\N	INFO	\N	34	\N	\N	\N	line 34
35	2026-10-29 11:00:00+00	\N	INFO	\N	35	\N	\N	\N	line 35
36	2026-10-29 12:00:00+00	\N	INFO	\N	36	\N	\N	\N	line 36
37	2026-10-29 13:00:00+00	\N	INFO	\N	37	\N	\N	\N	line 37
38	2026-10-29 14:00:00+00	\N	INFO	\N	38	\N	\N	\N	line 38
39	2026-10-29 15:00:00+00	\N	INFO	\N	39	\N	\N	\N	line 39
40	2026-10-29 16:00:00+00	\N	INFO	\N	40	\N	\N	\N	line 40
41	2026-10-29 17:00:00+00	\N	INFO	\N	41	\N	\N	\N	line 41
42	2026-10-29 18:00:00+00	\N	INFO	\N	42	\N	\N	\N	line 42
43	2026-10-29 19:00:00+00	\N	INFO	\N	43	\N	\N	\N	line 43
44	2026-10-29 20:00:00+00	\N	INFO	\N	44	\N	\N	\N	line 44
45	2026-10-29 21:00:00+00	\N	INFO	\N	45	\N	\N	\N	line 45
46	2026-10-29 22:00:00+00	\N	INFO	\N	46	\N	\N	\N	line 46
47	2026-10-29 23:00:00+00	\N	INFO	\N	47	\N	\N	\N	line 47
48	2026-10-30 00:00:00+00	\N	INFO	\N	48	\N	\N	\N	line 48
49	2026-10-30 01:00:00+00	\N	INFO	\N	49	\N	\N	\N	line 49
50	2026-10-30 02:00:00+00	\N	INFO	\N	50	\N	\N	\N	line 50
51	2026-10-30 03:00:00+00	\N	INFO	\N	51	\N	\N	\N	line 51
52	2026-10-30 04:00:00+00	\N	INFO	\N	52	\N	\N	\N	line 52
53	2026-10-30 05:00:00+00	\N	INFO	\N	53	\N	\N	\N	line 53
54	2026-10-30 06:00:00+00	\N	INFO	\N	54	\N	\N	\N	line 54
55	2026-10-30 07:00:00+00	\N	INFO	\N	55	\N	\N	\N	line 55
56	2026-10-30 08:00:00+00	\N	INFO	\N	56	\N	\N	\N	line 56
57	2026-10-30 09:00:00+00	\N	INFO	\N	57	\N	\N	\N	line 57
58	2026-10-30 10:00:00+00	\N	INFO	\N	58	\N	\N	\N	line 58
59	2026-10-30 11:00:00+00	\N	INFO	\N	59	\N	\N	\N	line 59
60	2026-10-30 12:00:00+00	\N	INFO	\N	60	\N	\N	\N	line 60
61	2026-10-30 13:00:00+00	\N	INFO	\N	61	\N	\N	\N	line 61
62	2026-10-30 14:00:00+00	\N	INFO	\N	62	\N	\N	\N	line 62
63	2026-10-30 15:00:00+00	\N	INFO	\N	63	\N	\N	\N	line 63
64	2026-10-30 16:00:00+00	\N	INFO	\N	64	\N	\N	\N	line 64
65	2026-10-30 17:00:00+00	\N	INFO	\N	65	\N	\N	\N	line 65
66	2026-10-30 18:00:00+00	\N	INFO	\N	66	\N	\N	\N	line 66
67	2026-10-30 19:00:00+00	\N	INFO	\N	67	\N	\N	\N	line 67
68	2026-10-30 20:00:00+00	\N	INFO	\N	68	\N	\N	\N	line 68
69	2026-10-30 21:00:00+00	\N	INFO	\N	69	\N	\N	\N	line 69
70	2026-10-30 22:00:00+00	\N	INFO	\N	70	\N	\N	\N	line 70
71	2026-10-30 23:00:00+00	\N	INFO	\N	71	\N	\N	\N	line 71
72	2026-10-31 00:00:00+00	\N	INFO	\N	72	\N	\N	\N	line 72
73	2026-10-31 01:00:00+00	\N	INFO	\N	73	\N	\N	\N	line 73
74	2026-10-31 02:00:00+00	\N	INFO	\N	74	\N	\N	\N	line 74
75	2026-10-31 03:00:00+00	\N	INFO	\N	75	\N	\N	\N	line 75
76	2026-10-31 04:00:00+00	\N	INFO	\N	76	\N	\N	\N	line 76
77	2026-10-31 05:00:00+00	\N	INFO	\N	77	\N	\N	\N	line 77
78	2026-10-31 06:00:00+00	\N	INFO	\N	78	\N	\N	\N	line 78
79	2026-10-31 07:00:00+00	\N	INFO	\N	79	\N	\N	\N	line 79
80	2026-10-31 08:00:00+00	\N	INFO	\N	80	\N	\N	\N	line 80
81	2026-10-31 09:00:00+00	\N	INFO	\N	81	\N	\N	\N	line 81
82	2026-10-31 10:00:00+00	\N	INFO	\N	82	\N	\N	\N	line 82
83	2026-10-31 11:00:00+00	\N	INFO	\N	83	\N	\N	\N	line 83
84	2026-10-31 12:00:00+00	\N	INFO	\N	84	\N	\N	\N	line 84
85	2026-10-31 13:00:00+00	\N	INFO	\N	85	\N	\N	\N	line 85
86	2026-10-31 14:00:00+00	\N	INFO	\N	86	\N	\N	\N	line 86
87	2026-10-31 15:00:00+00	\N	INFO	\N	87	\N	\N	\N	line 87
88	2026-10-31 16:00:00+00	\N	INFO	\N	88	\N	\N	\N	line 88
89	2026-10-31 17:00:00+00	\N	INFO	\N	89	\N	\N	\N	line 89
90	2026-10-31 18:00:00+00	\N	INFO	\N	90	\N	\N	\N	line 90
91	2026-10-31 19:00:00+00	\N	INFO	\N	91	\N	\N	\N	line 91
92	2026-10-31 20:00:00+00	\N	INFO	\N	92	\N	\N	\N	line 92
93	2026-10-31 21:00:00+00	\N	INFO	\N	93	\N	\N	\N	line 93
94	2026-10-31 22:00:00+00	\N	INFO	\N	94	\N	\N	\N	line 94
95	2026-10-31 23:00:00+00	\N	INFO	\N	95	\N	\N	\N	line 95
96	2026-11-01 00:00:00+00	\N	INFO	\N	96	\N	\N	\N	line 96
97	2026-11-01 01:00:00+00	\N	INFO	\N	97	\N	\N	\N	line 97
98	2026-11-01 02:00:00+00	\N	INFO	\N	98	\N	\N	\N	line 98
99	2026-11-01 03:00:00+00	\N	INFO	\N	99	\N	\N	\N	line 99
100	2026-11-01 04:00:00+00	\N	INFO	\N	100	\N	\N	\N	line 100
101	2026-11-01 05:00:00+00	\N	INFO	\N	101	\N	\N	\N	line 101
102	2026-11-01 06:00:00+00	\N	INFO	\N	102	\N	\N	\N	line 102
103	2026-11-01 07:00:00+00	\N	INFO	\N	103	\N	\N	\N	line 103
104	2026-11-01 08:00:00+00	\N	INFO	\N	104	\N	\N	\N	line 104
105	2026-11-01 09:00:00+00	\N	INFO	\N	105	\N	\N	\N	line 105
106	2026-11-01 10:00:00+00	\N	INFO	\N	106	\N	\N	\N	line 106
107	2026-11-01 11:00:00+00	\N	INFO	\N	107	\N	\N	\N	line 107
108	2026-11-01 12:00:00+00	\N	INFO	\N	108	\N	\N	\N	line 108
109	2026-11-01 13:00:00+00	\N	INFO	\N	109	\N	\N	\N	line 109
110	2026-11-01 14:00:00+00	\N	INFO	\N	110	\N	\N	\N	line 110
111	2026-11-01 15:00:00+00	\N	INFO	\N	111	\N	\N	\N	line 111
112	2026-11-01 16:00:00+00	\N	INFO	\N	112	\N	\N	\N	line 112
113	2026-11-01 17:00:00+00	\N	INFO	\N	113	\N	\N	\N	line 113
114	2026-11-01 18:00:00+00	\N	INFO	\N	114	\N	\N	\N	line 114
115	2026-11-01 19:00:00+00	\N	INFO	\N	115	\N	\N	\N	line 115
116	2026-11-01 20:00:00+00	\N	INFO	\N	116	\N	\N	\N	line 116
117	2026-11-01 21:00:00+00	\N	INFO	\N	117	\N	\N	\N	line 117
118	2026-11-01 22:00:00+00	\N	INFO	\N	118	\N	\N	\N	line 118
119	2026-11-01 23:00:00+00	\N	INFO	\N	119	\N	\N	\N	line 119
120	2026-11-02 00:00:00+00	\N	INFO	\N	120	\N	\N	\N	line 120
121	2026-11-02 01:00:00+00	\N	INFO	\N	121	\N	\N	\N	line 121
122	2026-11-02 02:00:00+00	\N	INFO	\N	122	\N	\N	\N	line 122
123	2026-11-02 03:00:00+00	\N	INFO	\N	123	\N	\N	\N	line 123
124	2026-11-02 04:00:00+00	\N	INFO	\N	124	\N	\N	\N	line 124
125	2026-11-02 05:00:00+00	\N	INFO	\N	125	\N	\N	\N	line 125
126	2026-11-02 06:00:00+00	\N	INFO	\N	126	\N	\N	\N	line 126
127	2026-11-02 07:00:00+00	\N	INFO	\N	127	\N	\N	\N	line 127
128	2026-11-02 08:00:00+00	\N	INFO	\N	128	\N	\N	\N	line 128
129	2026-11-02 09:00:00+00	\N	INFO	\N	129	\N	\N	\N	line 129
130	2026-11-02 10:00:00+00	\N	INFO	\N	130	\N	\N	\N	line 130
131	2026-11-02 11:00:00+00	\N	INFO	\N	131	\N	\N	\N	line 131
132	2026-11-02 12:00:00+00	\N	INFO	\N	132	\N	\N	\N	line 132
133	2026-11-02 13:00:00+00	\N	INFO	\N	133	\N	\N	\N	line 133
134	2026-11-02 14:00:00+00	\N	INFO	\N	134	\N	\N	\N	line 134
135	2026-11-02 15:00:00+00	\N	INFO	\N	135	\N	\N	\N	line 135
136	2026-11-02 16:00:00+00	\N	INFO	\N	136	\N	\N	\N	line 136
137	2026-11-02 17:00:00+00	\N	INFO	\N	137	\N	\N	\N	line 137
138	2026-11-02 18:00:00+00	\N	INFO	\N	138	\N	\N	\N	line 138
139	2026-11-02 19:00:00+00	\N	INFO	\N	139	\N	\N	\N	line 139
140	2026-11-02 20:00:00+00	\N	INFO	\N	140	\N	\N	\N	line 140
141	2026-11-02 21:00:00+00	\N	INFO	\N	141	\N	\N	\N	line 141
142	2026-11-02 22:00:00+00	\N	INFO	\N	142	\N	\N	\N	line 142
143	2026-11-02 23:00:00+00	\N	INFO	\N	143	\N	\N	\N	line 143
144	2026-11-03 00:00:00+00	\N	INFO	\N	144	\N	\N	\N	line 144
145	2026-11-03 01:00:00+00	\N	INFO	\N	145	\N	\N	\N	line 145
146	2026-11-03 02:00:00+00	\N	INFO	\N	146	\N	\N	\N	line 146
147	2026-11-03 03:00:00+00	\N	INFO	\N	147	\N	\N	\N	line 147
148	2026-11-03 04:00:00+00	\N	INFO	\N	148	\N	\N	\N	line 148
149	2026-11-03 05:00:00+00	\N	INFO	\N	149	\N	\N	\N	line 149
150	2026-11-03 06:00:00+00	\N	INFO	\N	150	\N	\N	\N	line 150
151	2026-11-03 07:00:00+00	\N	INFO	\N	151	\N	\N	\N	line 151
152	2026-11-03 08:00:00+00	\N	INFO	\N	152	\N	\N	\N	line 152
153	2026-11-03 09:00:00+00	\N	INFO	\N	153	\N	\N	\N	line 153
154	2026-11-03 10:00:00+00	\N	INFO	\N	154	\N	\N	\N	line 154
155	2026-11-03 11:00:00+00	\N	INFO	\N	155	\N	\N	\N	line 155
156	2026-11-03 12:00:00+00	\N	INFO	\N	156	\N	\N	\N	line 156
157	2026-11-03 13:00:00+00	\N	INFO	\N	157	\N	\N	\N	line 157
158	2026-11-03 14:00:00+00	\N	INFO	\N	158	\N	\N	\N	line 158
159	2026-11-03 15:00:00+00	\N	INFO	\N	159	\N	\N	\N	line 159
160	2026-11-03 16:00:00+00	\N	INFO	\N	160	\N	\N	\N	line 160
161	2026-11-03 17:00:00+00	\N	INFO	\N	161	\N	\N	\N	line 161
162	2026-11-03 18:00:00+00	\N	INFO	\N	162	\N	\N	\N	line 162
163	2026-11-03 19:00:00+00	\N	INFO	\N	163	\N	\N	\N	line 163
164	2026-11-03 20:00:00+00	\N	INFO	\N	164	\N	\N	\N	line 164
165	2026-11-03 21:00:00+00	\N	INFO	\N	165	\N	\N	\N	line 165
166	2026-11-03 22:00:00+00	\N	INFO	\N	166	\N	\N	\N	line 166
167	2026-11-03 23:00:00+00	\N	INFO	\N	167	\N	\N	\N	line 167
168	2026-11-04 00:00:00+00	\N	INFO	\N	168	\N	\N	\N	line 168
169	2026-11-04 01:00:00+00	\N	INFO	\N	169	\N	\N	\N	line 169
170	2026-11-04 02:00:00+00	\N	INFO	\N	170	\N	\N	\N	line 170
171	2026-11-04 03:00:00+00	\N	INFO	\N	171	\N	\N	\N	line 171
172	2026-11-04 04:00:00+00	\N	INFO	\N	172	\N	\N	\N	line 172
173	2026-11-04 05:00:00+00	\N	INFO	\N	173	\N	\N	\N	line 173
174	2026-11-04 06:00:00+00	\N	INFO	\N	174	\N	\N	\N	line 174
175	2026-11-04 07:00:00+00	\N	INFO	\N	175	\N	\N	\N	line 175
176	2026-11-04 08:00:00+00	\N	INFO	\N	176	\N	\N	\N	line 176
177	2026-11-04 09:00:00+00	\N	INFO	\N	177	\N	\N	\N	line 177
178	2026-11-04 10:00:00+00	\N	INFO	\N	178	\N	\N	\N	line 178
179	2026-11-04 11:00:00+00	\N	INFO	\N	179	\N	\N	\N	line 179
180	2026-11-04 12:00:00+00	\N	INFO	\N	180	\N	\N	\N	line 180
181	2026-11-04 13:00:00+00	\N	INFO	\N	181	\N	\N	\N	line 181
182	2026-11-04 14:00:00+00	\N	INFO	\N	182	\N	\N	\N	line 182
183	2026-11-04 15:00:00+00	\N	INFO	\N	183	\N	\N	\N	line 183
184	2026-11-04 16:00:00+00	\N	INFO	\N	184	\N	\N	\N	line 184
185	2026-11-04 17:00:00+00	\N	INFO	\N	185	\N	\N	\N	line 185
186	2026-11-04 18:00:00+00	\N	INFO	\N	186	\N	\N	\N	line 186
187	2026-11-04 19:00:00+00	\N	INFO	\N	187	\N	\N	\N	line 187
188	2026-11-04 20:00:00+00	\N	INFO	\N	188	\N	\N	\N	line 188
189	2026-11-04 21:00:00+00	\N	INFO	\N	189	\N	\N	\N	line 189
190	2026-11-04 22:00:00+00	\N	INFO	\N	190	\N	\N	\N	line 190
191	2026-11-04 23:00:00+00	\N	INFO	\N	191	\N	\N	\N	line 191
192	2026-11-05 00:00:00+00	\N	INFO	\N	192	\N	\N	\N	line 192
193	2026-11-05 01:00:00+00	\N	INFO	\N	193	\N	\N	\N	line 193
194	2026-11-05 02:00:00+00	\N	INFO	\N	194	\N	\N	\N	line 194
195	2026-11-05 03:00:00+00	\N	INFO	\N	195	\N	\N	\N	line 195
196	2026-11-05 04:00:00+00	\N	INFO	\N	196	\N	\N	\N	line 196
197	2026-11-05 05:00:00+00	\N	INFO	\N	197	\N	\N	\N	line 197
198	2026-11-05 06:00:00+00	\N	INFO	\N	198	\N	\N	\N	line 198
199	2026-11-05 07:00:00+00	\N	INFO	\N	199	\N	\N	\N	line 199
200	2026-11-05 08:00:00+00	\N	INFO	\N	200	\N	\N	\N	line 200
201	2026-11-05 09:00:00+00	\N	INFO	\N	201	\N	\N	\N	line 201
202	2026-11-05 10:00:00+00	\N	INFO	\N	202	\N	\N	\N	line 202
203	2026-11-05 11:00:00+00	\N	INFO	\N	203	\N	\N	\N	line 203
204	2026-11-05 12:00:00+00	\N	INFO	\N	204	\N	\N	\N	line 204
205	2026-11-05 13:00:00+00	\N	INFO	\N	205	\N	\N	\N	line 205
206	2026-11-05 14:00:00+00	\N	INFO	\N	206	\N	\N	\N	line 206
207	2026-11-05 15:00:00+00	\N	INFO	\N	207	\N	\N	\N	line 207
208	2026-11-05 16:00:00+00	\N	INFO	\N	208	\N	\N	\N	line 208
209	2026-11-05 17:00:00+00	\N	INFO	\N	209	\N	\N	\N	line 209
210	2026-11-05 18:00:00+00	\N	INFO	\N	210	\N	\N	\N	line 210
211	2026-11-05 19:00:00+00	\N	INFO	\N	211	\N	\N	\N	line 211
212	2026-11-05 20:00:00+00	\N	INFO	\N	212	\N	\N	\N	line 212
213	2026-11-05 21:00:00+00	\N	INFO	\N	213	\N	\N	\N	line 213
214	2026-11-05 22:00:00+00	\N	INFO	\N	214	\N	\N	\N	line 214
215	2026-11-05 23:00:00+00	\N	INFO	\N	215	\N	\N	\N	line 215
216	2026-11-06 00:00:00+00	\N	INFO	\N	216	\N	\N	\N	line 216
217	2026-11-06 01:00:00+00	\N	INFO	\N	217	\N	\N	\N	line 217
218	2026-11-06 02:00:00+00	\N	INFO	\N	218	\N	\N	\N	line 218
219	2026-11-06 03:00:00+00	\N	INFO	\N	219	\N	\N	\N	line 219
220	2026-11-06 04:00:00+00	\N	INFO	\N	220	\N	\N	\N	line 220
221	2026-11-06 05:00:00+00	\N	INFO	\N	221	\N	\N	\N	line 221
222	2026-11-06 06:00:00+00	\N	INFO	\N	222	\N	\N	\N	line 222
223	2026-11-06 07:00:00+00	\N	INFO	\N	223	\N	\N	\N	line 223
224	2026-11-06 08:00:00+00	\N	INFO	\N	224	\N	\N	\N	line 224
225	2026-11-06 09:00:00+00	\N	INFO	\N	225	\N	\N	\N	line 225
226	2026-11-06 10:00:00+00	\N	INFO	\N	226	\N	\N	\N	line 226
227	2026-11-06 11:00:00+00	\N	INFO	\N	227	\N	\N	\N	line 227
228	2026-11-06 12:00:00+00	\N	INFO	\N	228	\N	\N	\N	line 228
229	2026-11-06 13:00:00+00	\N	INFO	\N	229	\N	\N	\N	line 229
230	2026-11-06 14:00:00+00	\N	INFO	\N	230	\N	\N	\N	line 230
231	2026-11-06 15:00:00+00	\N	INFO	\N	231	\N	\N	\N	line 231
232	2026-11-06 16:00:00+00	\N	INFO	\N	232	\N	\N	\N	line 232
233	2026-11-06 17:00:00+00	\N	INFO	\N	233	\N	\N	\N	line 233
234	2026-11-06 18:00:00+00	\N	INFO	\N	234	\N	\N	\N	line 234
235	2026-11-06 19:00:00+00	\N	INFO	\N	235	\N	\N	\N	line 235
236	2026-11-06 20:00:00+00	\N	INFO	\N	236	\N	\N	\N	line 236
237	2026-11-06 21:00:00+00	\N	INFO	\N	237	\N	\N	\N	line 237
238	2026-11-06 22:00:00+00	\N	INFO	\N	238	\N	\N	\N	line 238
239	2026-11-06 23:00:00+00	\N	INFO	\N	239	\N	\N	\N	line 239
240	2026-11-07 00:00:00+00	\N	INFO	\N	240	\N	\N	\N	line 240
241	2026-11-07 01:00:00+00	\N	INFO	\N	241	\N	\N	\N	line 241
242	2026-11-07 02:00:00+00	\N	INFO	\N	242	\N	\N	\N	line 242
243	2026-11-07 03:00:00+00	\N	INFO	\N	243	\N	\N	\N	line 243
244	2026-11-07 04:00:00+00	\N	INFO	\N	244	\N	\N	\N	line 244
245	2026-11-07 05:00:00+00	\N	INFO	\N	245	\N	\N	\N	line 245
246	2026-11-07 06:00:00+00	\N	INFO	\N	246	\N	\N	\N	line 246
247	2026-11-07 07:00:00+00	\N	INFO	\N	247	\N	\N	\N	line 247
248	2026-11-07 08:00:00+00	\N	INFO	\N	248	\N	\N	\N	line 248
249	2026-11-07 09:00:00+00	\N	INFO	\N	249	\N	\N	\N	line 249
250	2026-11-07 10:00:00+00	\N	INFO	\N	250	\N	\N	\N	line 250
251	2026-11-07 11:00:00+00	\N	INFO	\N	251	\N	\N	\N	line 251
252	2026-11-07 12:00:00+00	\N	INFO	\N	252	\N	\N	\N	line 252
253	2026-11-07 13:00:00+00	\N	INFO	\N	253	\N	\N	\N	line 253
254	2026-11-07 14:00:00+00	\N	INFO	\N	254	\N	\N	\N	line 254
255	2026-11-07 15:00:00+00	\N	INFO	\N	255	\N	\N	\N	line 255
256	2026-11-07 16:00:00+00	\N	INFO	\N	256	\N	\N	\N	line 256
257	2026-11-07 17:00:00+00	\N	INFO	\N	257	\N	\N	\N	line 257
258	2026-11-07 18:00:00+00	\N	INFO	\N	258	\N	\N	\N	line 258
259	2026-11-07 19:00:00+00	\N	INFO	\N	259	\N	\N	\N	line 259
260	2026-11-07 20:00:00+00	\N	INFO	\N	260	\N	\N	\N	line 260
261	2026-11-07 21:00:00+00	\N	INFO	\N	261	\N	\N	\N	line 261
262	2026-11-07 22:00:00+00	\N	INFO	\N	262	\N	\N	\N	line 262
263	2026-11-07 23:00:00+00	\N	INFO	\N	263	\N	\N	\N	line 263
264	2026-11-08 00:00:00+00	\N	INFO	\N	264	\N	\N	\N	line 264
265	2026-11-08 01:00:00+00	\N	INFO	\N	265	\N	\N	\N	line 265
266	2026-11-08 02:00:00+00	\N	INFO	\N	266	\N	\N	\N	line 266
267	2026-11-08 03:00:00+00	\N	INFO	\N	267	\N	\N	\N	line 267
268	2026-11-08 04:00:00+00	\N	INFO	\N	268	\N	\N	\N	line 268
269	2026-11-08 05:00:00+00	\N	INFO	\N	269	\N	\N	\N	line 269
270	2026-11-08 06:00:00+00	\N	INFO	\N	270	\N	\N	\N	line 270
271	2026-11-08 07:00:00+00	\N	INFO	\N	271	\N	\N	\N	line 271
272	2026-11-08 08:00:00+00	\N	INFO	\N	272	\N	\N	\N	line 272
273	2026-11-08 09:00:00+00	\N	INFO	\N	273	\N	\N	\N	line 273
274	2026-11-08 10:00:00+00	\N	INFO	\N	274	\N	\N	\N	line 274
275	2026-11-08 11:00:00+00	\N	INFO	\N	275	\N	\N	\N	line 275
276	2026-11-08 12:00:00+00	\N	INFO	\N	276	\N	\N	\N	line 276
277	2026-11-08 13:00:00+00	\N	INFO	\N	277	\N	\N	\N	line 277
278	2026-11-08 14:00:00+00	\N	INFO	\N	278	\N	\N	\N	line 278
279	2026-11-08 15:00:00+00	\N	INFO	\N	279	\N	\N	\N	line 279
280	2026-11-08 16:00:00+00	\N	INFO	\N	280	\N	\N	\N	line 280
281	2026-11-08 17:00:00+00	\N	INFO	\N	281	\N	\N	\N	line 281
282	2026-11-08 18:00:00+00	\N	INFO	\N	282	\N	\N	\N	line 282
283	2026-11-08 19:00:00+00	\N	INFO	\N	283	\N	\N	\N	line 283
284	2026-11-08 20:00:00+00	\N	INFO	\N	284	\N	\N	\N	line 284
285	2026-11-08 21:00:00+00	\N	INFO	\N	285	\N	\N	\N	line 285
286	2026-11-08 22:00:00+00	\N	INFO	\N	286	\N	\N	\N	line 286
287	2026-11-08 23:00:00+00	\N	INFO	\N	287	\N	\N	\N	line 287
288	2026-11-09 00:00:00+00	\N	INFO	\N	288	\N	\N	\N	line 288
289	2026-11-09 01:00:00+00	\N	INFO	\N	289	\N	\N	\N	line 289
290	2026-11-09 02:00:00+00	\N	INFO	\N	290	\N	\N	\N	line 290
291	2026-11-09 03:00:00+00	\N	INFO	\N	291	\N	\N	\N	line 291
292	2026-11-09 04:00:00+00	\N	INFO	\N	292	\N	\N	\N	line 292
293	2026-11-09 05:00:00+00	\N	INFO	\N	293	\N	\N	\N	line 293
294	2026-11-09 06:00:00+00	\N	INFO	\N	294	\N	\N	\N	line 294
295	2026-11-09 07:00:00+00	\N	INFO	\N	295	\N	\N	\N	line 295
296	2026-11-09 08:00:00+00	\N	INFO	\N	296	\N	\N	\N	line 296
297	2026-11-09 09:00:00+00	\N	INFO	\N	297	\N	\N	\N	line 297
298	2026-11-09 10:00:00+00	\N	INFO	\N	298	\N	\N	\N	line 298
299	2026-11-09 11:00:00+00	\N	INFO	\N	299	\N	\N	\N	line 299
300	2026-11-09 12:00:00+00	\N	INFO	\N	300	\N	\N	\N	line 300
301	2026-11-09 13:00:00+00	\N	INFO	\N	301	\N	\N	\N	line 301
302	2026-11-09 14:00:00+00	\N	INFO	\N	302	\N	\N	\N	line 302
303	2026-11-09 15:00:00+00	\N	INFO	\N	303	\N	\N	\N	line 303
304	2026-11-09 16:00:00+00	\N	INFO	\N	304	\N	\N	\N	line 304
305	2026-11-09 17:00:00+00	\N	INFO	\N	305	\N	\N	\N	line 305
306	2026-11-09 18:00:00+00	\N	INFO	\N	306	\N	\N	\N	line 306
307	2026-11-09 19:00:00+00	\N	INFO	\N	307	\N	\N	\N	line 307
308	2026-11-09 20:00:00+00	\N	INFO	\N	308	\N	\N	\N	line 308
309	2026-11-09 21:00:00+00	\N	INFO	\N	309	\N	\N	\N	line 309
310	2026-11-09 22:00:00+00	\N	INFO	\N	310	\N	\N	\N	line 310
311	2026-11-09 23:00:00+00	\N	INFO	\N	311	\N	\N	\N	line 311
312	2026-11-10 00:00:00+00	\N	INFO	\N	312	\N	\N	\N	line 312
313	2026-11-10 01:00:00+00	\N	INFO	\N	313	\N	\N	\N	line 313
314	2026-11-10 02:00:00+00	\N	INFO	\N	314	\N	\N	\N	line 314
315	2026-11-10 03:00:00+00	\N	INFO	\N	315	\N	\N	\N	line 315
316	2026-11-10 04:00:00+00	\N	INFO	\N	316	\N	\N	\N	line 316
317	2026-11-10 05:00:00+00	\N	INFO	\N	317	\N	\N	\N	line 317
318	2026-11-10 06:00:00+00	\N	INFO	\N	318	\N	\N	\N	line 318
319	2026-11-10 07:00:00+00	\N	INFO	\N	319	\N	\N	\N	line 319
320	2026-11-10 08:00:00+00	\N	INFO	\N	320	\N	\N	\N	line 320
321	2026-11-10 09:00:00+00	\N	INFO	\N	321	\N	\N	\N	line 321
322	2026-11-10 10:00:00+00	\N	INFO	\N	322	\N	\N	\N	line 322
323	2026-11-10 11:00:00+00	\N	INFO	\N	323	\N	\N	\N	line 323
324	2026-11-10 12:00:00+00	\N	INFO	\N	324	\N	\N	\N	line 324
325	2026-11-10 13:00:00+00	\N	INFO	\N	325	\N	\N	\N	line 325
326	2026-11-10 14:00:00+00	\N	INFO	\N	326	\N	\N	\N	line 326
327	2026-11-10 15:00:00+00	\N	INFO	\N	327	\N	\N	\N	line 327
328	2026-11-10 16:00:00+00	\N	INFO	\N	328	\N	\N	\N	line 328
329	2026-11-10 17:00:00+00	\N	INFO	\N	329	\N	\N	\N	line 329
330	2026-11-10 18:00:00+00	\N	INFO	\N	330	\N	\N	\N	line 330
331	2026-11-10 19:00:00+00	\N	INFO	\N	331	\N	\N	\N	line 331
332	2026-11-10 20:00:00+00	\N	INFO	\N	332	\N	\N	\N	line 332
333	2026-11-10 21:00:00+00	\N	INFO	\N	333	\N	\N	\N	line 333
334	2026-11-10 22:00:00+00	\N	INFO	\N	334	\N	\N	\N	line 334
335	2026-11-10 23:00:00+00	\N	INFO	\N	335	\N	\N	\N	line 335
336	2026-11-11 00:00:00+00	\N	INFO	\N	336	\N	\N	\N	line 336
337	2026-11-11 01:00:00+00	\N	INFO	\N	337	\N	\N	\N	line 337
338	2026-11-11 02:00:00+00	\N	INFO	\N	338	\N	\N	\N	line 338
339	2026-11-11 03:00:00+00	\N	INFO	\N	339	\N	\N	\N	line 339
340	2026-11-11 04:00:00+00	\N	INFO	\N	340	\N	\N	\N	line 340
341	2026-11-11 05:00:00+00	\N	INFO	\N	341	\N	\N	\N	line 341
342	2026-11-11 06:00:00+00	\N	INFO	\N	342	\N	\N	\N	line 342
343	2026-11-11 07:00:00+00	\N	INFO	\N	343	\N	\N	\N	line 343
344	2026-11-11 08:00:00+00	\N	INFO	\N	344	\N	\N	\N	line 344
345	2026-11-11 09:00:00+00	\N	INFO	\N	345	\N	\N	\N	line 345
346	2026-11-11 10:00:00+00	\N	INFO	\N	346	\N	\N	\N	line 346
347	2026-11-11 11:00:00+00	\N	INFO	\N	347	\N	\N	\N	line 347
348	2026-11-11 12:00:00+00	\N	INFO	\N	348	\N	\N	\N	line 348
349	2026-11-11 13:00:00+00	\N	INFO	\N	349	\N	\N	\N	line 349
350	2026-11-11 14:00:00+00	\N	INFO	\N	350	\N	\N	\N	line 350
351	2026-11-11 15:00:00+00	\N	INFO	\N	351	\N	\N	\N	line 351
352	2026-11-11 16:00:00+00	\N	INFO	\N	352	\N	\N	\N	line 352
353	2026-11-11 17:00:00+00	\N	INFO	\N	353	\N	\N	\N	line 353
354	2026-11-11 18:00:00+00	\N	INFO	\N	354	\N	\N	\N	line 354
355	2026-11-11 19:00:00+00	\N	INFO	\N	355	\N	\N	\N	line 355
356	2026-11-11 20:00:00+00	\N	INFO	\N	356	\N	\N	\N	line 356
357	2026-11-11 21:00:00+00	\N	INFO	\N	357	\N	\N	\N	line 357
358	2026-11-11 22:00:00+00	\N	INFO	\N	358	\N	\N	\N	line 358
359	2026-11-11 23:00:00+00	\N	INFO	\N	359	\N	\N	\N	line 359
360	2026-11-12 00:00:00+00	\N	INFO	\N	360	\N	\N	\N	line 360
361	2026-11-12 01:00:00+00	\N	INFO	\N	361	\N	\N	\N	line 361
362	2026-11-12 02:00:00+00	\N	INFO	\N	362	\N	\N	\N	line 362
363	2026-11-12 03:00:00+00	\N	INFO	\N	363	\N	\N	\N	line 363
364	2026-11-12 04:00:00+00	\N	INFO	\N	364	\N	\N	\N	line 364
365	2026-11-12 05:00:00+00	\N	INFO	\N	365	\N	\N	\N	line 365
366	2026-11-12 06:00:00+00	\N	INFO	\N	366	\N	\N	\N	line 366
367	2026-11-12 07:00:00+00	\N	INFO	\N	367	\N	\N	\N	line 367
368	2026-11-12 08:00:00+00	\N	INFO	\N	368	\N	\N	\N	line 368
369	2026-11-12 09:00:00+00	\N	INFO	\N	369	\N	\N	\N	line 369
370	2026-11-12 10:00:00+00	\N	INFO	\N	370	\N	\N	\N	line 370
371	2026-11-12 11:00:00+00	\N	INFO	\N	371	\N	\N	\N	line 371
372	2026-11-12 12:00:00+00	\N	INFO	\N	372	\N	\N	\N	line 372
373	2026-11-12 13:00:00+00	\N	INFO	\N	373	\N	\N	\N	line 373
374	2026-11-12 14:00:00+00	\N	INFO	\N	374	\N	\N	\N	line 374
375	2026-11-12 15:00:00+00	\N	INFO	\N	375	\N	\N	\N	line 375
376	2026-11-12 16:00:00+00	\N	INFO	\N	376	\N	\N	\N	line 376
377	2026-11-12 17:00:00+00	\N	INFO	\N	377	\N	\N	\N	line 377
378	2026-11-12 18:00:00+00	\N	INFO	\N	378	\N	\N	\N	line 378
379	2026-11-12 19:00:00+00	\N	INFO	\N	379	\N	\N	\N	line 379
380	2026-11-12 20:00:00+00	\N	INFO	\N	380	\N	\N	\N	line 380
381	2026-11-12 21:00:00+00	\N	INFO	\N	381	\N	\N	\N	line 381
382	2026-11-12 22:00:00+00	\N	INFO	\N	382	\N	\N	\N	line 382
383	2026-11-12 23:00:00+00	\N	INFO	\N	383	\N	\N	\N	line 383
384	2026-11-13 00:00:00+00	\N	INFO	\N	384	\N	\N	\N	line 384
385	2026-11-13 01:00:00+00	\N	INFO	\N	385	\N	\N	\N	line 385
386	2026-11-13 02:00:00+00	\N	INFO	\N	386	\N	\N	\N	line 386
387	2026-11-13 03:00:00+00	\N	INFO	\N	387	\N	\N	\N	line 387
388	2026-11-13 04:00:00+00	\N	INFO	\N	388	\N	\N	\N	line 388
389	2026-11-13 05:00:00+00	\N	INFO	\N	389	\N	\N	\N	line 389
390	2026-11-13 06:00:00+00	\N	INFO	\N	390	\N	\N	\N	line 390
391	2026-11-13 07:00:00+00	\N	INFO	\N	391	\N	\N	\N	line 391
392	2026-11-13 08:00:00+00	\N	INFO	\N	392	\N	\N	\N	line 392
393	2026-11-13 09:00:00+00	\N	INFO	\N	393	\N	\N	\N	line 393
394	2026-11-13 10:00:00+00	\N	INFO	\N	394	\N	\N	\N	line 394
395	2026-11-13 11:00:00+00	\N	INFO	\N	395	\N	\N	\N	line 395
396	2026-11-13 12:00:00+00	\N	INFO	\N	396	\N	\N	\N	line 396
397	2026-11-13 13:00:00+00	\N	INFO	\N	397	\N	\N	\N	line 397
398	2026-11-13 14:00:00+00	\N	INFO	\N	398	\N	\N	\N	line 398
399	2026-11-13 15:00:00+00	\N	INFO	\N	399	\N	\N	\N	line 399
400	2026-11-13 16:00:00+00	\N	INFO	\N	400	\N	\N	\N	line 400
401	2026-11-13 17:00:00+00	\N	INFO	\N	401	\N	\N	\N	line 401
402	2026-11-13 18:00:00+00	\N	INFO	\N	402	\N	\N	\N	line 402
403	2026-11-13 19:00:00+00	\N	INFO	\N	403	\N	\N	\N	line 403
404	2026-11-13 20:00:00+00	\N	INFO	\N	404	\N	\N	\N	line 404
405	2026-11-13 21:00:00+00	\N	INFO	\N	405	\N	\N	\N	line 405
406	2026-11-13 22:00:00+00	\N	INFO	\N	406	\N	\N	\N	line 406
407	2026-11-13 23:00:00+00	\N	INFO	\N	407	\N	\N	\N	line 407
408	2026-11-14 00:00:00+00	\N	INFO	\N	408	\N	\N	\N	line 408
409	2026-11-14 01:00:00+00	\N	INFO	\N	409	\N	\N	\N	line 409
410	2026-11-14 02:00:00+00	\N	INFO	\N	410	\N	\N	\N	line 410
411	2026-11-14 03:00:00+00	\N	INFO	\N	411	\N	\N	\N	line 411
412	2026-11-14 04:00:00+00	\N	INFO	\N	412	\N	\N	\N	line 412
413	2026-11-14 05:00:00+00	\N	INFO	\N	413	\N	\N	\N	line 413
414	2026-11-14 06:00:00+00	\N	INFO	\N	414	\N	\N	\N	line 414
415	2026-11-14 07:00:00+00	\N	INFO	\N	415	\N	\N	\N	line 415
416	2026-11-14 08:00:00+00	\N	INFO	\N	416	\N	\N	\N	line 416
417	2026-11-14 09:00:00+00	\N	INFO	\N	417	\N	\N	\N	line 417
418	2026-11-14 10:00:00+00	\N	INFO	\N	418	\N	\N	\N	line 418
419	2026-11-14 11:00:00+00	\N	INFO	\N	419	\N	\N	\N	line 419
420	2026-11-14 12:00:00+00	\N	INFO	\N	420	\N	\N	\N	line 420
421	2026-11-14 13:00:00+00	\N	INFO	\N	421	\N	\N	\N	line 421
422	2026-11-14 14:00:00+00	\N	INFO	\N	422	\N	\N	\N	line 422
423	2026-11-14 15:00:00+00	\N	INFO	\N	423	\N	\N	\N	line 423
424	2026-11-14 16:00:00+00	\N	INFO	\N	424	\N	\N	\N	line 424
425	2026-11-14 17:00:00+00	\N	INFO	\N	425	\N	\N	\N	line 425
426	2026-11-14 18:00:00+00	\N	INFO	\N	426	\N	\N	\N	line 426
427	2026-11-14 19:00:00+00	\N	INFO	\N	427	\N	\N	\N	line 427
428	2026-11-14 20:00:00+00	\N	INFO	\N	428	\N	\N	\N	line 428
429	2026-11-14 21:00:00+00	\N	INFO	\N	429	\N	\N	\N	line 429
430	2026-11-14 22:00:00+00	\N	INFO	\N	430	\N	\N	\N	line 430
431	2026-11-14 23:00:00+00	\N	INFO	\N	431	\N	\N	\N	line 431
432	2026-11-15 00:00:00+00	\N	INFO	\N	432	\N	\N	\N	line 432
433	2026-11-15 01:00:00+00	\N	INFO	\N	433	\N	\N	\N	line 433
434	2026-11-15 02:00:00+00	\N	INFO	\N	434	\N	\N	\N	line 434
435	2026-11-15 03:00:00+00	\N	INFO	\N	435	\N	\N	\N	line 435
436	2026-11-15 04:00:00+00	\N	INFO	\N	436	\N	\N	\N	line 436
437	2026-11-15 05:00:00+00	\N	INFO	\N	437	\N	\N	\N	line 437
438	2026-11-15 06:00:00+00	\N	INFO	\N	438	\N	\N	\N	line 438
439	2026-11-15 07:00:00+00	\N	INFO	\N	439	\N	\N	\N	line 439
440	2026-11-15 08:00:00+00	\N	INFO	\N	440	\N	\N	\N	line 440
441	2026-11-15 09:00:00+00	\N	INFO	\N	441	\N	\N	\N	line 441
442	2026-11-15 10:00:00+00	\N	INFO	\N	442	\N	\N	\N	line 442
443	2026-11-15 11:00:00+00	\N	INFO	\N	443	\N	\N	\N	line 443
444	2026-11-15 12:00:00+00	\N	INFO	\N	444	\N	\N	\N	line 444
445	2026-11-15 13:00:00+00	\N	INFO	\N	445	\N	\N	\N	line 445
446	2026-11-15 14:00:00+00	\N	INFO	\N	446	\N	\N	\N	line 446
447	2026-11-15 15:00:00+00	\N	INFO	\N	447	\N	\N	\N	line 447
448	2026-11-15 16:00:00+00	\N	INFO	\N	448	\N	\N	\N	line 448
449	2026-11-15 17:00:00+00	\N	INFO	\N	449	\N	\N	\N	line 449
450	2026-11-15 18:00:00+00	\N	INFO	\N	450	\N	\N	\N	line 450
451	2026-11-15 19:00:00+00	\N	INFO	\N	451	\N	\N	\N	line 451
452	2026-11-15 20:00:00+00	\N	INFO	\N	452	\N	\N	\N	line 452
453	2026-11-15 21:00:00+00	\N	INFO	\N	453	\N	\N	\N	line 453
454	2026-11-15 22:00:00+00	\N	INFO	\N	454	\N	\N	\N	line 454
455	2026-11-15 23:00:00+00	\N	INFO	\N	455	\N	\N	\N	line 455
456	2026-11-16 00:00:00+00	\N	INFO	\N	456	\N	\N	\N	line 456
457	2026-11-16 01:00:00+00	\N	INFO	\N	457	\N	\N	\N	line 457
458	2026-11-16 02:00:00+00	\N	INFO	\N	458	\N	\N	\N	line 458
459	2026-11-16 03:00:00+00	\N	INFO	\N	459	\N	\N	\N	line 459
460	2026-11-16 04:00:00+00	\N	INFO	\N	460	\N	\N	\N	line 460
461	2026-11-16 05:00:00+00	\N	INFO	\N	461	\N	\N	\N	line 461
462	2026-11-16 06:00:00+00	\N	INFO	\N	462	\N	\N	\N	line 462
463	2026-11-16 07:00:00+00	\N	INFO	\N	463	\N	\N	\N	line 463
464	2026-11-16 08:00:00+00	\N	INFO	\N	464	\N	\N	\N	line 464
465	2026-11-16 09:00:00+00	\N	INFO	\N	465	\N	\N	\N	line 465
466	2026-11-16 10:00:00+00	\N	INFO	\N	466	\N	\N	\N	line 466
467	2026-11-16 11:00:00+00	\N	INFO	\N	467	\N	\N	\N	line 467
468	2026-11-16 12:00:00+00	\N	INFO	\N	468	\N	\N	\N	line 468
469	2026-11-16 13:00:00+00	\N	INFO	\N	469	\N	\N	\N	line 469
470	2026-11-16 14:00:00+00	\N	INFO	\N	470	\N	\N	\N	line 470
471	2026-11-16 15:00:00+00	\N	INFO	\N	471	\N	\N	\N	line 471
472	2026-11-16 16:00:00+00	\N	INFO	\N	472	\N	\N	\N	line 472
473	2026-11-16 17:00:00+00	\N	INFO	\N	473	\N	\N	\N	line 473
474	2026-11-16 18:00:00+00	\N	INFO	\N	474	\N	\N	\N	line 474
475	2026-11-16 19:00:00+00	\N	INFO	\N	475	\N	\N	\N	line 475
476	2026-11-16 20:00:00+00	\N	INFO	\N	476	\N	\N	\N	line 476
477	2026-11-16 21:00:00+00	\N	INFO	\N	477	\N	\N	\N	line 477
478	2026-11-16 22:00:00+00	\N	INFO	\N	478	\N	\N	\N	line 478
479	2026-11-16 23:00:00+00	\N	INFO	\N	479	\N	\N	\N	line 479
480	2026-11-17 00:00:00+00	\N	INFO	\N	480	\N	\N	\N	line 480
481	2026-11-17 01:00:00+00	\N	INFO	\N	481	\N	\N	\N	line 481
482	2026-11-17 02:00:00+00	\N	INFO	\N	482	\N	\N	\N	line 482
483	2026-11-17 03:00:00+00	\N	INFO	\N	483	\N	\N	\N	line 483
484	2026-11-17 04:00:00+00	\N	INFO	\N	484	\N	\N	\N	line 484
485	2026-11-17 05:00:00+00	\N	INFO	\N	485	\N	\N	\N	line 485
486	2026-11-17 06:00:00+00	\N	INFO	\N	486	\N	\N	\N	line 486
487	2026-11-17 07:00:00+00	\N	INFO	\N	487	\N	\N	\N	line 487
488	2026-11-17 08:00:00+00	\N	INFO	\N	488	\N	\N	\N	line 488
489	2026-11-17 09:00:00+00	\N	INFO	\N	489	\N	\N	\N	line 489
490	2026-11-17 10:00:00+00	\N	INFO	\N	490	\N	\N	\N	line 490
491	2026-11-17 11:00:00+00	\N	INFO	\N	491	\N	\N	\N	line 491
492	2026-11-17 12:00:00+00	\N	INFO	\N	492	\N	\N	\N	line 492
493	2026-11-17 13:00:00+00	\N	INFO	\N	493	\N	\N	\N	line 493
494	2026-11-17 14:00:00+00	\N	INFO	\N	494	\N	\N	\N	line 494
495	2026-11-17 15:00:00+00	\N	INFO	\N	495	\N	\N	\N	line 495
496	2026-11-17 16:00:00+00	\N	INFO	\N	496	\N	\N	\N	line 496
497	2026-11-17 17:00:00+00	\N	INFO	\N	497	\N	\N	\N	line 497
498	2026-11-17 18:00:00+00	\N	INFO	\N	498	\N	\N	\N	line 498
499	2026-11-17 19:00:00+00	\N	INFO	\N	499	\N	\N	\N	line 499
500	2026-11-17 20:00:00+00	\N	INFO	\N	500	\N	\N	\N	line 500
\.


--
-- Data for Name: tlogretention; Type: TABLE DATA; Schema: dba; Owner: etl_owner
--

COPY dba.tlogretention (logretentionid, table_name, keep_days, is_active, created_at, last_modified_at) FROM stdin;
1	tlogentry	90	t	2026-11-25 03:55:31.484839+00	2026-11-25 03:55:31.484839+00
2	tjobrun	400	t	2026-11-25 03:55:31.484839+00	2026-11-25 03:55:31.484839+00
3	tmaintenancelog	400	t	2026-11-25 03:55:31.484839+00	2026-11-25 03:55:31.484839+00
4	tddllogs	400	t	2026-11-25 03:55:31.484839+00	2026-11-25 03:55:31.484839+00
5	tlongrunningquery	90	t	2026-11-25 03:55:31.484839+00	2026-11-25 03:55:31.484839+00
6	ttableindexstats	400	t	2026-11-25 03:55:31.484839+00	2026-11-25 03:55:31.484839+00
\.


--
-- Data for Name: tlongrunningquery; Type: TABLE DATA; Schema: dba; Owner: etl_owner
--

COPY dba.tlongrunningquery (longrunningqueryid, pid, query_start, first_seen_at, last_seen_at, user_name, application_name, state, wait_event, blocked_by, query) FROM stdin;
\.


--
-- Data for Name: tmaintenancelog; Type: TABLE DATA; Schema: dba; Owner: etl_owner
--

COPY dba.tmaintenancelog (maintenancelogid, started_at, finished_at, operation, object_name, rows_affected, succeeded, message, user_name) FROM stdin;
\.


--
-- Data for Name: tmeetmaxconfig; Type: TABLE DATA; Schema: dba; Owner: etl_owner
--

COPY dba.tmeetmaxconfig (config_id, config_name, base_url, event_ids, download_directory, delay_seconds, max_retries, max_seconds, max_bytes, is_active, created_at, last_modified_at) FROM stdin;
\.


--
-- Data for Name: treportmanager; Type: TABLE DATA; Schema: dba; Owner: etl_owner
--

COPY dba.treportmanager (reportid, reportname, reportdescription, frequency, subjectheader, toheader, cc, bcc, emailbodytemplate, emailbodyqueries, hasattachment, attachmentqueries, charts, attachment_format, when_empty, on_error, max_data_age, datastatusid, created_at, last_modified_at) FROM stdin;
1	MeetMax event changes	Companies added to or removed from MeetMax events since the business day before.	20 11 * * 1-5	MeetMax event changes	operator@localhost	\N	\N	<p>MeetMax event changes, {{today}}</p>{{grid1}}	{"grid1": "SELECT * FROM dba.f_get_event_changes(current_date)"}	f	[]	[]	csv	skip	hold	\N	1	2026-11-25 03:55:31.659258+00	2026-11-25 03:55:31.659258+00
2	Files received	What every feed has received since yesterday morning: files, rows loaded, rejected and skipped.	25 11 * * 1-5	Files received	operator@localhost	\N	\N	<p>Files received since yesterday, {{yesterday}}</p>{{grid1}}	{"grid1": "SELECT feed, count(*) AS files, sum(rows_loaded) AS rows_loaded, sum(rows_rejected) AS rows_rejected, sum(rows_skipped) AS rows_skipped, count(*) FILTER (WHERE status = 'Failed') AS files_refused FROM dba.vfilesreceived WHERE received_at >= current_date - 1 GROUP BY feed ORDER BY feed"}	f	[]	[]	csv	note	hold	\N	1	2026-11-25 03:55:31.659258+00	2026-11-25 03:55:31.659258+00
\.


--
-- Data for Name: treportrun; Type: TABLE DATA; Schema: dba; Owner: etl_owner
--

COPY dba.treportrun (reportrunid, reportid, due_at, attempt, run_uuid, status, message_id, recipients, refused_recipients, row_counts, output_path, error, claimed_at, finished_at) FROM stdin;
\.


--
-- Data for Name: tscheduler; Type: TABLE DATA; Schema: dba; Owner: etl_owner
--

COPY dba.tscheduler (schedulerid, taskname, taskdescription, frequency, run_after_schedulerid, scriptpath, scriptargs, timeout_minutes, catch_up, ping_url, datastatusid, created_at, last_modified_at) FROM stdin;
1	MeetMax download and import	Downloads the MeetMax events and imports them. Set datastatusid to 1 once MeetMax is set up.	0 5,17 * * 1-5	\N	run_download_and_import.sh		60	none	\N	2	2026-11-25 03:55:31.659258+00	2026-11-25 03:55:31.659258+00
2	MeetMax URL check	Checks which MeetMax event addresses answer. Set datastatusid to 1 once MeetMax is set up.	0 19 * * 5	\N	meetmax_url_check.py		60	none	\N	2	2026-11-25 03:55:31.659258+00	2026-11-25 03:55:31.659258+00
3	Weekly clean-up of logs	Removes log files and log rows that are past their keeping time (dba.tlogretention).	0 2 * * 0	\N	weekly_cleanup_logs.sh		60	none	\N	1	2026-11-25 03:55:31.659258+00	2026-11-25 03:55:31.659258+00
4	Daily backup	Backs the database up.	0 3 * * *	\N	daily_backup.sh		60	none	\N	1	2026-11-25 03:55:31.659258+00	2026-11-25 03:55:31.659258+00
5	Inbox	Saves the attachments of new mail by the rules of dba.tinboxconfig.	*/10 * * * *	\N	run_gmail_inbox_processor.py		60	none	\N	1	2026-11-25 03:55:31.659258+00	2026-11-25 03:55:31.659258+00
\.


--
-- Data for Name: tsftpconfig; Type: TABLE DATA; Schema: dba; Owner: etl_owner
--

COPY dba.tsftpconfig (config_id, config_name, host, port, username, key_file, host_key, direction, remote_path, local_path, file_pattern, after_transfer, after_transfer_path, timeout_seconds, is_active, created_at, last_modified_at) FROM stdin;
\.


--
-- Data for Name: tsftptransfer; Type: TABLE DATA; Schema: dba; Owner: etl_owner
--

COPY dba.tsftptransfer (sftptransferid, config_id, run_uuid, direction, remote_path, local_path, sha256, size_bytes, remote_modified_at, status, error, started_at, verified_at) FROM stdin;
\.


--
-- Data for Name: ttableindexstats; Type: TABLE DATA; Schema: dba; Owner: etl_owner
--

COPY dba.ttableindexstats (tableindexstatsid, taken_at, schema_name, table_name, index_name, size_bytes, live_rows, dead_rows, table_scans, index_scans, last_vacuum, last_analyze) FROM stdin;
\.


--
-- Data for Name: orders; Type: TABLE DATA; Schema: feeds; Owner: etl_user
--

COPY feeds.orders (datasetid, "order") FROM stdin;
1	00601
1	\N
\.


--
-- Name: tbackup_backupid_seq; Type: SEQUENCE SET; Schema: dba; Owner: etl_owner
--

SELECT pg_catalog.setval('dba.tbackup_backupid_seq', 1, true);


--
-- Name: tconfighistory_confighistoryid_seq; Type: SEQUENCE SET; Schema: dba; Owner: etl_owner
--

SELECT pg_catalog.setval('dba.tconfighistory_confighistoryid_seq', 14, true);


--
-- Name: tdataset_datasetid_seq; Type: SEQUENCE SET; Schema: dba; Owner: etl_owner
--

SELECT pg_catalog.setval('dba.tdataset_datasetid_seq', 1, false);


--
-- Name: tdatasettype_datasettypeid_seq; Type: SEQUENCE SET; Schema: dba; Owner: etl_owner
--

SELECT pg_catalog.setval('dba.tdatasettype_datasettypeid_seq', 1, false);


--
-- Name: tdatasource_datasourceid_seq; Type: SEQUENCE SET; Schema: dba; Owner: etl_owner
--

SELECT pg_catalog.setval('dba.tdatasource_datasourceid_seq', 1, false);


--
-- Name: tddllogs_ddllogid_seq; Type: SEQUENCE SET; Schema: dba; Owner: etl_owner
--

SELECT pg_catalog.setval('dba.tddllogs_ddllogid_seq', 287, true);


--
-- Name: texpectation_expectationid_seq; Type: SEQUENCE SET; Schema: dba; Owner: etl_owner
--

SELECT pg_catalog.setval('dba.texpectation_expectationid_seq', 1, false);


--
-- Name: timportcolumn_importcolumnid_seq; Type: SEQUENCE SET; Schema: dba; Owner: etl_owner
--

SELECT pg_catalog.setval('dba.timportcolumn_importcolumnid_seq', 1, false);


--
-- Name: timportconfig_config_id_seq; Type: SEQUENCE SET; Schema: dba; Owner: etl_owner
--

SELECT pg_catalog.setval('dba.timportconfig_config_id_seq', 1, true);


--
-- Name: timportfile_importfileid_seq; Type: SEQUENCE SET; Schema: dba; Owner: etl_owner
--

SELECT pg_catalog.setval('dba.timportfile_importfileid_seq', 1, false);


--
-- Name: timportreject_importrejectid_seq; Type: SEQUENCE SET; Schema: dba; Owner: etl_owner
--

SELECT pg_catalog.setval('dba.timportreject_importrejectid_seq', 1, false);


--
-- Name: tinboxattachment_inboxattachmentid_seq; Type: SEQUENCE SET; Schema: dba; Owner: etl_owner
--

SELECT pg_catalog.setval('dba.tinboxattachment_inboxattachmentid_seq', 1, false);


--
-- Name: tinboxconfig_config_id_seq; Type: SEQUENCE SET; Schema: dba; Owner: etl_owner
--

SELECT pg_catalog.setval('dba.tinboxconfig_config_id_seq', 1, false);


--
-- Name: tinboxmessage_inboxmessageid_seq; Type: SEQUENCE SET; Schema: dba; Owner: etl_owner
--

SELECT pg_catalog.setval('dba.tinboxmessage_inboxmessageid_seq', 1, false);


--
-- Name: tjobrun_jobrunid_seq; Type: SEQUENCE SET; Schema: dba; Owner: etl_owner
--

SELECT pg_catalog.setval('dba.tjobrun_jobrunid_seq', 1, true);


--
-- Name: tlogentry_logentryid_seq; Type: SEQUENCE SET; Schema: dba; Owner: etl_owner
--

SELECT pg_catalog.setval('dba.tlogentry_logentryid_seq', 500, true);


--
-- Name: tlogretention_logretentionid_seq; Type: SEQUENCE SET; Schema: dba; Owner: etl_owner
--

SELECT pg_catalog.setval('dba.tlogretention_logretentionid_seq', 6, true);


--
-- Name: tlongrunningquery_longrunningqueryid_seq; Type: SEQUENCE SET; Schema: dba; Owner: etl_owner
--

SELECT pg_catalog.setval('dba.tlongrunningquery_longrunningqueryid_seq', 1, false);


--
-- Name: tmaintenancelog_maintenancelogid_seq; Type: SEQUENCE SET; Schema: dba; Owner: etl_owner
--

SELECT pg_catalog.setval('dba.tmaintenancelog_maintenancelogid_seq', 1, false);


--
-- Name: tmeetmaxconfig_config_id_seq; Type: SEQUENCE SET; Schema: dba; Owner: etl_owner
--

SELECT pg_catalog.setval('dba.tmeetmaxconfig_config_id_seq', 1, false);


--
-- Name: treportmanager_reportid_seq; Type: SEQUENCE SET; Schema: dba; Owner: etl_owner
--

SELECT pg_catalog.setval('dba.treportmanager_reportid_seq', 2, true);


--
-- Name: treportrun_reportrunid_seq; Type: SEQUENCE SET; Schema: dba; Owner: etl_owner
--

SELECT pg_catalog.setval('dba.treportrun_reportrunid_seq', 1, false);


--
-- Name: tscheduler_schedulerid_seq; Type: SEQUENCE SET; Schema: dba; Owner: etl_owner
--

SELECT pg_catalog.setval('dba.tscheduler_schedulerid_seq', 5, true);


--
-- Name: tsftpconfig_config_id_seq; Type: SEQUENCE SET; Schema: dba; Owner: etl_owner
--

SELECT pg_catalog.setval('dba.tsftpconfig_config_id_seq', 1, false);


--
-- Name: tsftptransfer_sftptransferid_seq; Type: SEQUENCE SET; Schema: dba; Owner: etl_owner
--

SELECT pg_catalog.setval('dba.tsftptransfer_sftptransferid_seq', 1, false);


--
-- Name: ttableindexstats_tableindexstatsid_seq; Type: SEQUENCE SET; Schema: dba; Owner: etl_owner
--

SELECT pg_catalog.setval('dba.ttableindexstats_tableindexstatsid_seq', 1, false);


--
-- Name: tbackup tbackup_pkey; Type: CONSTRAINT; Schema: dba; Owner: etl_owner
--

ALTER TABLE ONLY dba.tbackup
    ADD CONSTRAINT tbackup_pkey PRIMARY KEY (backupid);


--
-- Name: tcalendardays tcalendardays_pkey; Type: CONSTRAINT; Schema: dba; Owner: etl_owner
--

ALTER TABLE ONLY dba.tcalendardays
    ADD CONSTRAINT tcalendardays_pkey PRIMARY KEY (calendardate);


--
-- Name: tconfighistory tconfighistory_pkey; Type: CONSTRAINT; Schema: dba; Owner: etl_owner
--

ALTER TABLE ONLY dba.tconfighistory
    ADD CONSTRAINT tconfighistory_pkey PRIMARY KEY (confighistoryid);


--
-- Name: tdataset tdataset_pkey; Type: CONSTRAINT; Schema: dba; Owner: etl_owner
--

ALTER TABLE ONLY dba.tdataset
    ADD CONSTRAINT tdataset_pkey PRIMARY KEY (datasetid);


--
-- Name: tdatasettype tdatasettype_datasettypename_key; Type: CONSTRAINT; Schema: dba; Owner: etl_owner
--

ALTER TABLE ONLY dba.tdatasettype
    ADD CONSTRAINT tdatasettype_datasettypename_key UNIQUE (datasettypename);


--
-- Name: tdatasettype tdatasettype_pkey; Type: CONSTRAINT; Schema: dba; Owner: etl_owner
--

ALTER TABLE ONLY dba.tdatasettype
    ADD CONSTRAINT tdatasettype_pkey PRIMARY KEY (datasettypeid);


--
-- Name: tdatasource tdatasource_datasourcename_key; Type: CONSTRAINT; Schema: dba; Owner: etl_owner
--

ALTER TABLE ONLY dba.tdatasource
    ADD CONSTRAINT tdatasource_datasourcename_key UNIQUE (datasourcename);


--
-- Name: tdatasource tdatasource_pkey; Type: CONSTRAINT; Schema: dba; Owner: etl_owner
--

ALTER TABLE ONLY dba.tdatasource
    ADD CONSTRAINT tdatasource_pkey PRIMARY KEY (datasourceid);


--
-- Name: tdatastatus tdatastatus_pkey; Type: CONSTRAINT; Schema: dba; Owner: etl_owner
--

ALTER TABLE ONLY dba.tdatastatus
    ADD CONSTRAINT tdatastatus_pkey PRIMARY KEY (datastatusid);


--
-- Name: tdatastatus tdatastatus_statusname_key; Type: CONSTRAINT; Schema: dba; Owner: etl_owner
--

ALTER TABLE ONLY dba.tdatastatus
    ADD CONSTRAINT tdatastatus_statusname_key UNIQUE (statusname);


--
-- Name: tddllogs tddllogs_pkey; Type: CONSTRAINT; Schema: dba; Owner: etl_owner
--

ALTER TABLE ONLY dba.tddllogs
    ADD CONSTRAINT tddllogs_pkey PRIMARY KEY (ddllogid);


--
-- Name: texpectation texpectation_expectation_name_key; Type: CONSTRAINT; Schema: dba; Owner: etl_owner
--

ALTER TABLE ONLY dba.texpectation
    ADD CONSTRAINT texpectation_expectation_name_key UNIQUE (expectation_name);


--
-- Name: texpectation texpectation_pkey; Type: CONSTRAINT; Schema: dba; Owner: etl_owner
--

ALTER TABLE ONLY dba.texpectation
    ADD CONSTRAINT texpectation_pkey PRIMARY KEY (expectationid);


--
-- Name: tholidays tholidays_pkey; Type: CONSTRAINT; Schema: dba; Owner: etl_owner
--

ALTER TABLE ONLY dba.tholidays
    ADD CONSTRAINT tholidays_pkey PRIMARY KEY (holidaydate);


--
-- Name: timportcolumn timportcolumn_config_id_source_name_key; Type: CONSTRAINT; Schema: dba; Owner: etl_owner
--

ALTER TABLE ONLY dba.timportcolumn
    ADD CONSTRAINT timportcolumn_config_id_source_name_key UNIQUE (config_id, source_name);


--
-- Name: timportcolumn timportcolumn_pkey; Type: CONSTRAINT; Schema: dba; Owner: etl_owner
--

ALTER TABLE ONLY dba.timportcolumn
    ADD CONSTRAINT timportcolumn_pkey PRIMARY KEY (importcolumnid);


--
-- Name: timportconfig timportconfig_config_name_key; Type: CONSTRAINT; Schema: dba; Owner: etl_owner
--

ALTER TABLE ONLY dba.timportconfig
    ADD CONSTRAINT timportconfig_config_name_key UNIQUE (config_name);


--
-- Name: timportconfig timportconfig_pkey; Type: CONSTRAINT; Schema: dba; Owner: etl_owner
--

ALTER TABLE ONLY dba.timportconfig
    ADD CONSTRAINT timportconfig_pkey PRIMARY KEY (config_id);


--
-- Name: timportfile timportfile_pkey; Type: CONSTRAINT; Schema: dba; Owner: etl_owner
--

ALTER TABLE ONLY dba.timportfile
    ADD CONSTRAINT timportfile_pkey PRIMARY KEY (importfileid);


--
-- Name: timportheader timportheader_pkey; Type: CONSTRAINT; Schema: dba; Owner: etl_owner
--

ALTER TABLE ONLY dba.timportheader
    ADD CONSTRAINT timportheader_pkey PRIMARY KEY (target_table, source_name, occurrence);


--
-- Name: timportreject timportreject_pkey; Type: CONSTRAINT; Schema: dba; Owner: etl_owner
--

ALTER TABLE ONLY dba.timportreject
    ADD CONSTRAINT timportreject_pkey PRIMARY KEY (importrejectid);


--
-- Name: timportstrategy timportstrategy_pkey; Type: CONSTRAINT; Schema: dba; Owner: etl_owner
--

ALTER TABLE ONLY dba.timportstrategy
    ADD CONSTRAINT timportstrategy_pkey PRIMARY KEY (importstrategyid);


--
-- Name: timportstrategy timportstrategy_strategyname_key; Type: CONSTRAINT; Schema: dba; Owner: etl_owner
--

ALTER TABLE ONLY dba.timportstrategy
    ADD CONSTRAINT timportstrategy_strategyname_key UNIQUE (strategyname);


--
-- Name: tinboxattachment tinboxattachment_inboxmessageid_part_number_key; Type: CONSTRAINT; Schema: dba; Owner: etl_owner
--

ALTER TABLE ONLY dba.tinboxattachment
    ADD CONSTRAINT tinboxattachment_inboxmessageid_part_number_key UNIQUE (inboxmessageid, part_number);


--
-- Name: tinboxattachment tinboxattachment_pkey; Type: CONSTRAINT; Schema: dba; Owner: etl_owner
--

ALTER TABLE ONLY dba.tinboxattachment
    ADD CONSTRAINT tinboxattachment_pkey PRIMARY KEY (inboxattachmentid);


--
-- Name: tinboxconfig tinboxconfig_config_name_key; Type: CONSTRAINT; Schema: dba; Owner: etl_owner
--

ALTER TABLE ONLY dba.tinboxconfig
    ADD CONSTRAINT tinboxconfig_config_name_key UNIQUE (config_name);


--
-- Name: tinboxconfig tinboxconfig_pkey; Type: CONSTRAINT; Schema: dba; Owner: etl_owner
--

ALTER TABLE ONLY dba.tinboxconfig
    ADD CONSTRAINT tinboxconfig_pkey PRIMARY KEY (config_id);


--
-- Name: tinboxmessage tinboxmessage_mailbox_message_key_key; Type: CONSTRAINT; Schema: dba; Owner: etl_owner
--

ALTER TABLE ONLY dba.tinboxmessage
    ADD CONSTRAINT tinboxmessage_mailbox_message_key_key UNIQUE (mailbox, message_key);


--
-- Name: tinboxmessage tinboxmessage_pkey; Type: CONSTRAINT; Schema: dba; Owner: etl_owner
--

ALTER TABLE ONLY dba.tinboxmessage
    ADD CONSTRAINT tinboxmessage_pkey PRIMARY KEY (inboxmessageid);


--
-- Name: tjobrun tjobrun_pkey; Type: CONSTRAINT; Schema: dba; Owner: etl_owner
--

ALTER TABLE ONLY dba.tjobrun
    ADD CONSTRAINT tjobrun_pkey PRIMARY KEY (jobrunid);


--
-- Name: tjobrun tjobrun_run_uuid_key; Type: CONSTRAINT; Schema: dba; Owner: etl_owner
--

ALTER TABLE ONLY dba.tjobrun
    ADD CONSTRAINT tjobrun_run_uuid_key UNIQUE (run_uuid);


--
-- Name: tlogentry tlogentry_pkey; Type: CONSTRAINT; Schema: dba; Owner: etl_owner
--

ALTER TABLE ONLY dba.tlogentry
    ADD CONSTRAINT tlogentry_pkey PRIMARY KEY (logentryid);


--
-- Name: tlogretention tlogretention_pkey; Type: CONSTRAINT; Schema: dba; Owner: etl_owner
--

ALTER TABLE ONLY dba.tlogretention
    ADD CONSTRAINT tlogretention_pkey PRIMARY KEY (logretentionid);


--
-- Name: tlogretention tlogretention_table_name_key; Type: CONSTRAINT; Schema: dba; Owner: etl_owner
--

ALTER TABLE ONLY dba.tlogretention
    ADD CONSTRAINT tlogretention_table_name_key UNIQUE (table_name);


--
-- Name: tlongrunningquery tlongrunningquery_pid_query_start_key; Type: CONSTRAINT; Schema: dba; Owner: etl_owner
--

ALTER TABLE ONLY dba.tlongrunningquery
    ADD CONSTRAINT tlongrunningquery_pid_query_start_key UNIQUE (pid, query_start);


--
-- Name: tlongrunningquery tlongrunningquery_pkey; Type: CONSTRAINT; Schema: dba; Owner: etl_owner
--

ALTER TABLE ONLY dba.tlongrunningquery
    ADD CONSTRAINT tlongrunningquery_pkey PRIMARY KEY (longrunningqueryid);


--
-- Name: tmaintenancelog tmaintenancelog_pkey; Type: CONSTRAINT; Schema: dba; Owner: etl_owner
--

ALTER TABLE ONLY dba.tmaintenancelog
    ADD CONSTRAINT tmaintenancelog_pkey PRIMARY KEY (maintenancelogid);


--
-- Name: tmeetmaxconfig tmeetmaxconfig_config_name_key; Type: CONSTRAINT; Schema: dba; Owner: etl_owner
--

ALTER TABLE ONLY dba.tmeetmaxconfig
    ADD CONSTRAINT tmeetmaxconfig_config_name_key UNIQUE (config_name);


--
-- Name: tmeetmaxconfig tmeetmaxconfig_pkey; Type: CONSTRAINT; Schema: dba; Owner: etl_owner
--

ALTER TABLE ONLY dba.tmeetmaxconfig
    ADD CONSTRAINT tmeetmaxconfig_pkey PRIMARY KEY (config_id);


--
-- Name: treportmanager treportmanager_pkey; Type: CONSTRAINT; Schema: dba; Owner: etl_owner
--

ALTER TABLE ONLY dba.treportmanager
    ADD CONSTRAINT treportmanager_pkey PRIMARY KEY (reportid);


--
-- Name: treportmanager treportmanager_reportname_key; Type: CONSTRAINT; Schema: dba; Owner: etl_owner
--

ALTER TABLE ONLY dba.treportmanager
    ADD CONSTRAINT treportmanager_reportname_key UNIQUE (reportname);


--
-- Name: treportrun treportrun_pkey; Type: CONSTRAINT; Schema: dba; Owner: etl_owner
--

ALTER TABLE ONLY dba.treportrun
    ADD CONSTRAINT treportrun_pkey PRIMARY KEY (reportrunid);


--
-- Name: treportrun treportrun_reportid_due_at_attempt_key; Type: CONSTRAINT; Schema: dba; Owner: etl_owner
--

ALTER TABLE ONLY dba.treportrun
    ADD CONSTRAINT treportrun_reportid_due_at_attempt_key UNIQUE (reportid, due_at, attempt);


--
-- Name: tscheduler tscheduler_pkey; Type: CONSTRAINT; Schema: dba; Owner: etl_owner
--

ALTER TABLE ONLY dba.tscheduler
    ADD CONSTRAINT tscheduler_pkey PRIMARY KEY (schedulerid);


--
-- Name: tscheduler tscheduler_taskname_key; Type: CONSTRAINT; Schema: dba; Owner: etl_owner
--

ALTER TABLE ONLY dba.tscheduler
    ADD CONSTRAINT tscheduler_taskname_key UNIQUE (taskname);


--
-- Name: tsftpconfig tsftpconfig_config_name_key; Type: CONSTRAINT; Schema: dba; Owner: etl_owner
--

ALTER TABLE ONLY dba.tsftpconfig
    ADD CONSTRAINT tsftpconfig_config_name_key UNIQUE (config_name);


--
-- Name: tsftpconfig tsftpconfig_pkey; Type: CONSTRAINT; Schema: dba; Owner: etl_owner
--

ALTER TABLE ONLY dba.tsftpconfig
    ADD CONSTRAINT tsftpconfig_pkey PRIMARY KEY (config_id);


--
-- Name: tsftptransfer tsftptransfer_pkey; Type: CONSTRAINT; Schema: dba; Owner: etl_owner
--

ALTER TABLE ONLY dba.tsftptransfer
    ADD CONSTRAINT tsftptransfer_pkey PRIMARY KEY (sftptransferid);


--
-- Name: ttableindexstats ttableindexstats_pkey; Type: CONSTRAINT; Schema: dba; Owner: etl_owner
--

ALTER TABLE ONLY dba.ttableindexstats
    ADD CONSTRAINT ttableindexstats_pkey PRIMARY KEY (tableindexstatsid);


--
-- Name: tbackup_started_ix; Type: INDEX; Schema: dba; Owner: etl_owner
--

CREATE INDEX tbackup_started_ix ON dba.tbackup USING btree (started_at);


--
-- Name: tcalendardays_business_ix; Type: INDEX; Schema: dba; Owner: etl_owner
--

CREATE INDEX tcalendardays_business_ix ON dba.tcalendardays USING btree (calendardate) WHERE isbusinessday;


--
-- Name: tconfighistory_row_ix; Type: INDEX; Schema: dba; Owner: etl_owner
--

CREATE INDEX tconfighistory_row_ix ON dba.tconfighistory USING btree (table_name, row_id, changed_at);


--
-- Name: tdataset_date_ix; Type: INDEX; Schema: dba; Owner: etl_owner
--

CREATE INDEX tdataset_date_ix ON dba.tdataset USING btree (datasetdate, datasettypeid);


--
-- Name: tdataset_one_active_ux; Type: INDEX; Schema: dba; Owner: etl_owner
--

CREATE UNIQUE INDEX tdataset_one_active_ux ON dba.tdataset USING btree (datasettypeid, datasourceid, label, datasetdate) WHERE isactive;


--
-- Name: tddllogs_executed_ix; Type: INDEX; Schema: dba; Owner: etl_owner
--

CREATE INDEX tddllogs_executed_ix ON dba.tddllogs USING btree (executed_at);


--
-- Name: timportcolumn_target_ux; Type: INDEX; Schema: dba; Owner: etl_owner
--

CREATE UNIQUE INDEX timportcolumn_target_ux ON dba.timportcolumn USING btree (config_id, target_name) WHERE is_active;


--
-- Name: timportfile_attachment_ix; Type: INDEX; Schema: dba; Owner: etl_owner
--

CREATE INDEX timportfile_attachment_ix ON dba.timportfile USING btree (inboxattachmentid);


--
-- Name: timportfile_dataset_ix; Type: INDEX; Schema: dba; Owner: etl_owner
--

CREATE INDEX timportfile_dataset_ix ON dba.timportfile USING btree (datasetid);


--
-- Name: timportfile_finished_ix; Type: INDEX; Schema: dba; Owner: etl_owner
--

CREATE INDEX timportfile_finished_ix ON dba.timportfile USING btree (finished_at);


--
-- Name: timportfile_name_ix; Type: INDEX; Schema: dba; Owner: etl_owner
--

CREATE INDEX timportfile_name_ix ON dba.timportfile USING btree (config_id, file_name);


--
-- Name: timportfile_run_ix; Type: INDEX; Schema: dba; Owner: etl_owner
--

CREATE INDEX timportfile_run_ix ON dba.timportfile USING btree (run_uuid);


--
-- Name: timportfile_sha256_ix; Type: INDEX; Schema: dba; Owner: etl_owner
--

CREATE INDEX timportfile_sha256_ix ON dba.timportfile USING btree (config_id, sha256);


--
-- Name: timportfile_size_ix; Type: INDEX; Schema: dba; Owner: etl_owner
--

CREATE INDEX timportfile_size_ix ON dba.timportfile USING btree (config_id, size_bytes);


--
-- Name: timportreject_file_ix; Type: INDEX; Schema: dba; Owner: etl_owner
--

CREATE INDEX timportreject_file_ix ON dba.timportreject USING btree (importfileid, line_number);


--
-- Name: tinboxattachment_saved_ix; Type: INDEX; Schema: dba; Owner: etl_owner
--

CREATE INDEX tinboxattachment_saved_ix ON dba.tinboxattachment USING btree (saved_path);


--
-- Name: tinboxattachment_sha256_ix; Type: INDEX; Schema: dba; Owner: etl_owner
--

CREATE INDEX tinboxattachment_sha256_ix ON dba.tinboxattachment USING btree (sha256);


--
-- Name: tinboxmessage_config_ix; Type: INDEX; Schema: dba; Owner: etl_owner
--

CREATE INDEX tinboxmessage_config_ix ON dba.tinboxmessage USING btree (config_id);


--
-- Name: tinboxmessage_open_ix; Type: INDEX; Schema: dba; Owner: etl_owner
--

CREATE INDEX tinboxmessage_open_ix ON dba.tinboxmessage USING btree (mailbox) WHERE (status = ANY (ARRAY['processing'::text, 'failed'::text]));


--
-- Name: tinboxmessage_run_ix; Type: INDEX; Schema: dba; Owner: etl_owner
--

CREATE INDEX tinboxmessage_run_ix ON dba.tinboxmessage USING btree (run_uuid);


--
-- Name: tinboxmessage_seen_ix; Type: INDEX; Schema: dba; Owner: etl_owner
--

CREATE INDEX tinboxmessage_seen_ix ON dba.tinboxmessage USING btree (first_seen_at);


--
-- Name: tinboxmessage_sha256_ix; Type: INDEX; Schema: dba; Owner: etl_owner
--

CREATE INDEX tinboxmessage_sha256_ix ON dba.tinboxmessage USING btree (sha256);


--
-- Name: tjobrun_job_ix; Type: INDEX; Schema: dba; Owner: etl_owner
--

CREATE INDEX tjobrun_job_ix ON dba.tjobrun USING btree (job, started_at);


--
-- Name: tjobrun_running_ix; Type: INDEX; Schema: dba; Owner: etl_owner
--

CREATE INDEX tjobrun_running_ix ON dba.tjobrun USING btree (host, pid) WHERE (status = 'running'::text);


--
-- Name: tjobrun_schedule_ix; Type: INDEX; Schema: dba; Owner: etl_owner
--

CREATE INDEX tjobrun_schedule_ix ON dba.tjobrun USING btree (schedulerid, started_at);


--
-- Name: tjobrun_started_ix; Type: INDEX; Schema: dba; Owner: etl_owner
--

CREATE INDEX tjobrun_started_ix ON dba.tjobrun USING btree (started_at);


--
-- Name: tlogentry_run_ix; Type: INDEX; Schema: dba; Owner: etl_owner
--

CREATE INDEX tlogentry_run_ix ON dba.tlogentry USING btree (run_uuid, logentryid);


--
-- Name: tlogentry_timestamp_ix; Type: INDEX; Schema: dba; Owner: etl_owner
--

CREATE INDEX tlogentry_timestamp_ix ON dba.tlogentry USING btree ("timestamp");


--
-- Name: tlongrunningquery_seen_ix; Type: INDEX; Schema: dba; Owner: etl_owner
--

CREATE INDEX tlongrunningquery_seen_ix ON dba.tlongrunningquery USING btree (last_seen_at);


--
-- Name: tmaintenancelog_started_ix; Type: INDEX; Schema: dba; Owner: etl_owner
--

CREATE INDEX tmaintenancelog_started_ix ON dba.tmaintenancelog USING btree (started_at);


--
-- Name: treportrun_claimed_ix; Type: INDEX; Schema: dba; Owner: etl_owner
--

CREATE INDEX treportrun_claimed_ix ON dba.treportrun USING btree (claimed_at);


--
-- Name: treportrun_open_ix; Type: INDEX; Schema: dba; Owner: etl_owner
--

CREATE INDEX treportrun_open_ix ON dba.treportrun USING btree (status) WHERE (status = ANY (ARRAY['claimed'::text, 'unknown'::text]));


--
-- Name: treportrun_run_ix; Type: INDEX; Schema: dba; Owner: etl_owner
--

CREATE INDEX treportrun_run_ix ON dba.treportrun USING btree (run_uuid);


--
-- Name: tscheduler_run_after_ix; Type: INDEX; Schema: dba; Owner: etl_owner
--

CREATE INDEX tscheduler_run_after_ix ON dba.tscheduler USING btree (run_after_schedulerid);


--
-- Name: tsftptransfer_remote_ix; Type: INDEX; Schema: dba; Owner: etl_owner
--

CREATE INDEX tsftptransfer_remote_ix ON dba.tsftptransfer USING btree (config_id, remote_path);


--
-- Name: tsftptransfer_run_ix; Type: INDEX; Schema: dba; Owner: etl_owner
--

CREATE INDEX tsftptransfer_run_ix ON dba.tsftptransfer USING btree (run_uuid);


--
-- Name: tsftptransfer_sha256_ix; Type: INDEX; Schema: dba; Owner: etl_owner
--

CREATE INDEX tsftptransfer_sha256_ix ON dba.tsftptransfer USING btree (config_id, sha256);


--
-- Name: ttableindexstats_table_ix; Type: INDEX; Schema: dba; Owner: etl_owner
--

CREATE INDEX ttableindexstats_table_ix ON dba.ttableindexstats USING btree (schema_name, table_name, taken_at);


--
-- Name: ttableindexstats_taken_ix; Type: INDEX; Schema: dba; Owner: etl_owner
--

CREATE INDEX ttableindexstats_taken_ix ON dba.ttableindexstats USING btree (taken_at);


--
-- Name: texpectation a_check; Type: TRIGGER; Schema: dba; Owner: etl_owner
--

CREATE TRIGGER a_check BEFORE INSERT OR UPDATE ON dba.texpectation FOR EACH ROW EXECUTE FUNCTION dba.f_check_texpectation();


--
-- Name: timportcolumn a_check; Type: TRIGGER; Schema: dba; Owner: etl_owner
--

CREATE TRIGGER a_check BEFORE INSERT OR UPDATE ON dba.timportcolumn FOR EACH ROW EXECUTE FUNCTION dba.f_check_timportcolumn();


--
-- Name: timportconfig a_check; Type: TRIGGER; Schema: dba; Owner: etl_owner
--

CREATE TRIGGER a_check BEFORE INSERT OR UPDATE ON dba.timportconfig FOR EACH ROW EXECUTE FUNCTION dba.f_check_timportconfig();


--
-- Name: tinboxconfig a_check; Type: TRIGGER; Schema: dba; Owner: etl_owner
--

CREATE TRIGGER a_check BEFORE INSERT OR UPDATE ON dba.tinboxconfig FOR EACH ROW EXECUTE FUNCTION dba.f_check_tinboxconfig();


--
-- Name: tlogretention a_check; Type: TRIGGER; Schema: dba; Owner: etl_owner
--

CREATE TRIGGER a_check BEFORE INSERT OR UPDATE ON dba.tlogretention FOR EACH ROW EXECUTE FUNCTION dba.f_check_tlogretention();


--
-- Name: tmeetmaxconfig a_check; Type: TRIGGER; Schema: dba; Owner: etl_owner
--

CREATE TRIGGER a_check BEFORE INSERT OR UPDATE ON dba.tmeetmaxconfig FOR EACH ROW EXECUTE FUNCTION dba.f_check_tmeetmaxconfig();


--
-- Name: treportmanager a_check; Type: TRIGGER; Schema: dba; Owner: etl_owner
--

CREATE TRIGGER a_check BEFORE INSERT OR UPDATE ON dba.treportmanager FOR EACH ROW EXECUTE FUNCTION dba.f_check_treportmanager();


--
-- Name: tscheduler a_check; Type: TRIGGER; Schema: dba; Owner: etl_owner
--

CREATE TRIGGER a_check BEFORE INSERT OR UPDATE ON dba.tscheduler FOR EACH ROW EXECUTE FUNCTION dba.f_check_tscheduler();


--
-- Name: tsftpconfig a_check; Type: TRIGGER; Schema: dba; Owner: etl_owner
--

CREATE TRIGGER a_check BEFORE INSERT OR UPDATE ON dba.tsftpconfig FOR EACH ROW EXECUTE FUNCTION dba.f_check_tsftpconfig();


--
-- Name: texpectation b_timestamps; Type: TRIGGER; Schema: dba; Owner: etl_owner
--

CREATE TRIGGER b_timestamps BEFORE UPDATE ON dba.texpectation FOR EACH ROW EXECUTE FUNCTION dba.f_keep_timestamps();


--
-- Name: timportcolumn b_timestamps; Type: TRIGGER; Schema: dba; Owner: etl_owner
--

CREATE TRIGGER b_timestamps BEFORE UPDATE ON dba.timportcolumn FOR EACH ROW EXECUTE FUNCTION dba.f_keep_timestamps();


--
-- Name: timportconfig b_timestamps; Type: TRIGGER; Schema: dba; Owner: etl_owner
--

CREATE TRIGGER b_timestamps BEFORE UPDATE ON dba.timportconfig FOR EACH ROW EXECUTE FUNCTION dba.f_keep_timestamps();


--
-- Name: tinboxconfig b_timestamps; Type: TRIGGER; Schema: dba; Owner: etl_owner
--

CREATE TRIGGER b_timestamps BEFORE UPDATE ON dba.tinboxconfig FOR EACH ROW EXECUTE FUNCTION dba.f_keep_timestamps();


--
-- Name: tlogretention b_timestamps; Type: TRIGGER; Schema: dba; Owner: etl_owner
--

CREATE TRIGGER b_timestamps BEFORE UPDATE ON dba.tlogretention FOR EACH ROW EXECUTE FUNCTION dba.f_keep_timestamps();


--
-- Name: tmeetmaxconfig b_timestamps; Type: TRIGGER; Schema: dba; Owner: etl_owner
--

CREATE TRIGGER b_timestamps BEFORE UPDATE ON dba.tmeetmaxconfig FOR EACH ROW EXECUTE FUNCTION dba.f_keep_timestamps();


--
-- Name: treportmanager b_timestamps; Type: TRIGGER; Schema: dba; Owner: etl_owner
--

CREATE TRIGGER b_timestamps BEFORE UPDATE ON dba.treportmanager FOR EACH ROW EXECUTE FUNCTION dba.f_keep_timestamps();


--
-- Name: tscheduler b_timestamps; Type: TRIGGER; Schema: dba; Owner: etl_owner
--

CREATE TRIGGER b_timestamps BEFORE UPDATE ON dba.tscheduler FOR EACH ROW EXECUTE FUNCTION dba.f_keep_timestamps();


--
-- Name: tsftpconfig b_timestamps; Type: TRIGGER; Schema: dba; Owner: etl_owner
--

CREATE TRIGGER b_timestamps BEFORE UPDATE ON dba.tsftpconfig FOR EACH ROW EXECUTE FUNCTION dba.f_keep_timestamps();


--
-- Name: texpectation c_history; Type: TRIGGER; Schema: dba; Owner: etl_owner
--

CREATE TRIGGER c_history AFTER INSERT OR DELETE OR UPDATE ON dba.texpectation FOR EACH ROW EXECUTE FUNCTION dba.f_record_config_change('expectationid');


--
-- Name: timportcolumn c_history; Type: TRIGGER; Schema: dba; Owner: etl_owner
--

CREATE TRIGGER c_history AFTER INSERT OR DELETE OR UPDATE ON dba.timportcolumn FOR EACH ROW EXECUTE FUNCTION dba.f_record_config_change('importcolumnid');


--
-- Name: timportconfig c_history; Type: TRIGGER; Schema: dba; Owner: etl_owner
--

CREATE TRIGGER c_history AFTER INSERT OR DELETE OR UPDATE ON dba.timportconfig FOR EACH ROW EXECUTE FUNCTION dba.f_record_config_change('config_id');


--
-- Name: tinboxconfig c_history; Type: TRIGGER; Schema: dba; Owner: etl_owner
--

CREATE TRIGGER c_history AFTER INSERT OR DELETE OR UPDATE ON dba.tinboxconfig FOR EACH ROW EXECUTE FUNCTION dba.f_record_config_change('config_id');


--
-- Name: tlogretention c_history; Type: TRIGGER; Schema: dba; Owner: etl_owner
--

CREATE TRIGGER c_history AFTER INSERT OR DELETE OR UPDATE ON dba.tlogretention FOR EACH ROW EXECUTE FUNCTION dba.f_record_config_change('logretentionid');


--
-- Name: tmeetmaxconfig c_history; Type: TRIGGER; Schema: dba; Owner: etl_owner
--

CREATE TRIGGER c_history AFTER INSERT OR DELETE OR UPDATE ON dba.tmeetmaxconfig FOR EACH ROW EXECUTE FUNCTION dba.f_record_config_change('config_id');


--
-- Name: treportmanager c_history; Type: TRIGGER; Schema: dba; Owner: etl_owner
--

CREATE TRIGGER c_history AFTER INSERT OR DELETE OR UPDATE ON dba.treportmanager FOR EACH ROW EXECUTE FUNCTION dba.f_record_config_change('reportid');


--
-- Name: tscheduler c_history; Type: TRIGGER; Schema: dba; Owner: etl_owner
--

CREATE TRIGGER c_history AFTER INSERT OR DELETE OR UPDATE ON dba.tscheduler FOR EACH ROW EXECUTE FUNCTION dba.f_record_config_change('schedulerid');


--
-- Name: tsftpconfig c_history; Type: TRIGGER; Schema: dba; Owner: etl_owner
--

CREATE TRIGGER c_history AFTER INSERT OR DELETE OR UPDATE ON dba.tsftpconfig FOR EACH ROW EXECUTE FUNCTION dba.f_record_config_change('config_id');


--
-- Name: timportconfig d_keep_history; Type: TRIGGER; Schema: dba; Owner: etl_owner
--

CREATE TRIGGER d_keep_history BEFORE DELETE ON dba.timportconfig FOR EACH ROW EXECUTE FUNCTION dba.f_refuse_delete('config_id', 'config_name', 'timportfile');


--
-- Name: treportmanager d_keep_history; Type: TRIGGER; Schema: dba; Owner: etl_owner
--

CREATE TRIGGER d_keep_history BEFORE DELETE ON dba.treportmanager FOR EACH ROW EXECUTE FUNCTION dba.f_refuse_delete('reportid', 'reportname', 'treportrun');


--
-- Name: tscheduler d_keep_history; Type: TRIGGER; Schema: dba; Owner: etl_owner
--

CREATE TRIGGER d_keep_history BEFORE DELETE ON dba.tscheduler FOR EACH ROW EXECUTE FUNCTION dba.f_refuse_delete('schedulerid', 'taskname', 'tjobrun');


--
-- Name: tsftpconfig d_keep_history; Type: TRIGGER; Schema: dba; Owner: etl_owner
--

CREATE TRIGGER d_keep_history BEFORE DELETE ON dba.tsftpconfig FOR EACH ROW EXECUTE FUNCTION dba.f_refuse_delete('config_id', 'config_name', 'tsftptransfer');


--
-- Name: tholidays mark_holiday; Type: TRIGGER; Schema: dba; Owner: etl_owner
--

CREATE TRIGGER mark_holiday AFTER INSERT OR DELETE OR UPDATE ON dba.tholidays FOR EACH ROW EXECUTE FUNCTION dba.f_mark_holiday();


--
-- Name: tdataset tdataset_datasettypeid_fkey; Type: FK CONSTRAINT; Schema: dba; Owner: etl_owner
--

ALTER TABLE ONLY dba.tdataset
    ADD CONSTRAINT tdataset_datasettypeid_fkey FOREIGN KEY (datasettypeid) REFERENCES dba.tdatasettype(datasettypeid);


--
-- Name: tdataset tdataset_datasourceid_fkey; Type: FK CONSTRAINT; Schema: dba; Owner: etl_owner
--

ALTER TABLE ONLY dba.tdataset
    ADD CONSTRAINT tdataset_datasourceid_fkey FOREIGN KEY (datasourceid) REFERENCES dba.tdatasource(datasourceid);


--
-- Name: tdataset tdataset_datastatusid_fkey; Type: FK CONSTRAINT; Schema: dba; Owner: etl_owner
--

ALTER TABLE ONLY dba.tdataset
    ADD CONSTRAINT tdataset_datastatusid_fkey FOREIGN KEY (datastatusid) REFERENCES dba.tdatastatus(datastatusid);


--
-- Name: texpectation texpectation_config_id_fkey; Type: FK CONSTRAINT; Schema: dba; Owner: etl_owner
--

ALTER TABLE ONLY dba.texpectation
    ADD CONSTRAINT texpectation_config_id_fkey FOREIGN KEY (config_id) REFERENCES dba.timportconfig(config_id) ON DELETE CASCADE;


--
-- Name: texpectation texpectation_reportid_fkey; Type: FK CONSTRAINT; Schema: dba; Owner: etl_owner
--

ALTER TABLE ONLY dba.texpectation
    ADD CONSTRAINT texpectation_reportid_fkey FOREIGN KEY (reportid) REFERENCES dba.treportmanager(reportid) ON DELETE CASCADE;


--
-- Name: texpectation texpectation_schedulerid_fkey; Type: FK CONSTRAINT; Schema: dba; Owner: etl_owner
--

ALTER TABLE ONLY dba.texpectation
    ADD CONSTRAINT texpectation_schedulerid_fkey FOREIGN KEY (schedulerid) REFERENCES dba.tscheduler(schedulerid) ON DELETE CASCADE;


--
-- Name: timportcolumn timportcolumn_config_id_fkey; Type: FK CONSTRAINT; Schema: dba; Owner: etl_owner
--

ALTER TABLE ONLY dba.timportcolumn
    ADD CONSTRAINT timportcolumn_config_id_fkey FOREIGN KEY (config_id) REFERENCES dba.timportconfig(config_id) ON DELETE CASCADE;


--
-- Name: timportconfig timportconfig_importstrategyid_fkey; Type: FK CONSTRAINT; Schema: dba; Owner: etl_owner
--

ALTER TABLE ONLY dba.timportconfig
    ADD CONSTRAINT timportconfig_importstrategyid_fkey FOREIGN KEY (importstrategyid) REFERENCES dba.timportstrategy(importstrategyid);


--
-- Name: timportfile timportfile_config_id_fkey; Type: FK CONSTRAINT; Schema: dba; Owner: etl_owner
--

ALTER TABLE ONLY dba.timportfile
    ADD CONSTRAINT timportfile_config_id_fkey FOREIGN KEY (config_id) REFERENCES dba.timportconfig(config_id);


--
-- Name: timportfile timportfile_datasetid_fkey; Type: FK CONSTRAINT; Schema: dba; Owner: etl_owner
--

ALTER TABLE ONLY dba.timportfile
    ADD CONSTRAINT timportfile_datasetid_fkey FOREIGN KEY (datasetid) REFERENCES dba.tdataset(datasetid);


--
-- Name: timportfile timportfile_inboxattachmentid_fkey; Type: FK CONSTRAINT; Schema: dba; Owner: etl_owner
--

ALTER TABLE ONLY dba.timportfile
    ADD CONSTRAINT timportfile_inboxattachmentid_fkey FOREIGN KEY (inboxattachmentid) REFERENCES dba.tinboxattachment(inboxattachmentid) ON DELETE SET NULL;


--
-- Name: timportreject timportreject_importfileid_fkey; Type: FK CONSTRAINT; Schema: dba; Owner: etl_owner
--

ALTER TABLE ONLY dba.timportreject
    ADD CONSTRAINT timportreject_importfileid_fkey FOREIGN KEY (importfileid) REFERENCES dba.timportfile(importfileid) ON DELETE CASCADE;


--
-- Name: tinboxattachment tinboxattachment_inboxmessageid_fkey; Type: FK CONSTRAINT; Schema: dba; Owner: etl_owner
--

ALTER TABLE ONLY dba.tinboxattachment
    ADD CONSTRAINT tinboxattachment_inboxmessageid_fkey FOREIGN KEY (inboxmessageid) REFERENCES dba.tinboxmessage(inboxmessageid) ON DELETE CASCADE;


--
-- Name: tinboxmessage tinboxmessage_config_id_fkey; Type: FK CONSTRAINT; Schema: dba; Owner: etl_owner
--

ALTER TABLE ONLY dba.tinboxmessage
    ADD CONSTRAINT tinboxmessage_config_id_fkey FOREIGN KEY (config_id) REFERENCES dba.tinboxconfig(config_id) ON DELETE SET NULL;


--
-- Name: treportmanager treportmanager_datastatusid_fkey; Type: FK CONSTRAINT; Schema: dba; Owner: etl_owner
--

ALTER TABLE ONLY dba.treportmanager
    ADD CONSTRAINT treportmanager_datastatusid_fkey FOREIGN KEY (datastatusid) REFERENCES dba.tdatastatus(datastatusid);


--
-- Name: treportrun treportrun_reportid_fkey; Type: FK CONSTRAINT; Schema: dba; Owner: etl_owner
--

ALTER TABLE ONLY dba.treportrun
    ADD CONSTRAINT treportrun_reportid_fkey FOREIGN KEY (reportid) REFERENCES dba.treportmanager(reportid);


--
-- Name: tscheduler tscheduler_datastatusid_fkey; Type: FK CONSTRAINT; Schema: dba; Owner: etl_owner
--

ALTER TABLE ONLY dba.tscheduler
    ADD CONSTRAINT tscheduler_datastatusid_fkey FOREIGN KEY (datastatusid) REFERENCES dba.tdatastatus(datastatusid);


--
-- Name: tscheduler tscheduler_run_after_schedulerid_fkey; Type: FK CONSTRAINT; Schema: dba; Owner: etl_owner
--

ALTER TABLE ONLY dba.tscheduler
    ADD CONSTRAINT tscheduler_run_after_schedulerid_fkey FOREIGN KEY (run_after_schedulerid) REFERENCES dba.tscheduler(schedulerid);


--
-- Name: tsftptransfer tsftptransfer_config_id_fkey; Type: FK CONSTRAINT; Schema: dba; Owner: etl_owner
--

ALTER TABLE ONLY dba.tsftptransfer
    ADD CONSTRAINT tsftptransfer_config_id_fkey FOREIGN KEY (config_id) REFERENCES dba.tsftpconfig(config_id);


--
-- Name: SCHEMA dba; Type: ACL; Schema: -; Owner: etl_owner
--

GRANT USAGE ON SCHEMA dba TO etl_user;
GRANT USAGE ON SCHEMA dba TO etl_admin;
GRANT USAGE ON SCHEMA dba TO etl_report;


--
-- Name: SCHEMA feeds; Type: ACL; Schema: -; Owner: etl_user
--

GRANT USAGE ON SCHEMA feeds TO etl_admin;
GRANT USAGE ON SCHEMA feeds TO etl_report;


--
-- Name: SCHEMA public; Type: ACL; Schema: -; Owner: pg_database_owner
--

GRANT ALL ON SCHEMA public TO etl_user;


--
-- Name: FUNCTION f_check_address_list(p_table text, p_column text, p_value text); Type: ACL; Schema: dba; Owner: etl_owner
--

REVOKE ALL ON FUNCTION dba.f_check_address_list(p_table text, p_column text, p_value text) FROM PUBLIC;
GRANT ALL ON FUNCTION dba.f_check_address_list(p_table text, p_column text, p_value text) TO etl_user;
GRANT ALL ON FUNCTION dba.f_check_address_list(p_table text, p_column text, p_value text) TO etl_admin;


--
-- Name: FUNCTION f_check_arguments(p_table text, p_column text, p_value text); Type: ACL; Schema: dba; Owner: etl_owner
--

REVOKE ALL ON FUNCTION dba.f_check_arguments(p_table text, p_column text, p_value text) FROM PUBLIC;
GRANT ALL ON FUNCTION dba.f_check_arguments(p_table text, p_column text, p_value text) TO etl_user;
GRANT ALL ON FUNCTION dba.f_check_arguments(p_table text, p_column text, p_value text) TO etl_admin;


--
-- Name: FUNCTION f_check_at_least(p_table text, p_column text, p_value numeric, p_least numeric); Type: ACL; Schema: dba; Owner: etl_owner
--

REVOKE ALL ON FUNCTION dba.f_check_at_least(p_table text, p_column text, p_value numeric, p_least numeric) FROM PUBLIC;
GRANT ALL ON FUNCTION dba.f_check_at_least(p_table text, p_column text, p_value numeric, p_least numeric) TO etl_user;
GRANT ALL ON FUNCTION dba.f_check_at_least(p_table text, p_column text, p_value numeric, p_least numeric) TO etl_admin;


--
-- Name: FUNCTION f_check_body_queries(p_queries jsonb); Type: ACL; Schema: dba; Owner: etl_owner
--

REVOKE ALL ON FUNCTION dba.f_check_body_queries(p_queries jsonb) FROM PUBLIC;
GRANT ALL ON FUNCTION dba.f_check_body_queries(p_queries jsonb) TO etl_user;
GRANT ALL ON FUNCTION dba.f_check_body_queries(p_queries jsonb) TO etl_admin;


--
-- Name: FUNCTION f_check_chain(p_schedulerid integer, p_run_after integer); Type: ACL; Schema: dba; Owner: etl_owner
--

REVOKE ALL ON FUNCTION dba.f_check_chain(p_schedulerid integer, p_run_after integer) FROM PUBLIC;
GRANT ALL ON FUNCTION dba.f_check_chain(p_schedulerid integer, p_run_after integer) TO etl_user;
GRANT ALL ON FUNCTION dba.f_check_chain(p_schedulerid integer, p_run_after integer) TO etl_admin;


--
-- Name: FUNCTION f_check_choice(p_table text, p_column text, p_value text, VARIADIC p_choices text[]); Type: ACL; Schema: dba; Owner: etl_owner
--

REVOKE ALL ON FUNCTION dba.f_check_choice(p_table text, p_column text, p_value text, VARIADIC p_choices text[]) FROM PUBLIC;
GRANT ALL ON FUNCTION dba.f_check_choice(p_table text, p_column text, p_value text, VARIADIC p_choices text[]) TO etl_user;
GRANT ALL ON FUNCTION dba.f_check_choice(p_table text, p_column text, p_value text, VARIADIC p_choices text[]) TO etl_admin;


--
-- Name: FUNCTION f_check_cron(p_table text, p_column text, p_value text); Type: ACL; Schema: dba; Owner: etl_owner
--

REVOKE ALL ON FUNCTION dba.f_check_cron(p_table text, p_column text, p_value text) FROM PUBLIC;
GRANT ALL ON FUNCTION dba.f_check_cron(p_table text, p_column text, p_value text) TO etl_user;
GRANT ALL ON FUNCTION dba.f_check_cron(p_table text, p_column text, p_value text) TO etl_admin;


--
-- Name: FUNCTION f_check_date_format(p_table text, p_column text, p_value text); Type: ACL; Schema: dba; Owner: etl_owner
--

REVOKE ALL ON FUNCTION dba.f_check_date_format(p_table text, p_column text, p_value text) FROM PUBLIC;
GRANT ALL ON FUNCTION dba.f_check_date_format(p_table text, p_column text, p_value text) TO etl_user;
GRANT ALL ON FUNCTION dba.f_check_date_format(p_table text, p_column text, p_value text) TO etl_admin;


--
-- Name: FUNCTION f_check_encoding(p_table text, p_column text, p_value text); Type: ACL; Schema: dba; Owner: etl_owner
--

REVOKE ALL ON FUNCTION dba.f_check_encoding(p_table text, p_column text, p_value text) FROM PUBLIC;
GRANT ALL ON FUNCTION dba.f_check_encoding(p_table text, p_column text, p_value text) TO etl_user;
GRANT ALL ON FUNCTION dba.f_check_encoding(p_table text, p_column text, p_value text) TO etl_admin;


--
-- Name: FUNCTION f_check_event_ids(p_value text); Type: ACL; Schema: dba; Owner: etl_owner
--

REVOKE ALL ON FUNCTION dba.f_check_event_ids(p_value text) FROM PUBLIC;
GRANT ALL ON FUNCTION dba.f_check_event_ids(p_value text) TO etl_user;
GRANT ALL ON FUNCTION dba.f_check_event_ids(p_value text) TO etl_admin;


--
-- Name: FUNCTION f_check_folder(p_table text, p_column text, p_value text); Type: ACL; Schema: dba; Owner: etl_owner
--

REVOKE ALL ON FUNCTION dba.f_check_folder(p_table text, p_column text, p_value text) FROM PUBLIC;
GRANT ALL ON FUNCTION dba.f_check_folder(p_table text, p_column text, p_value text) TO etl_user;
GRANT ALL ON FUNCTION dba.f_check_folder(p_table text, p_column text, p_value text) TO etl_admin;


--
-- Name: FUNCTION f_check_identifier(p_table text, p_column text, p_value text); Type: ACL; Schema: dba; Owner: etl_owner
--

REVOKE ALL ON FUNCTION dba.f_check_identifier(p_table text, p_column text, p_value text) FROM PUBLIC;
GRANT ALL ON FUNCTION dba.f_check_identifier(p_table text, p_column text, p_value text) TO etl_user;
GRANT ALL ON FUNCTION dba.f_check_identifier(p_table text, p_column text, p_value text) TO etl_admin;


--
-- Name: FUNCTION f_check_metadata_location(p_column text, p_source text, p_location text, p_source_column text); Type: ACL; Schema: dba; Owner: etl_owner
--

REVOKE ALL ON FUNCTION dba.f_check_metadata_location(p_column text, p_source text, p_location text, p_source_column text) FROM PUBLIC;
GRANT ALL ON FUNCTION dba.f_check_metadata_location(p_column text, p_source text, p_location text, p_source_column text) TO etl_user;
GRANT ALL ON FUNCTION dba.f_check_metadata_location(p_column text, p_source text, p_location text, p_source_column text) TO etl_admin;


--
-- Name: FUNCTION f_check_name(p_table text, p_column text, p_value text); Type: ACL; Schema: dba; Owner: etl_owner
--

REVOKE ALL ON FUNCTION dba.f_check_name(p_table text, p_column text, p_value text) FROM PUBLIC;
GRANT ALL ON FUNCTION dba.f_check_name(p_table text, p_column text, p_value text) TO etl_user;
GRANT ALL ON FUNCTION dba.f_check_name(p_table text, p_column text, p_value text) TO etl_admin;


--
-- Name: FUNCTION f_check_named_queries(p_column text, p_items jsonb, p_name_rule text); Type: ACL; Schema: dba; Owner: etl_owner
--

REVOKE ALL ON FUNCTION dba.f_check_named_queries(p_column text, p_items jsonb, p_name_rule text) FROM PUBLIC;
GRANT ALL ON FUNCTION dba.f_check_named_queries(p_column text, p_items jsonb, p_name_rule text) TO etl_user;
GRANT ALL ON FUNCTION dba.f_check_named_queries(p_column text, p_items jsonb, p_name_rule text) TO etl_admin;


--
-- Name: FUNCTION f_check_not_taken(p_table text, p_column text, p_value text, p_key text, p_id integer, p_operation text); Type: ACL; Schema: dba; Owner: etl_owner
--

REVOKE ALL ON FUNCTION dba.f_check_not_taken(p_table text, p_column text, p_value text, p_key text, p_id integer, p_operation text) FROM PUBLIC;
GRANT ALL ON FUNCTION dba.f_check_not_taken(p_table text, p_column text, p_value text, p_key text, p_id integer, p_operation text) TO etl_user;
GRANT ALL ON FUNCTION dba.f_check_not_taken(p_table text, p_column text, p_value text, p_key text, p_id integer, p_operation text) TO etl_admin;


--
-- Name: FUNCTION f_check_one_line(p_table text, p_column text, p_value text); Type: ACL; Schema: dba; Owner: etl_owner
--

REVOKE ALL ON FUNCTION dba.f_check_one_line(p_table text, p_column text, p_value text) FROM PUBLIC;
GRANT ALL ON FUNCTION dba.f_check_one_line(p_table text, p_column text, p_value text) TO etl_user;
GRANT ALL ON FUNCTION dba.f_check_one_line(p_table text, p_column text, p_value text) TO etl_admin;


--
-- Name: FUNCTION f_check_placeholders(p_template text, p_queries jsonb, p_charts jsonb); Type: ACL; Schema: dba; Owner: etl_owner
--

REVOKE ALL ON FUNCTION dba.f_check_placeholders(p_template text, p_queries jsonb, p_charts jsonb) FROM PUBLIC;
GRANT ALL ON FUNCTION dba.f_check_placeholders(p_template text, p_queries jsonb, p_charts jsonb) TO etl_user;
GRANT ALL ON FUNCTION dba.f_check_placeholders(p_template text, p_queries jsonb, p_charts jsonb) TO etl_admin;


--
-- Name: FUNCTION f_check_query(p_column text, p_name text, p_query text); Type: ACL; Schema: dba; Owner: etl_owner
--

REVOKE ALL ON FUNCTION dba.f_check_query(p_column text, p_name text, p_query text) FROM PUBLIC;
GRANT ALL ON FUNCTION dba.f_check_query(p_column text, p_name text, p_query text) TO etl_user;
GRANT ALL ON FUNCTION dba.f_check_query(p_column text, p_name text, p_query text) TO etl_admin;


--
-- Name: FUNCTION f_check_regex(p_table text, p_column text, p_value text); Type: ACL; Schema: dba; Owner: etl_owner
--

REVOKE ALL ON FUNCTION dba.f_check_regex(p_table text, p_column text, p_value text) FROM PUBLIC;
GRANT ALL ON FUNCTION dba.f_check_regex(p_table text, p_column text, p_value text) TO etl_user;
GRANT ALL ON FUNCTION dba.f_check_regex(p_table text, p_column text, p_value text) TO etl_admin;


--
-- Name: FUNCTION f_check_required(p_table text, p_column text, p_value text); Type: ACL; Schema: dba; Owner: etl_owner
--

REVOKE ALL ON FUNCTION dba.f_check_required(p_table text, p_column text, p_value text) FROM PUBLIC;
GRANT ALL ON FUNCTION dba.f_check_required(p_table text, p_column text, p_value text) TO etl_user;
GRANT ALL ON FUNCTION dba.f_check_required(p_table text, p_column text, p_value text) TO etl_admin;


--
-- Name: FUNCTION f_check_row_exists(p_table text, p_column text, p_value text, p_other regclass, p_key text); Type: ACL; Schema: dba; Owner: etl_owner
--

REVOKE ALL ON FUNCTION dba.f_check_row_exists(p_table text, p_column text, p_value text, p_other regclass, p_key text) FROM PUBLIC;
GRANT ALL ON FUNCTION dba.f_check_row_exists(p_table text, p_column text, p_value text, p_other regclass, p_key text) TO etl_user;
GRANT ALL ON FUNCTION dba.f_check_row_exists(p_table text, p_column text, p_value text, p_other regclass, p_key text) TO etl_admin;


--
-- Name: FUNCTION f_check_schema_object(p_table text, p_column text, p_value text, p_example text); Type: ACL; Schema: dba; Owner: etl_owner
--

REVOKE ALL ON FUNCTION dba.f_check_schema_object(p_table text, p_column text, p_value text, p_example text) FROM PUBLIC;
GRANT ALL ON FUNCTION dba.f_check_schema_object(p_table text, p_column text, p_value text, p_example text) TO etl_user;
GRANT ALL ON FUNCTION dba.f_check_schema_object(p_table text, p_column text, p_value text, p_example text) TO etl_admin;


--
-- Name: FUNCTION f_check_target_table(p_table text, p_column text, p_value text); Type: ACL; Schema: dba; Owner: etl_owner
--

REVOKE ALL ON FUNCTION dba.f_check_target_table(p_table text, p_column text, p_value text) FROM PUBLIC;
GRANT ALL ON FUNCTION dba.f_check_target_table(p_table text, p_column text, p_value text) TO etl_user;
GRANT ALL ON FUNCTION dba.f_check_target_table(p_table text, p_column text, p_value text) TO etl_admin;


--
-- Name: FUNCTION f_check_texpectation(); Type: ACL; Schema: dba; Owner: etl_owner
--

REVOKE ALL ON FUNCTION dba.f_check_texpectation() FROM PUBLIC;
GRANT ALL ON FUNCTION dba.f_check_texpectation() TO etl_user;
GRANT ALL ON FUNCTION dba.f_check_texpectation() TO etl_admin;


--
-- Name: FUNCTION f_check_timportcolumn(); Type: ACL; Schema: dba; Owner: etl_owner
--

REVOKE ALL ON FUNCTION dba.f_check_timportcolumn() FROM PUBLIC;
GRANT ALL ON FUNCTION dba.f_check_timportcolumn() TO etl_user;
GRANT ALL ON FUNCTION dba.f_check_timportcolumn() TO etl_admin;


--
-- Name: FUNCTION f_check_timportconfig(); Type: ACL; Schema: dba; Owner: etl_owner
--

REVOKE ALL ON FUNCTION dba.f_check_timportconfig() FROM PUBLIC;
GRANT ALL ON FUNCTION dba.f_check_timportconfig() TO etl_user;
GRANT ALL ON FUNCTION dba.f_check_timportconfig() TO etl_admin;


--
-- Name: FUNCTION f_check_tinboxconfig(); Type: ACL; Schema: dba; Owner: etl_owner
--

REVOKE ALL ON FUNCTION dba.f_check_tinboxconfig() FROM PUBLIC;
GRANT ALL ON FUNCTION dba.f_check_tinboxconfig() TO etl_user;
GRANT ALL ON FUNCTION dba.f_check_tinboxconfig() TO etl_admin;


--
-- Name: FUNCTION f_check_tlogretention(); Type: ACL; Schema: dba; Owner: etl_owner
--

REVOKE ALL ON FUNCTION dba.f_check_tlogretention() FROM PUBLIC;
GRANT ALL ON FUNCTION dba.f_check_tlogretention() TO etl_user;
GRANT ALL ON FUNCTION dba.f_check_tlogretention() TO etl_admin;


--
-- Name: FUNCTION f_check_tmeetmaxconfig(); Type: ACL; Schema: dba; Owner: etl_owner
--

REVOKE ALL ON FUNCTION dba.f_check_tmeetmaxconfig() FROM PUBLIC;
GRANT ALL ON FUNCTION dba.f_check_tmeetmaxconfig() TO etl_user;
GRANT ALL ON FUNCTION dba.f_check_tmeetmaxconfig() TO etl_admin;


--
-- Name: FUNCTION f_check_transform(p_transform jsonb); Type: ACL; Schema: dba; Owner: etl_owner
--

REVOKE ALL ON FUNCTION dba.f_check_transform(p_transform jsonb) FROM PUBLIC;
GRANT ALL ON FUNCTION dba.f_check_transform(p_transform jsonb) TO etl_user;
GRANT ALL ON FUNCTION dba.f_check_transform(p_transform jsonb) TO etl_admin;


--
-- Name: FUNCTION f_check_treportmanager(); Type: ACL; Schema: dba; Owner: etl_owner
--

REVOKE ALL ON FUNCTION dba.f_check_treportmanager() FROM PUBLIC;
GRANT ALL ON FUNCTION dba.f_check_treportmanager() TO etl_user;
GRANT ALL ON FUNCTION dba.f_check_treportmanager() TO etl_admin;


--
-- Name: FUNCTION f_check_tscheduler(); Type: ACL; Schema: dba; Owner: etl_owner
--

REVOKE ALL ON FUNCTION dba.f_check_tscheduler() FROM PUBLIC;
GRANT ALL ON FUNCTION dba.f_check_tscheduler() TO etl_user;
GRANT ALL ON FUNCTION dba.f_check_tscheduler() TO etl_admin;


--
-- Name: FUNCTION f_check_tsftpconfig(); Type: ACL; Schema: dba; Owner: etl_owner
--

REVOKE ALL ON FUNCTION dba.f_check_tsftpconfig() FROM PUBLIC;
GRANT ALL ON FUNCTION dba.f_check_tsftpconfig() TO etl_user;
GRANT ALL ON FUNCTION dba.f_check_tsftpconfig() TO etl_admin;


--
-- Name: FUNCTION f_check_web_address(p_table text, p_column text, p_value text); Type: ACL; Schema: dba; Owner: etl_owner
--

REVOKE ALL ON FUNCTION dba.f_check_web_address(p_table text, p_column text, p_value text) FROM PUBLIC;
GRANT ALL ON FUNCTION dba.f_check_web_address(p_table text, p_column text, p_value text) TO etl_user;
GRANT ALL ON FUNCTION dba.f_check_web_address(p_table text, p_column text, p_value text) TO etl_admin;


--
-- Name: FUNCTION f_config_columns(p_table text, p_settings jsonb); Type: ACL; Schema: dba; Owner: etl_owner
--

REVOKE ALL ON FUNCTION dba.f_config_columns(p_table text, p_settings jsonb) FROM PUBLIC;
GRANT ALL ON FUNCTION dba.f_config_columns(p_table text, p_settings jsonb) TO etl_user;
GRANT ALL ON FUNCTION dba.f_config_columns(p_table text, p_settings jsonb) TO etl_admin;


--
-- Name: FUNCTION f_config_insert(p_table text, p_key text, p_settings jsonb); Type: ACL; Schema: dba; Owner: etl_owner
--

REVOKE ALL ON FUNCTION dba.f_config_insert(p_table text, p_key text, p_settings jsonb) FROM PUBLIC;
GRANT ALL ON FUNCTION dba.f_config_insert(p_table text, p_key text, p_settings jsonb) TO etl_user;
GRANT ALL ON FUNCTION dba.f_config_insert(p_table text, p_key text, p_settings jsonb) TO etl_admin;


--
-- Name: FUNCTION f_config_update(p_table text, p_key text, p_id integer, p_settings jsonb); Type: ACL; Schema: dba; Owner: etl_owner
--

REVOKE ALL ON FUNCTION dba.f_config_update(p_table text, p_key text, p_id integer, p_settings jsonb) FROM PUBLIC;
GRANT ALL ON FUNCTION dba.f_config_update(p_table text, p_key text, p_id integer, p_settings jsonb) TO etl_user;
GRANT ALL ON FUNCTION dba.f_config_update(p_table text, p_key text, p_id integer, p_settings jsonb) TO etl_admin;


--
-- Name: FUNCTION f_cron_field_values(p_field text, p_low integer, p_high integer, p_names text[]); Type: ACL; Schema: dba; Owner: etl_owner
--

REVOKE ALL ON FUNCTION dba.f_cron_field_values(p_field text, p_low integer, p_high integer, p_names text[]) FROM PUBLIC;
GRANT ALL ON FUNCTION dba.f_cron_field_values(p_field text, p_low integer, p_high integer, p_names text[]) TO etl_user;
GRANT ALL ON FUNCTION dba.f_cron_field_values(p_field text, p_low integer, p_high integer, p_names text[]) TO etl_admin;


--
-- Name: FUNCTION f_dataset_iu(p_datasettype text, p_datasource text, p_label text, p_datasetdate date); Type: ACL; Schema: dba; Owner: etl_owner
--

REVOKE ALL ON FUNCTION dba.f_dataset_iu(p_datasettype text, p_datasource text, p_label text, p_datasetdate date) FROM PUBLIC;
GRANT ALL ON FUNCTION dba.f_dataset_iu(p_datasettype text, p_datasource text, p_label text, p_datasetdate date) TO etl_user;
GRANT ALL ON FUNCTION dba.f_dataset_iu(p_datasettype text, p_datasource text, p_label text, p_datasetdate date) TO etl_admin;


--
-- Name: FUNCTION f_existing_column(p_table regclass, VARIADIC p_names text[]); Type: ACL; Schema: dba; Owner: etl_owner
--

REVOKE ALL ON FUNCTION dba.f_existing_column(p_table regclass, VARIADIC p_names text[]) FROM PUBLIC;
GRANT ALL ON FUNCTION dba.f_existing_column(p_table regclass, VARIADIC p_names text[]) TO etl_user;
GRANT ALL ON FUNCTION dba.f_existing_column(p_table regclass, VARIADIC p_names text[]) TO etl_admin;
GRANT ALL ON FUNCTION dba.f_existing_column(p_table regclass, VARIADIC p_names text[]) TO etl_report;


--
-- Name: FUNCTION f_fill_calendar(p_first_year integer, p_last_year integer); Type: ACL; Schema: dba; Owner: etl_owner
--

REVOKE ALL ON FUNCTION dba.f_fill_calendar(p_first_year integer, p_last_year integer) FROM PUBLIC;
GRANT ALL ON FUNCTION dba.f_fill_calendar(p_first_year integer, p_last_year integer) TO etl_user;
GRANT ALL ON FUNCTION dba.f_fill_calendar(p_first_year integer, p_last_year integer) TO etl_admin;


--
-- Name: FUNCTION f_get_event_changes(p_date date); Type: ACL; Schema: dba; Owner: etl_owner
--

REVOKE ALL ON FUNCTION dba.f_get_event_changes(p_date date) FROM PUBLIC;
GRANT ALL ON FUNCTION dba.f_get_event_changes(p_date date) TO etl_user;
GRANT ALL ON FUNCTION dba.f_get_event_changes(p_date date) TO etl_admin;
GRANT ALL ON FUNCTION dba.f_get_event_changes(p_date date) TO etl_report;


--
-- Name: FUNCTION f_insert_treportmanager(p_settings jsonb); Type: ACL; Schema: dba; Owner: etl_owner
--

REVOKE ALL ON FUNCTION dba.f_insert_treportmanager(p_settings jsonb) FROM PUBLIC;
GRANT ALL ON FUNCTION dba.f_insert_treportmanager(p_settings jsonb) TO etl_user;
GRANT ALL ON FUNCTION dba.f_insert_treportmanager(p_settings jsonb) TO etl_admin;


--
-- Name: FUNCTION f_insert_tscheduler(p_settings jsonb); Type: ACL; Schema: dba; Owner: etl_owner
--

REVOKE ALL ON FUNCTION dba.f_insert_tscheduler(p_settings jsonb) FROM PUBLIC;
GRANT ALL ON FUNCTION dba.f_insert_tscheduler(p_settings jsonb) TO etl_user;
GRANT ALL ON FUNCTION dba.f_insert_tscheduler(p_settings jsonb) TO etl_admin;


--
-- Name: FUNCTION f_is_business_day(p_date date); Type: ACL; Schema: dba; Owner: etl_owner
--

REVOKE ALL ON FUNCTION dba.f_is_business_day(p_date date) FROM PUBLIC;
GRANT ALL ON FUNCTION dba.f_is_business_day(p_date date) TO etl_user;
GRANT ALL ON FUNCTION dba.f_is_business_day(p_date date) TO etl_admin;
GRANT ALL ON FUNCTION dba.f_is_business_day(p_date date) TO etl_report;


--
-- Name: FUNCTION f_keep_rows_with_history(p_table text, p_key text, p_name text, p_ledger text); Type: ACL; Schema: dba; Owner: etl_owner
--

REVOKE ALL ON FUNCTION dba.f_keep_rows_with_history(p_table text, p_key text, p_name text, p_ledger text) FROM PUBLIC;
GRANT ALL ON FUNCTION dba.f_keep_rows_with_history(p_table text, p_key text, p_name text, p_ledger text) TO etl_user;
GRANT ALL ON FUNCTION dba.f_keep_rows_with_history(p_table text, p_key text, p_name text, p_ledger text) TO etl_admin;


--
-- Name: FUNCTION f_keep_timestamps(); Type: ACL; Schema: dba; Owner: etl_owner
--

REVOKE ALL ON FUNCTION dba.f_keep_timestamps() FROM PUBLIC;
GRANT ALL ON FUNCTION dba.f_keep_timestamps() TO etl_user;
GRANT ALL ON FUNCTION dba.f_keep_timestamps() TO etl_admin;


--
-- Name: FUNCTION f_log_ddl(); Type: ACL; Schema: dba; Owner: postgres
--

REVOKE ALL ON FUNCTION dba.f_log_ddl() FROM PUBLIC;
GRANT ALL ON FUNCTION dba.f_log_ddl() TO etl_user;
GRANT ALL ON FUNCTION dba.f_log_ddl() TO etl_admin;


--
-- Name: FUNCTION f_log_maintenance(p_operation text, p_object text, p_started timestamp with time zone, p_error text, p_rows bigint); Type: ACL; Schema: dba; Owner: etl_owner
--

REVOKE ALL ON FUNCTION dba.f_log_maintenance(p_operation text, p_object text, p_started timestamp with time zone, p_error text, p_rows bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION dba.f_log_maintenance(p_operation text, p_object text, p_started timestamp with time zone, p_error text, p_rows bigint) TO etl_user;
GRANT ALL ON FUNCTION dba.f_log_maintenance(p_operation text, p_object text, p_started timestamp with time zone, p_error text, p_rows bigint) TO etl_admin;


--
-- Name: FUNCTION f_log_time_column(p_table text); Type: ACL; Schema: dba; Owner: etl_owner
--

REVOKE ALL ON FUNCTION dba.f_log_time_column(p_table text) FROM PUBLIC;
GRANT ALL ON FUNCTION dba.f_log_time_column(p_table text) TO etl_user;
GRANT ALL ON FUNCTION dba.f_log_time_column(p_table text) TO etl_admin;


--
-- Name: FUNCTION f_maintain_table(p_operation text, p_table regclass); Type: ACL; Schema: dba; Owner: etl_owner
--

REVOKE ALL ON FUNCTION dba.f_maintain_table(p_operation text, p_table regclass) FROM PUBLIC;
GRANT ALL ON FUNCTION dba.f_maintain_table(p_operation text, p_table regclass) TO etl_user;
GRANT ALL ON FUNCTION dba.f_maintain_table(p_operation text, p_table regclass) TO etl_admin;


--
-- Name: FUNCTION f_mark_holiday(); Type: ACL; Schema: dba; Owner: etl_owner
--

REVOKE ALL ON FUNCTION dba.f_mark_holiday() FROM PUBLIC;
GRANT ALL ON FUNCTION dba.f_mark_holiday() TO etl_user;
GRANT ALL ON FUNCTION dba.f_mark_holiday() TO etl_admin;


--
-- Name: FUNCTION f_our_tables(); Type: ACL; Schema: dba; Owner: etl_owner
--

REVOKE ALL ON FUNCTION dba.f_our_tables() FROM PUBLIC;
GRANT ALL ON FUNCTION dba.f_our_tables() TO etl_user;
GRANT ALL ON FUNCTION dba.f_our_tables() TO etl_admin;


--
-- Name: FUNCTION f_previous_business_day(p_date date); Type: ACL; Schema: dba; Owner: etl_owner
--

REVOKE ALL ON FUNCTION dba.f_previous_business_day(p_date date) FROM PUBLIC;
GRANT ALL ON FUNCTION dba.f_previous_business_day(p_date date) TO etl_user;
GRANT ALL ON FUNCTION dba.f_previous_business_day(p_date date) TO etl_admin;
GRANT ALL ON FUNCTION dba.f_previous_business_day(p_date date) TO etl_report;


--
-- Name: FUNCTION f_purge_log_batch(p_table text, p_batch_size integer); Type: ACL; Schema: dba; Owner: etl_owner
--

REVOKE ALL ON FUNCTION dba.f_purge_log_batch(p_table text, p_batch_size integer) FROM PUBLIC;
GRANT ALL ON FUNCTION dba.f_purge_log_batch(p_table text, p_batch_size integer) TO etl_user;
GRANT ALL ON FUNCTION dba.f_purge_log_batch(p_table text, p_batch_size integer) TO etl_admin;


--
-- Name: FUNCTION f_python_regex_as_postgres(p_pattern text); Type: ACL; Schema: dba; Owner: etl_owner
--

REVOKE ALL ON FUNCTION dba.f_python_regex_as_postgres(p_pattern text) FROM PUBLIC;
GRANT ALL ON FUNCTION dba.f_python_regex_as_postgres(p_pattern text) TO etl_user;
GRANT ALL ON FUNCTION dba.f_python_regex_as_postgres(p_pattern text) TO etl_admin;


--
-- Name: FUNCTION f_record_config_change(); Type: ACL; Schema: dba; Owner: etl_owner
--

REVOKE ALL ON FUNCTION dba.f_record_config_change() FROM PUBLIC;
GRANT ALL ON FUNCTION dba.f_record_config_change() TO etl_user;
GRANT ALL ON FUNCTION dba.f_record_config_change() TO etl_admin;


--
-- Name: FUNCTION f_refuse(p_table text, p_column text, p_value text, p_rule text, p_fix text); Type: ACL; Schema: dba; Owner: etl_owner
--

REVOKE ALL ON FUNCTION dba.f_refuse(p_table text, p_column text, p_value text, p_rule text, p_fix text) FROM PUBLIC;
GRANT ALL ON FUNCTION dba.f_refuse(p_table text, p_column text, p_value text, p_rule text, p_fix text) TO etl_user;
GRANT ALL ON FUNCTION dba.f_refuse(p_table text, p_column text, p_value text, p_rule text, p_fix text) TO etl_admin;


--
-- Name: FUNCTION f_refuse_delete(); Type: ACL; Schema: dba; Owner: etl_owner
--

REVOKE ALL ON FUNCTION dba.f_refuse_delete() FROM PUBLIC;
GRANT ALL ON FUNCTION dba.f_refuse_delete() TO etl_user;
GRANT ALL ON FUNCTION dba.f_refuse_delete() TO etl_admin;


--
-- Name: FUNCTION f_update_treportmanager(p_reportid integer, p_settings jsonb); Type: ACL; Schema: dba; Owner: etl_owner
--

REVOKE ALL ON FUNCTION dba.f_update_treportmanager(p_reportid integer, p_settings jsonb) FROM PUBLIC;
GRANT ALL ON FUNCTION dba.f_update_treportmanager(p_reportid integer, p_settings jsonb) TO etl_user;
GRANT ALL ON FUNCTION dba.f_update_treportmanager(p_reportid integer, p_settings jsonb) TO etl_admin;


--
-- Name: FUNCTION f_update_tscheduler(p_schedulerid integer, p_settings jsonb); Type: ACL; Schema: dba; Owner: etl_owner
--

REVOKE ALL ON FUNCTION dba.f_update_tscheduler(p_schedulerid integer, p_settings jsonb) FROM PUBLIC;
GRANT ALL ON FUNCTION dba.f_update_tscheduler(p_schedulerid integer, p_settings jsonb) TO etl_user;
GRANT ALL ON FUNCTION dba.f_update_tscheduler(p_schedulerid integer, p_settings jsonb) TO etl_admin;


--
-- Name: FUNCTION f_watch_config_table(p_table text, p_key text); Type: ACL; Schema: dba; Owner: etl_owner
--

REVOKE ALL ON FUNCTION dba.f_watch_config_table(p_table text, p_key text) FROM PUBLIC;
GRANT ALL ON FUNCTION dba.f_watch_config_table(p_table text, p_key text) TO etl_user;
GRANT ALL ON FUNCTION dba.f_watch_config_table(p_table text, p_key text) TO etl_admin;


--
-- Name: PROCEDURE p_dataset_activate(IN p_datasetid bigint, IN p_row_count bigint); Type: ACL; Schema: dba; Owner: etl_owner
--

REVOKE ALL ON PROCEDURE dba.p_dataset_activate(IN p_datasetid bigint, IN p_row_count bigint) FROM PUBLIC;
GRANT ALL ON PROCEDURE dba.p_dataset_activate(IN p_datasetid bigint, IN p_row_count bigint) TO etl_user;
GRANT ALL ON PROCEDURE dba.p_dataset_activate(IN p_datasetid bigint, IN p_row_count bigint) TO etl_admin;


--
-- Name: PROCEDURE p_dataset_deactivate(IN p_datasetid bigint, IN p_datastatusid integer); Type: ACL; Schema: dba; Owner: etl_owner
--

REVOKE ALL ON PROCEDURE dba.p_dataset_deactivate(IN p_datasetid bigint, IN p_datastatusid integer) FROM PUBLIC;
GRANT ALL ON PROCEDURE dba.p_dataset_deactivate(IN p_datasetid bigint, IN p_datastatusid integer) TO etl_user;
GRANT ALL ON PROCEDURE dba.p_dataset_deactivate(IN p_datasetid bigint, IN p_datastatusid integer) TO etl_admin;


--
-- Name: PROCEDURE panalyzetables(IN p_min_changed_rows bigint); Type: ACL; Schema: dba; Owner: etl_owner
--

REVOKE ALL ON PROCEDURE dba.panalyzetables(IN p_min_changed_rows bigint) FROM PUBLIC;
GRANT ALL ON PROCEDURE dba.panalyzetables(IN p_min_changed_rows bigint) TO etl_user;
GRANT ALL ON PROCEDURE dba.panalyzetables(IN p_min_changed_rows bigint) TO etl_admin;


--
-- Name: PROCEDURE pimportconfigi(IN p_settings jsonb, INOUT p_config_id integer); Type: ACL; Schema: dba; Owner: etl_owner
--

REVOKE ALL ON PROCEDURE dba.pimportconfigi(IN p_settings jsonb, INOUT p_config_id integer) FROM PUBLIC;
GRANT ALL ON PROCEDURE dba.pimportconfigi(IN p_settings jsonb, INOUT p_config_id integer) TO etl_user;
GRANT ALL ON PROCEDURE dba.pimportconfigi(IN p_settings jsonb, INOUT p_config_id integer) TO etl_admin;


--
-- Name: PROCEDURE pimportconfigu(IN p_config_id integer, IN p_settings jsonb); Type: ACL; Schema: dba; Owner: etl_owner
--

REVOKE ALL ON PROCEDURE dba.pimportconfigu(IN p_config_id integer, IN p_settings jsonb) FROM PUBLIC;
GRANT ALL ON PROCEDURE dba.pimportconfigu(IN p_config_id integer, IN p_settings jsonb) TO etl_user;
GRANT ALL ON PROCEDURE dba.pimportconfigu(IN p_config_id integer, IN p_settings jsonb) TO etl_admin;


--
-- Name: PROCEDURE ppurgeoldlogs(IN p_batch_size integer); Type: ACL; Schema: dba; Owner: etl_owner
--

REVOKE ALL ON PROCEDURE dba.ppurgeoldlogs(IN p_batch_size integer) FROM PUBLIC;
GRANT ALL ON PROCEDURE dba.ppurgeoldlogs(IN p_batch_size integer) TO etl_user;
GRANT ALL ON PROCEDURE dba.ppurgeoldlogs(IN p_batch_size integer) TO etl_admin;


--
-- Name: PROCEDURE precordlongqueries(IN p_limit interval); Type: ACL; Schema: dba; Owner: etl_owner
--

REVOKE ALL ON PROCEDURE dba.precordlongqueries(IN p_limit interval) FROM PUBLIC;
GRANT ALL ON PROCEDURE dba.precordlongqueries(IN p_limit interval) TO etl_user;
GRANT ALL ON PROCEDURE dba.precordlongqueries(IN p_limit interval) TO etl_admin;


--
-- Name: PROCEDURE preindextables(IN p_schema text); Type: ACL; Schema: dba; Owner: etl_owner
--

REVOKE ALL ON PROCEDURE dba.preindextables(IN p_schema text) FROM PUBLIC;
GRANT ALL ON PROCEDURE dba.preindextables(IN p_schema text) TO etl_user;
GRANT ALL ON PROCEDURE dba.preindextables(IN p_schema text) TO etl_admin;


--
-- Name: PROCEDURE psnapshottableindexstats(); Type: ACL; Schema: dba; Owner: etl_owner
--

REVOKE ALL ON PROCEDURE dba.psnapshottableindexstats() FROM PUBLIC;
GRANT ALL ON PROCEDURE dba.psnapshottableindexstats() TO etl_user;
GRANT ALL ON PROCEDURE dba.psnapshottableindexstats() TO etl_admin;


--
-- Name: TABLE tbackup; Type: ACL; Schema: dba; Owner: etl_owner
--

GRANT SELECT,INSERT,UPDATE ON TABLE dba.tbackup TO etl_user;
GRANT SELECT ON TABLE dba.tbackup TO etl_admin;


--
-- Name: SEQUENCE tbackup_backupid_seq; Type: ACL; Schema: dba; Owner: etl_owner
--

GRANT SELECT ON SEQUENCE dba.tbackup_backupid_seq TO etl_user;
GRANT SELECT ON SEQUENCE dba.tbackup_backupid_seq TO etl_admin;


--
-- Name: TABLE tcalendardays; Type: ACL; Schema: dba; Owner: etl_owner
--

GRANT SELECT ON TABLE dba.tcalendardays TO etl_user;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE dba.tcalendardays TO etl_admin;
GRANT SELECT ON TABLE dba.tcalendardays TO etl_report;


--
-- Name: TABLE tconfighistory; Type: ACL; Schema: dba; Owner: etl_owner
--

GRANT SELECT ON TABLE dba.tconfighistory TO etl_user;
GRANT SELECT ON TABLE dba.tconfighistory TO etl_admin;


--
-- Name: SEQUENCE tconfighistory_confighistoryid_seq; Type: ACL; Schema: dba; Owner: etl_owner
--

GRANT SELECT ON SEQUENCE dba.tconfighistory_confighistoryid_seq TO etl_user;
GRANT SELECT ON SEQUENCE dba.tconfighistory_confighistoryid_seq TO etl_admin;


--
-- Name: TABLE tdataset; Type: ACL; Schema: dba; Owner: etl_owner
--

GRANT SELECT,INSERT,UPDATE ON TABLE dba.tdataset TO etl_user;
GRANT SELECT ON TABLE dba.tdataset TO etl_admin;
GRANT SELECT ON TABLE dba.tdataset TO etl_report;


--
-- Name: SEQUENCE tdataset_datasetid_seq; Type: ACL; Schema: dba; Owner: etl_owner
--

GRANT SELECT ON SEQUENCE dba.tdataset_datasetid_seq TO etl_user;
GRANT SELECT ON SEQUENCE dba.tdataset_datasetid_seq TO etl_admin;


--
-- Name: TABLE tdatasettype; Type: ACL; Schema: dba; Owner: etl_owner
--

GRANT SELECT,INSERT,UPDATE ON TABLE dba.tdatasettype TO etl_user;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE dba.tdatasettype TO etl_admin;
GRANT SELECT ON TABLE dba.tdatasettype TO etl_report;


--
-- Name: SEQUENCE tdatasettype_datasettypeid_seq; Type: ACL; Schema: dba; Owner: etl_owner
--

GRANT SELECT ON SEQUENCE dba.tdatasettype_datasettypeid_seq TO etl_user;
GRANT SELECT ON SEQUENCE dba.tdatasettype_datasettypeid_seq TO etl_admin;


--
-- Name: TABLE tdatasource; Type: ACL; Schema: dba; Owner: etl_owner
--

GRANT SELECT,INSERT,UPDATE ON TABLE dba.tdatasource TO etl_user;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE dba.tdatasource TO etl_admin;
GRANT SELECT ON TABLE dba.tdatasource TO etl_report;


--
-- Name: SEQUENCE tdatasource_datasourceid_seq; Type: ACL; Schema: dba; Owner: etl_owner
--

GRANT SELECT ON SEQUENCE dba.tdatasource_datasourceid_seq TO etl_user;
GRANT SELECT ON SEQUENCE dba.tdatasource_datasourceid_seq TO etl_admin;


--
-- Name: TABLE tdatastatus; Type: ACL; Schema: dba; Owner: etl_owner
--

GRANT SELECT ON TABLE dba.tdatastatus TO etl_user;
GRANT SELECT ON TABLE dba.tdatastatus TO etl_admin;
GRANT SELECT ON TABLE dba.tdatastatus TO etl_report;


--
-- Name: TABLE tddllogs; Type: ACL; Schema: dba; Owner: etl_owner
--

GRANT SELECT ON TABLE dba.tddllogs TO etl_user;
GRANT SELECT ON TABLE dba.tddllogs TO etl_admin;


--
-- Name: SEQUENCE tddllogs_ddllogid_seq; Type: ACL; Schema: dba; Owner: etl_owner
--

GRANT SELECT ON SEQUENCE dba.tddllogs_ddllogid_seq TO etl_user;
GRANT SELECT ON SEQUENCE dba.tddllogs_ddllogid_seq TO etl_admin;


--
-- Name: TABLE texpectation; Type: ACL; Schema: dba; Owner: etl_owner
--

GRANT SELECT ON TABLE dba.texpectation TO etl_user;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE dba.texpectation TO etl_admin;


--
-- Name: SEQUENCE texpectation_expectationid_seq; Type: ACL; Schema: dba; Owner: etl_owner
--

GRANT SELECT ON SEQUENCE dba.texpectation_expectationid_seq TO etl_user;
GRANT SELECT ON SEQUENCE dba.texpectation_expectationid_seq TO etl_admin;


--
-- Name: TABLE tholidays; Type: ACL; Schema: dba; Owner: etl_owner
--

GRANT SELECT ON TABLE dba.tholidays TO etl_user;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE dba.tholidays TO etl_admin;
GRANT SELECT ON TABLE dba.tholidays TO etl_report;


--
-- Name: TABLE timportcolumn; Type: ACL; Schema: dba; Owner: etl_owner
--

GRANT SELECT ON TABLE dba.timportcolumn TO etl_user;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE dba.timportcolumn TO etl_admin;


--
-- Name: SEQUENCE timportcolumn_importcolumnid_seq; Type: ACL; Schema: dba; Owner: etl_owner
--

GRANT SELECT ON SEQUENCE dba.timportcolumn_importcolumnid_seq TO etl_user;
GRANT SELECT ON SEQUENCE dba.timportcolumn_importcolumnid_seq TO etl_admin;


--
-- Name: TABLE timportconfig; Type: ACL; Schema: dba; Owner: etl_owner
--

GRANT SELECT ON TABLE dba.timportconfig TO etl_user;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE dba.timportconfig TO etl_admin;


--
-- Name: SEQUENCE timportconfig_config_id_seq; Type: ACL; Schema: dba; Owner: etl_owner
--

GRANT SELECT ON SEQUENCE dba.timportconfig_config_id_seq TO etl_user;
GRANT SELECT ON SEQUENCE dba.timportconfig_config_id_seq TO etl_admin;


--
-- Name: TABLE timportfile; Type: ACL; Schema: dba; Owner: etl_owner
--

GRANT SELECT,INSERT,UPDATE ON TABLE dba.timportfile TO etl_user;
GRANT SELECT ON TABLE dba.timportfile TO etl_admin;


--
-- Name: SEQUENCE timportfile_importfileid_seq; Type: ACL; Schema: dba; Owner: etl_owner
--

GRANT SELECT ON SEQUENCE dba.timportfile_importfileid_seq TO etl_user;
GRANT SELECT ON SEQUENCE dba.timportfile_importfileid_seq TO etl_admin;


--
-- Name: TABLE timportheader; Type: ACL; Schema: dba; Owner: etl_owner
--

GRANT SELECT,INSERT,UPDATE ON TABLE dba.timportheader TO etl_user;
GRANT SELECT ON TABLE dba.timportheader TO etl_admin;


--
-- Name: TABLE timportreject; Type: ACL; Schema: dba; Owner: etl_owner
--

GRANT SELECT,INSERT,UPDATE ON TABLE dba.timportreject TO etl_user;
GRANT SELECT ON TABLE dba.timportreject TO etl_admin;


--
-- Name: SEQUENCE timportreject_importrejectid_seq; Type: ACL; Schema: dba; Owner: etl_owner
--

GRANT SELECT ON SEQUENCE dba.timportreject_importrejectid_seq TO etl_user;
GRANT SELECT ON SEQUENCE dba.timportreject_importrejectid_seq TO etl_admin;


--
-- Name: TABLE timportstrategy; Type: ACL; Schema: dba; Owner: etl_owner
--

GRANT SELECT ON TABLE dba.timportstrategy TO etl_user;
GRANT SELECT ON TABLE dba.timportstrategy TO etl_admin;


--
-- Name: TABLE tinboxattachment; Type: ACL; Schema: dba; Owner: etl_owner
--

GRANT SELECT,INSERT,UPDATE ON TABLE dba.tinboxattachment TO etl_user;
GRANT SELECT ON TABLE dba.tinboxattachment TO etl_admin;


--
-- Name: SEQUENCE tinboxattachment_inboxattachmentid_seq; Type: ACL; Schema: dba; Owner: etl_owner
--

GRANT SELECT ON SEQUENCE dba.tinboxattachment_inboxattachmentid_seq TO etl_user;
GRANT SELECT ON SEQUENCE dba.tinboxattachment_inboxattachmentid_seq TO etl_admin;


--
-- Name: TABLE tinboxconfig; Type: ACL; Schema: dba; Owner: etl_owner
--

GRANT SELECT ON TABLE dba.tinboxconfig TO etl_user;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE dba.tinboxconfig TO etl_admin;


--
-- Name: SEQUENCE tinboxconfig_config_id_seq; Type: ACL; Schema: dba; Owner: etl_owner
--

GRANT SELECT ON SEQUENCE dba.tinboxconfig_config_id_seq TO etl_user;
GRANT SELECT ON SEQUENCE dba.tinboxconfig_config_id_seq TO etl_admin;


--
-- Name: TABLE tinboxmessage; Type: ACL; Schema: dba; Owner: etl_owner
--

GRANT SELECT,INSERT,UPDATE ON TABLE dba.tinboxmessage TO etl_user;
GRANT SELECT ON TABLE dba.tinboxmessage TO etl_admin;


--
-- Name: SEQUENCE tinboxmessage_inboxmessageid_seq; Type: ACL; Schema: dba; Owner: etl_owner
--

GRANT SELECT ON SEQUENCE dba.tinboxmessage_inboxmessageid_seq TO etl_user;
GRANT SELECT ON SEQUENCE dba.tinboxmessage_inboxmessageid_seq TO etl_admin;


--
-- Name: TABLE tjobrun; Type: ACL; Schema: dba; Owner: etl_owner
--

GRANT SELECT,INSERT,UPDATE ON TABLE dba.tjobrun TO etl_user;
GRANT SELECT ON TABLE dba.tjobrun TO etl_admin;


--
-- Name: SEQUENCE tjobrun_jobrunid_seq; Type: ACL; Schema: dba; Owner: etl_owner
--

GRANT SELECT ON SEQUENCE dba.tjobrun_jobrunid_seq TO etl_user;
GRANT SELECT ON SEQUENCE dba.tjobrun_jobrunid_seq TO etl_admin;


--
-- Name: TABLE tlogentry; Type: ACL; Schema: dba; Owner: etl_owner
--

GRANT SELECT,INSERT,UPDATE ON TABLE dba.tlogentry TO etl_user;
GRANT SELECT ON TABLE dba.tlogentry TO etl_admin;


--
-- Name: SEQUENCE tlogentry_logentryid_seq; Type: ACL; Schema: dba; Owner: etl_owner
--

GRANT SELECT ON SEQUENCE dba.tlogentry_logentryid_seq TO etl_user;
GRANT SELECT ON SEQUENCE dba.tlogentry_logentryid_seq TO etl_admin;


--
-- Name: TABLE tlogretention; Type: ACL; Schema: dba; Owner: etl_owner
--

GRANT SELECT ON TABLE dba.tlogretention TO etl_user;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE dba.tlogretention TO etl_admin;


--
-- Name: SEQUENCE tlogretention_logretentionid_seq; Type: ACL; Schema: dba; Owner: etl_owner
--

GRANT SELECT ON SEQUENCE dba.tlogretention_logretentionid_seq TO etl_user;
GRANT SELECT ON SEQUENCE dba.tlogretention_logretentionid_seq TO etl_admin;


--
-- Name: TABLE tlongrunningquery; Type: ACL; Schema: dba; Owner: etl_owner
--

GRANT SELECT ON TABLE dba.tlongrunningquery TO etl_user;
GRANT SELECT ON TABLE dba.tlongrunningquery TO etl_admin;


--
-- Name: SEQUENCE tlongrunningquery_longrunningqueryid_seq; Type: ACL; Schema: dba; Owner: etl_owner
--

GRANT SELECT ON SEQUENCE dba.tlongrunningquery_longrunningqueryid_seq TO etl_user;
GRANT SELECT ON SEQUENCE dba.tlongrunningquery_longrunningqueryid_seq TO etl_admin;


--
-- Name: TABLE tmaintenancelog; Type: ACL; Schema: dba; Owner: etl_owner
--

GRANT SELECT ON TABLE dba.tmaintenancelog TO etl_user;
GRANT SELECT ON TABLE dba.tmaintenancelog TO etl_admin;


--
-- Name: SEQUENCE tmaintenancelog_maintenancelogid_seq; Type: ACL; Schema: dba; Owner: etl_owner
--

GRANT SELECT ON SEQUENCE dba.tmaintenancelog_maintenancelogid_seq TO etl_user;
GRANT SELECT ON SEQUENCE dba.tmaintenancelog_maintenancelogid_seq TO etl_admin;


--
-- Name: TABLE tmeetmaxconfig; Type: ACL; Schema: dba; Owner: etl_owner
--

GRANT SELECT ON TABLE dba.tmeetmaxconfig TO etl_user;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE dba.tmeetmaxconfig TO etl_admin;


--
-- Name: SEQUENCE tmeetmaxconfig_config_id_seq; Type: ACL; Schema: dba; Owner: etl_owner
--

GRANT SELECT ON SEQUENCE dba.tmeetmaxconfig_config_id_seq TO etl_user;
GRANT SELECT ON SEQUENCE dba.tmeetmaxconfig_config_id_seq TO etl_admin;


--
-- Name: TABLE treportmanager; Type: ACL; Schema: dba; Owner: etl_owner
--

GRANT SELECT ON TABLE dba.treportmanager TO etl_user;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE dba.treportmanager TO etl_admin;


--
-- Name: SEQUENCE treportmanager_reportid_seq; Type: ACL; Schema: dba; Owner: etl_owner
--

GRANT SELECT ON SEQUENCE dba.treportmanager_reportid_seq TO etl_user;
GRANT SELECT ON SEQUENCE dba.treportmanager_reportid_seq TO etl_admin;


--
-- Name: TABLE treportrun; Type: ACL; Schema: dba; Owner: etl_owner
--

GRANT SELECT,INSERT,UPDATE ON TABLE dba.treportrun TO etl_user;
GRANT SELECT ON TABLE dba.treportrun TO etl_admin;


--
-- Name: SEQUENCE treportrun_reportrunid_seq; Type: ACL; Schema: dba; Owner: etl_owner
--

GRANT SELECT ON SEQUENCE dba.treportrun_reportrunid_seq TO etl_user;
GRANT SELECT ON SEQUENCE dba.treportrun_reportrunid_seq TO etl_admin;


--
-- Name: TABLE tscheduler; Type: ACL; Schema: dba; Owner: etl_owner
--

GRANT SELECT ON TABLE dba.tscheduler TO etl_user;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE dba.tscheduler TO etl_admin;


--
-- Name: SEQUENCE tscheduler_schedulerid_seq; Type: ACL; Schema: dba; Owner: etl_owner
--

GRANT SELECT ON SEQUENCE dba.tscheduler_schedulerid_seq TO etl_user;
GRANT SELECT ON SEQUENCE dba.tscheduler_schedulerid_seq TO etl_admin;


--
-- Name: TABLE tsftpconfig; Type: ACL; Schema: dba; Owner: etl_owner
--

GRANT SELECT ON TABLE dba.tsftpconfig TO etl_user;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE dba.tsftpconfig TO etl_admin;


--
-- Name: SEQUENCE tsftpconfig_config_id_seq; Type: ACL; Schema: dba; Owner: etl_owner
--

GRANT SELECT ON SEQUENCE dba.tsftpconfig_config_id_seq TO etl_user;
GRANT SELECT ON SEQUENCE dba.tsftpconfig_config_id_seq TO etl_admin;


--
-- Name: TABLE tsftptransfer; Type: ACL; Schema: dba; Owner: etl_owner
--

GRANT SELECT,INSERT,UPDATE ON TABLE dba.tsftptransfer TO etl_user;
GRANT SELECT ON TABLE dba.tsftptransfer TO etl_admin;


--
-- Name: SEQUENCE tsftptransfer_sftptransferid_seq; Type: ACL; Schema: dba; Owner: etl_owner
--

GRANT SELECT ON SEQUENCE dba.tsftptransfer_sftptransferid_seq TO etl_user;
GRANT SELECT ON SEQUENCE dba.tsftptransfer_sftptransferid_seq TO etl_admin;


--
-- Name: TABLE ttableindexstats; Type: ACL; Schema: dba; Owner: etl_owner
--

GRANT SELECT ON TABLE dba.ttableindexstats TO etl_user;
GRANT SELECT ON TABLE dba.ttableindexstats TO etl_admin;


--
-- Name: SEQUENCE ttableindexstats_tableindexstatsid_seq; Type: ACL; Schema: dba; Owner: etl_owner
--

GRANT SELECT ON SEQUENCE dba.ttableindexstats_tableindexstatsid_seq TO etl_user;
GRANT SELECT ON SEQUENCE dba.ttableindexstats_tableindexstatsid_seq TO etl_admin;


--
-- Name: TABLE vactivedataset; Type: ACL; Schema: dba; Owner: etl_owner
--

GRANT SELECT ON TABLE dba.vactivedataset TO etl_user;
GRANT SELECT ON TABLE dba.vactivedataset TO etl_admin;
GRANT SELECT ON TABLE dba.vactivedataset TO etl_report;


--
-- Name: TABLE vconfigcolumns; Type: ACL; Schema: dba; Owner: etl_owner
--

GRANT SELECT ON TABLE dba.vconfigcolumns TO etl_user;
GRANT SELECT ON TABLE dba.vconfigcolumns TO etl_admin;


--
-- Name: TABLE vfilesreceived; Type: ACL; Schema: dba; Owner: etl_owner
--

GRANT SELECT ON TABLE dba.vfilesreceived TO etl_user;
GRANT SELECT ON TABLE dba.vfilesreceived TO etl_admin;
GRANT SELECT ON TABLE dba.vfilesreceived TO etl_report;


--
-- Name: TABLE vimportbooks; Type: ACL; Schema: dba; Owner: etl_owner
--

GRANT SELECT ON TABLE dba.vimportbooks TO etl_user;
GRANT SELECT ON TABLE dba.vimportbooks TO etl_admin;


--
-- Name: TABLE vlatestdataset; Type: ACL; Schema: dba; Owner: etl_owner
--

GRANT SELECT ON TABLE dba.vlatestdataset TO etl_user;
GRANT SELECT ON TABLE dba.vlatestdataset TO etl_admin;
GRANT SELECT ON TABLE dba.vlatestdataset TO etl_report;


--
-- Name: TABLE vunusedindexes; Type: ACL; Schema: dba; Owner: etl_owner
--

GRANT SELECT ON TABLE dba.vunusedindexes TO etl_user;
GRANT SELECT ON TABLE dba.vunusedindexes TO etl_admin;


--
-- Name: TABLE vvacuumneeded; Type: ACL; Schema: dba; Owner: etl_owner
--

GRANT SELECT ON TABLE dba.vvacuumneeded TO etl_user;
GRANT SELECT ON TABLE dba.vvacuumneeded TO etl_admin;


--
-- Name: TABLE orders; Type: ACL; Schema: feeds; Owner: etl_user
--

GRANT SELECT ON TABLE feeds.orders TO etl_admin;
GRANT SELECT ON TABLE feeds.orders TO etl_report;


--
-- Name: DEFAULT PRIVILEGES FOR SCHEMAS; Type: DEFAULT ACL; Schema: -; Owner: etl_user
--

ALTER DEFAULT PRIVILEGES FOR ROLE etl_user GRANT USAGE ON SCHEMAS  TO etl_admin;
ALTER DEFAULT PRIVILEGES FOR ROLE etl_user GRANT USAGE ON SCHEMAS  TO etl_report;


--
-- Name: DEFAULT PRIVILEGES FOR TABLES; Type: DEFAULT ACL; Schema: -; Owner: etl_user
--

ALTER DEFAULT PRIVILEGES FOR ROLE etl_user GRANT SELECT ON TABLES  TO etl_admin;
ALTER DEFAULT PRIVILEGES FOR ROLE etl_user GRANT SELECT ON TABLES  TO etl_report;


--
-- Name: etl_log_ddl; Type: EVENT TRIGGER; Schema: -; Owner: postgres
--

CREATE EVENT TRIGGER etl_log_ddl ON ddl_command_end
         WHEN TAG IN ('CREATE TABLE', 'CREATE TABLE AS', 'ALTER TABLE', 'CREATE INDEX', 'CREATE SCHEMA', 'CREATE VIEW', 'ALTER VIEW', 'CREATE FUNCTION', 'ALTER FUNCTION', 'CREATE PROCEDURE', 'CREATE TRIGGER', 'GRANT', 'REVOKE')
   EXECUTE FUNCTION dba.f_log_ddl();


ALTER EVENT TRIGGER etl_log_ddl OWNER TO postgres;

--
-- Name: EVENT TRIGGER etl_log_ddl; Type: COMMENT; Schema: -; Owner: postgres
--

COMMENT ON EVENT TRIGGER etl_log_ddl IS 'Records schema changes in dba.tddllogs.';


--
-- Name: etl_log_drop; Type: EVENT TRIGGER; Schema: -; Owner: postgres
--

CREATE EVENT TRIGGER etl_log_drop ON sql_drop
   EXECUTE FUNCTION dba.f_log_ddl();


ALTER EVENT TRIGGER etl_log_drop OWNER TO postgres;

--
-- Name: EVENT TRIGGER etl_log_drop; Type: COMMENT; Schema: -; Owner: postgres
--

COMMENT ON EVENT TRIGGER etl_log_drop IS 'Records dropped objects in dba.tddllogs.';


--
-- PostgreSQL database dump complete
--


