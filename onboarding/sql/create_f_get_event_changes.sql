-- Which companies came to or left the MeetMax events, from one business day to the next.
\ir common.sql
SET ROLE :"etl_owner";

-- Headers differ between events, so one thing can stand in another column from file to file, and an import adds each column it meets.
CREATE OR REPLACE FUNCTION dba.f_first_filled(p_table regclass, VARIADIC p_names text[]) RETURNS text
LANGUAGE sql STABLE AS $$
    SELECT 'coalesce(' || concat_ws(', ',
        string_agg(format('nullif(btrim(line.%I::text), '''')', attname), ', ' ORDER BY array_position(p_names, attname::text)),
        'NULL::text') || ')'
    FROM pg_catalog.pg_attribute
    WHERE attrelid = p_table AND attnum > 0 AND NOT attisdropped AND attname = ANY (p_names)
$$;
COMMENT ON FUNCTION dba.f_first_filled(regclass, text[]) IS
    'SQL text: the first value that is not blank, row by row, among those of the names that are columns of the table, which the query calls line.';

-- Each event is compared with itself: the last dataset after the previous business day up to the day, so that a weekend's download
-- counts on Monday, with the last one before that, so that a missed download does not make every company look new.
-- An event without a dataset on those days is left out: not downloaded, or unchanged on the site, is not the same as removed.
-- The planner cannot know how few datasets are compared, and would search the table, whose index is coarse (BRIN), once for each
-- dataset of an event's history: no nested loops, so that it reads the table once.
CREATE OR REPLACE FUNCTION dba.f_get_event_changes(p_date date DEFAULT current_date)
RETURNS TABLE (eventid text, company_name text, ticker text, mindate date, maxdate date, url text, scenario text)
LANGUAGE plpgsql STABLE SET enable_nestloop = off SET jit = off AS $$
DECLARE
    events regclass := to_regclass('feeds.tmeetmaxevent');
    checks regclass := to_regclass('feeds.tmeetmaxurlcheck');
    day date := CASE WHEN dba.f_is_business_day(p_date) THEN p_date ELSE dba.f_previous_business_day(p_date) END;
BEGIN
    IF events IS NULL THEN
        RETURN;
    END IF;
    RETURN QUERY EXECUTE format($query$
        WITH recent AS MATERIALIZED (
            SELECT * FROM dba.tdataset WHERE isactive AND datasetdate > $2 AND datasetdate <= $1
        ), latest AS MATERIALIZED ( -- of each event, the last dataset that names a company
            SELECT DISTINCT ON (datasettypeid, datasourceid, label) datasetid, datasettypeid, datasourceid, label
            FROM recent WHERE datasetid IN (
                SELECT line.datasetid FROM %1$s AS line
                WHERE line.datasetid BETWEEN (SELECT min(datasetid) FROM recent) AND (SELECT max(datasetid) FROM recent)
                  AND %2$s IS NOT NULL)
            ORDER BY datasettypeid, datasourceid, label, datasetdate DESC
        ), compared AS MATERIALIZED ( -- that one and the one before, which a first load does not have
            SELECT datasetid, label, true AS is_latest FROM latest
            UNION ALL
            SELECT earlier.datasetid, label, false FROM latest CROSS JOIN LATERAL (
                SELECT old.datasetid FROM dba.tdataset AS old
                WHERE old.isactive AND old.datasetdate <= $2
                  AND (old.datasettypeid, old.datasourceid, old.label) = (latest.datasettypeid, latest.datasourceid, latest.label)
                ORDER BY old.datasetdate DESC LIMIT 1) AS earlier
        ), changed AS MATERIALIZED ( -- companies that only one of the two names
            SELECT label, %2$s AS company, max(%3$s) AS ticker, max(%4$s) AS url, bool_or(is_latest) AS is_added
            FROM %1$s AS line JOIN compared USING (datasetid)
            WHERE line.datasetid BETWEEN (SELECT min(datasetid) FROM compared) AND (SELECT max(datasetid) FROM compared)
              AND %2$s IS NOT NULL
            GROUP BY label, company HAVING bool_and(is_latest) OR NOT bool_or(is_latest)
        ), history AS MATERIALIZED ( -- all datasets so far of the events with a change
            SELECT every.datasetid, every.label, every.datasetdate
            FROM dba.tdataset AS every JOIN latest USING (datasettypeid, datasourceid, label)
            WHERE every.isactive AND every.datasetdate <= $1 AND label IN (SELECT label FROM changed)
        ), seen AS (
            SELECT label, %2$s AS company, min(datasetdate) AS first_day, max(datasetdate) AS last_day
            FROM %1$s AS line JOIN history USING (datasetid)
            WHERE (label, %2$s) IN (SELECT label, company FROM changed)
            GROUP BY label, company
        )
        SELECT label, company, changed.ticker, first_day, last_day, coalesce(changed.url, %5$s),
               CASE WHEN is_added THEN 'added' ELSE 'removed' END AS scenario
        FROM changed JOIN seen USING (label, company)
        ORDER BY label, scenario, company
        $query$,
        events,
        dba.f_first_filled(events, 'company_name', 'company_organization', 'company', 'organization'),
        dba.f_first_filled(events, 'ticker', 'company_ticker', 'symbol'),
        dba.f_first_filled(events, 'url', 'event_url'),
        -- An export does not tell its address; the last check of the event does.
        CASE WHEN checks IS NULL THEN 'NULL' ELSE format(
            '(SELECT line.url FROM %s AS line JOIN dba.tdataset USING (datasetid) '
            'WHERE isactive AND datasetdate <= $1 AND line.eventid = changed.label ORDER BY datasetdate DESC LIMIT 1)', checks) END)
        USING day, dba.f_previous_business_day(day);
END $$;
COMMENT ON FUNCTION dba.f_get_event_changes(date) IS
    'Companies added to or removed from each MeetMax event on that business day, with the first and last day each was seen. '
    'An event is the label of its datasets. Reads feeds.tmeetmaxevent; no rows while that table does not exist. '
    'A weekend or holiday means the business day before.';
