-- Which companies came to or left the MeetMax events, from one business day to the next.
\ir common.sql
SET ROLE :"etl_owner";

CREATE OR REPLACE FUNCTION dba.f_existing_column(p_table regclass, VARIADIC p_names text[]) RETURNS text
LANGUAGE sql STABLE AS $$
    SELECT attname::text FROM pg_catalog.pg_attribute
    WHERE attrelid = p_table AND attnum > 0 AND NOT attisdropped AND attname = ANY (p_names)
    ORDER BY array_position(p_names, attname::text) LIMIT 1
$$;
COMMENT ON FUNCTION dba.f_existing_column(regclass, text[]) IS 'The first of the names that is a column of the table; NULL when none is.';

-- Each event is compared with its own last dataset before the day, so that a missed download does not make every company look new.
-- An event without a dataset on the day itself is left out: not downloaded is not the same as removed.
CREATE OR REPLACE FUNCTION dba.f_get_event_changes(p_date date DEFAULT current_date)
RETURNS TABLE (eventid text, company_name text, ticker text, mindate date, maxdate date, url text, scenario text)
LANGUAGE plpgsql STABLE AS $$
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
END $$;
COMMENT ON FUNCTION dba.f_get_event_changes(date) IS
    'Companies Added to or Removed from each MeetMax event on that business day, with the first and last day each was seen. '
    'Reads feeds.tmeetmaxevent; no rows while that table does not exist. A weekend or holiday means the business day before.';
