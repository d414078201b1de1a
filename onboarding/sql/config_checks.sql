-- Small checks shared by the config tables. Each takes (table, column, value), returns nothing when the value is fine or NULL,
-- and otherwise raises check_violation with the column, the value, the rule and the fix.
\ir common.sql
SET ROLE :"etl_owner";

CREATE OR REPLACE FUNCTION dba.f_refuse(p_table text, p_column text, p_value text, p_rule text, p_fix text) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    shown text := left(regexp_replace(p_value, '[\u0001-\u001f\u007f-\u009f\u2028\u2029]', '?', 'g'), 200);
BEGIN
    RAISE EXCEPTION USING
        ERRCODE = 'check_violation', SCHEMA = 'dba', TABLE = p_table, COLUMN = p_column,
        MESSAGE = format('dba.%s.%s%s %s; fix: %s', p_table, p_column, coalesce(': "' || shown || '"', ''), p_rule, p_fix);
END $$;
COMMENT ON FUNCTION dba.f_refuse(text, text, text, text, text) IS
    'Refuses a config row: names table, column, value (left out when NULL), rule and fix.';

CREATE OR REPLACE FUNCTION dba.f_check_required(p_table text, p_column text, p_value text) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    IF p_value IS NULL OR p_value !~ '\S' THEN
        PERFORM dba.f_refuse(p_table, p_column, NULL, 'is empty', 'give it a value');
    END IF;
END $$;
COMMENT ON FUNCTION dba.f_check_required(text, text, text) IS 'Refuses NULL and blank text.';

CREATE OR REPLACE FUNCTION dba.f_check_one_line(p_table text, p_column text, p_value text) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    IF p_value ~ '[\u0001-\u001f\u007f-\u009f\u2028\u2029]' THEN
        PERFORM dba.f_refuse(p_table, p_column, p_value, 'holds a line break, a tab or another control character (shown as ?)',
                             'write it on one line');
    END IF;
END $$;
COMMENT ON FUNCTION dba.f_check_one_line(text, text, text) IS 'Refuses line breaks, tabs and other control characters.';

CREATE OR REPLACE FUNCTION dba.f_check_choice(p_table text, p_column text, p_value text, VARIADIC p_choices text[]) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM dba.f_check_required(p_table, p_column, p_value);
    IF p_value <> ALL (p_choices) THEN
        PERFORM dba.f_refuse(p_table, p_column, p_value, 'is not a choice',
            'use ' || regexp_replace(array_to_string(ARRAY(SELECT CASE WHEN choice ~ '^\w+$' THEN choice ELSE quote_literal(choice) END
                                                           FROM unnest(p_choices) AS choice), ', '), ', (\S+)$', ' or \1'));
    END IF;
END $$;
COMMENT ON FUNCTION dba.f_check_choice(text, text, text, text[]) IS 'Refuses a value outside the listed choices, and NULL.';

CREATE OR REPLACE FUNCTION dba.f_check_at_least(p_table text, p_column text, p_value numeric, p_least numeric) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    IF p_value < p_least OR p_value = 'NaN' THEN
        PERFORM dba.f_refuse(p_table, p_column, p_value::text, 'is too small', format('use %s or more', p_least));
    END IF;
END $$;
COMMENT ON FUNCTION dba.f_check_at_least(text, text, numeric, numeric) IS 'Refuses a number below the least allowed one.';

CREATE OR REPLACE FUNCTION dba.f_check_name(p_table text, p_column text, p_value text) RETURNS void
LANGUAGE plpgsql AS $$
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
END $$;
COMMENT ON FUNCTION dba.f_check_name(text, text, text) IS 'Checks the name by which a job is told its row: required, one line, not a number, not an option.';

-- An INSERT with ON CONFLICT has its own answer to a name that is there, and triggers run before it.
CREATE OR REPLACE FUNCTION dba.f_check_not_taken(p_table text, p_column text, p_value text, p_key text, p_id int, p_operation text)
RETURNS void LANGUAGE plpgsql AS $$
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
END $$;
COMMENT ON FUNCTION dba.f_check_not_taken(text, text, text, text, int, text) IS
    'Refuses the name of another row. The unique index is what keeps names apart; this only says it plainly.';

CREATE OR REPLACE FUNCTION dba.f_python_regex_as_postgres(p_pattern text) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
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
$$;
COMMENT ON FUNCTION dba.f_python_regex_as_postgres(text) IS
    'A Python regular expression rewritten so that PostgreSQL finds the same syntax errors. For checking only: it matches other texts.';

