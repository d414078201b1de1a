"""The benchmark of event changes: the report's query, beside reading the table of events once."""

from collections.abc import Callable

from cases import Benchmark, Scene
from measure import Way

EVENTS, COMPANIES = 1_000, 10
LAST_DAY = "2026-11-24"  # a Tuesday
_CHANGED_EVERY = 20  # days after which one company of an event goes and another comes


def event_changes(scene: Scene) -> Benchmark:
    """A million rows stand for 1,000 events on 500 days, as an import leaves them: 5,000,000 rows, a BRIN index on datasetid."""
    days = max(scene.rows // 2 // EVENTS, 2)
    scene.stage.sql(
        "INSERT INTO dba.tdatasettype (datasettypename) VALUES ('MeetMaxEvent');"
        "INSERT INTO dba.tdatasource (datasourcename) VALUES ('MeetMax');"
        "INSERT INTO dba.tdataset (datasetdate, label, datasettypeid, datasourceid, datastatusid, isactive)"
        " SELECT date %s - day, event, datasettypeid, datasourceid, 1, true FROM generate_series(%s - 1, 0, -1) AS day,"
        " generate_series(1, %s) AS event, dba.tdatasettype, dba.tdatasource"
        " WHERE datasettypename = 'MeetMaxEvent' AND datasourcename = 'MeetMax' ORDER BY 1, event;"
        "CREATE SCHEMA feeds AUTHORIZATION etl_user;"
        "CREATE TABLE feeds.tmeetmaxevent"
        " (datasetid bigint, company_name text, company_organization text, ticker text, company_ticker text);"
        "INSERT INTO feeds.tmeetmaxevent SELECT datasetid, CASE WHEN label::int %% 2 = 0 THEN name END,"
        " CASE WHEN label::int %% 2 = 1 THEN name END, 'T' || number, NULL"
        " FROM (SELECT * FROM dba.tdataset WHERE label ~ '^[0-9]+$' OFFSET 0) AS event_dataset, generate_series(1, %s) AS place,"
        " LATERAL (SELECT label::int + place + (label::int + datasetdate - date '2000-01-01') / %s) AS company (number),"
        " LATERAL (SELECT 'Company ' || number || ' Holdings') AS named (name) ORDER BY datasetid;"
        "CREATE INDEX ON feeds.tmeetmaxevent USING brin (datasetid); ANALYZE feeds.tmeetmaxevent; ANALYZE dba.tdataset",
        *(LAST_DAY, days, EVENTS, COMPANIES, _CHANGED_EVERY),
    )
    psql = (str(scene.stage.server.bin / "psql"), "-X", "-q", "-v", "ON_ERROR_STOP=1", "-o", "/dev/null", "-c")
    floor, ours = (
        Way((*psql, query), scene.stage.psql_env)
        for query in ("SELECT count(*) FROM feeds.tmeetmaxevent", f"SELECT * FROM dba.f_get_event_changes('{LAST_DAY}')")
    )
    return Benchmark(f"event changes, {EVENTS:,} events, {days:,} days", (("s", 1.0),), floor, ours, rounds=5)


EVENT_BENCHMARKS: dict[str, Callable[[Scene], Benchmark]] = {"events": event_changes}