CREATE OR REPLACE FUNCTION dba.f_check_regex(p_table text, p_column text, p_value text) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    bad_escape text := (SELECT match[1] FROM regexp_matches(p_value, '\\(.?)', 'g') AS matches (match)
                        WHERE match[1] !~ '^[^a-zA-Z]$' AND match[1] !~ '^[AbBdDsSwWZafnrtvxuUN]$' LIMIT 1);
    bare text := regexp_replace(p_value, '\\.', 'x', 'g'); -- without what a backslash makes plain
    problem text;
BEGIN
    PERFORM dba.f_check_one_line(p_table, p_column, p_value);
    IF bad_escape IS NOT NULL THEN
        PERFORM dba.f_refuse(p_table, p_column, p_value,
            format('is not a valid regular expression (\%s means nothing)', bad_escape),
            'write \\ for a backslash, \. for a dot, \d for a digit, e.g. ^orders_\d{8}\.csv$');
    END IF;
    IF regexp_replace(bare, '\[\^?\]?[^]]*\]', 'x', 'g') ~ '\(\?<[=!][^)]*([*+?]|\{\d*,)' THEN
        PERFORM dba.f_refuse(p_table, p_column, p_value, 'is not a valid regular expression (it looks behind over text of no fixed length)',
            'write between (?<= and ) only what always has the same length, e.g. (?<=EUR )\d+');
    END IF;
    IF bare ~ '\[[^]]*\[:[a-z]+:\]' THEN
        PERFORM dba.f_refuse(p_table, p_column, p_value, 'is not a valid regular expression (a class such as [:alpha:] is of another language)',
            'write [A-Za-z] for letters, \d for a digit, \s for a space');
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
END $$;
COMMENT ON FUNCTION dba.f_check_regex(text, text, text) IS
    'Refuses a Python regular expression that cannot be compiled. When in doubt it accepts: the program compiles the pattern again.';

CREATE OR REPLACE FUNCTION dba.f_check_identifier(p_table text, p_column text, p_value text) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    IF p_value !~ '^[a-z_][a-z0-9_]{0,62}$' THEN
        PERFORM dba.f_refuse(p_table, p_column, p_value, 'is not a plain column name',
                             'use lower-case letters, digits and _, at most 63, e.g. order_date');
    END IF;
END $$;
COMMENT ON FUNCTION dba.f_check_identifier(text, text, text) IS 'Refuses a name that PostgreSQL would need quotes for.';

CREATE OR REPLACE FUNCTION dba.f_check_schema_object(p_table text, p_column text, p_value text, p_example text) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    IF p_value !~ '^[a-z_][a-z0-9_]{0,62}\.[a-z_][a-z0-9_]{0,62}$' THEN
        PERFORM dba.f_refuse(p_table, p_column, p_value, 'is not schema.name in lower-case letters, digits and _',
                             'write the schema, a dot and the name, e.g. ' || p_example);
    END IF;
END $$;
COMMENT ON FUNCTION dba.f_check_schema_object(text, text, text, text) IS 'Refuses anything but a lower-case schema.name.';

CREATE OR REPLACE FUNCTION dba.f_check_target_table(p_table text, p_column text, p_value text) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM dba.f_check_schema_object(p_table, p_column, p_value, 'feeds.orders');
    IF split_part(p_value, '.', 1) ~ '^(dba|information_schema|pg_.*)$' THEN
        PERFORM dba.f_refuse(p_table, p_column, p_value, 'is in a schema that belongs to the pipeline or to PostgreSQL',
                             'choose another schema, e.g. feeds.' || split_part(p_value, '.', 2));
    END IF;
END $$;
COMMENT ON FUNCTION dba.f_check_target_table(text, text, text) IS 'Refuses a target outside schema.table, or in dba or a system schema.';

CREATE OR REPLACE FUNCTION dba.f_check_folder(p_table text, p_column text, p_value text) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM dba.f_check_required(p_table, p_column, p_value);
    PERFORM dba.f_check_one_line(p_table, p_column, p_value);
    IF p_value ~ '(^|/)\.\.(/|$)' OR p_value ~ '^~|[$\\]' THEN
        PERFORM dba.f_refuse(p_table, p_column, p_value, 'holds .., ~, $ or a backslash',
                             'write an absolute folder such as /srv/etl/in, or one below $ETL_HOME such as file_watcher/client');
    END IF;
END $$;
COMMENT ON FUNCTION dba.f_check_folder(text, text, text) IS 'Refuses an empty folder and one that climbs out by .. or ~.';

CREATE OR REPLACE FUNCTION dba.f_check_date_format(p_table text, p_column text, p_value text) RETURNS void
LANGUAGE plpgsql AS $$
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
END $$;
COMMENT ON FUNCTION dba.f_check_date_format(text, text, text) IS 'Refuses a date format with unknown letters, or without year or month.';

CREATE OR REPLACE FUNCTION dba.f_check_address_list(p_table text, p_column text, p_value text) RETURNS void
LANGUAGE plpgsql AS $$
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
END $$;
COMMENT ON FUNCTION dba.f_check_address_list(text, text, text) IS 'Refuses anything but mail addresses separated by commas.';

-- Spellings that Python knows (https://docs.python.org/3/library/codecs.html#standard-encodings): it takes "latin1" and
-- "windows-1252", but neither "iso88591" nor "cp-1252".
CREATE OR REPLACE FUNCTION dba.f_check_encoding(p_table text, p_column text, p_value text) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    IF p_value !~* ('^(utf[-_]?8|utf[-_]8[-_]sig|utf[-_]?(16|32)|utf[-_](16|32)[-_]?[lb]e|(us[-_])?ascii|latin[-_]?1'
            '|iso[-_]?8859[-_]([1-9]|1[013-6])|(cp|windows[-_])125[0-8]|cp(437|850|852|858|866|932|949|950)|mac[-_]?roman'
            '|gbk|gb2312|gb18030|big5|shift[-_]?jis|euc[-_]?(jp|kr)|koi8[-_][ru])$') THEN
        PERFORM dba.f_refuse(p_table, p_column, p_value, 'is not an encoding the import knows',
            'use e.g. utf-8, utf-16le, cp1252 (Windows) or latin-1, or leave it empty and the import finds out');
    END IF;
END $$;
COMMENT ON FUNCTION dba.f_check_encoding(text, text, text) IS 'Refuses an encoding that Python does not know by that name.';

CREATE OR REPLACE FUNCTION dba.f_cron_field_values(p_field text, p_low int, p_high int, p_names text[]) RETURNS int[]
LANGUAGE plpgsql IMMUTABLE AS $$
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
END $$;
COMMENT ON FUNCTION dba.f_cron_field_values(text, int, int, text[]) IS 'The values one cron field stands for; NULL when it is not valid.';

CREATE OR REPLACE FUNCTION dba.f_check_cron(p_table text, p_column text, p_value text) RETURNS void
LANGUAGE plpgsql AS $$
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
COMMENT ON FUNCTION dba.f_check_cron(text, text, text) IS 'Refuses a cron time that Debian''s cron would refuse, or that never comes. No @words.';

CREATE OR REPLACE FUNCTION dba.f_check_arguments(p_table text, p_column text, p_value text) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM dba.f_check_one_line(p_table, p_column, p_value);
    IF p_value !~ '^([^''"\\]|\\.|''[^'']*''|"(\\.|[^"\\])*")*$' THEN
        PERFORM dba.f_refuse(p_table, p_column, p_value, 'has a quote that is not closed or ends in a backslash',
                             'close the quote; an argument with spaces is written "like this"');
    END IF;
END $$;
COMMENT ON FUNCTION dba.f_check_arguments(text, text, text) IS 'Refuses an argument text that cannot be split into arguments.';

CREATE OR REPLACE FUNCTION dba.f_check_web_address(p_table text, p_column text, p_value text) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM dba.f_check_one_line(p_table, p_column, p_value);
    IF p_value !~* '^https?://[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:[0-9]{1,5})?([/?#]\S*)?$' THEN
        PERFORM dba.f_refuse(p_table, p_column, p_value, 'is not a web address', 'write it whole, e.g. https://www.example.com/path');
    END IF;
END $$;
COMMENT ON FUNCTION dba.f_check_web_address(text, text, text) IS 'Refuses anything but an http or https address, without a user name in it.';

CREATE OR REPLACE FUNCTION dba.f_check_row_exists(p_table text, p_column text, p_value text, p_other regclass, p_key text) RETURNS void
LANGUAGE plpgsql AS $$
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
END $$;
COMMENT ON FUNCTION dba.f_check_row_exists(text, text, text, regclass, text) IS 'Refuses a reference to a row that does not exist, and lists some that do.';
