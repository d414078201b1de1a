"""dba.tmeetmaxconfig, dba.twebconfig and dba.twebdownload: what to fetch, what became of it, where a sweep that was cut off goes on."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from psycopg2.extensions import connection as Connection
from psycopg2.extras import Json, RealDictCursor, execute_values

from directory_management import sha256_of
from errors import ConfigError

Kind = Literal["check", "event", "file"]
_GOES_ON_HOURS = 24  # an older sweep is not gone on with
_FRESH_HOURS = 6  # what a sweep of this age fetched counts as fetched now
_HISTORY = 10  # sweeps that the trailing median looks back


@dataclass(frozen=True)
class Item:
    """A waiting row of a sweep."""

    webdownloadid: int
    item: str
    url: str


@dataclass(frozen=True)
class End:
    """How an item ended; the fields are columns of dba.twebdownload."""

    status: str
    error: str | None = None
    etag: str | None = None
    last_modified: str | None = None
    sha256: str | None = None
    row_count: int | None = None
    file_name: str | None = None
    found: dict | None = None


def active_row(connection: Connection, table: Literal["tmeetmaxconfig", "twebconfig"], wanted: str | None) -> dict:
    """The active row of that name or number; without one, the only active row. Raises ConfigError that lists what there is."""
    with connection, connection.cursor(cursor_factory=RealDictCursor) as cursor:
        cursor.execute(f"SELECT * FROM dba.{table} WHERE is_active ORDER BY config_id")
        rows = cursor.fetchall()
    fitting = [row for row in rows if wanted in (None, str(row["config_id"]), row["config_name"])]
    if len(fitting) == 1:
        return fitting[0]
    names = ", ".join(f"{row['config_id']} {row['config_name']!r}" for row in rows) or "none; add one"
    if wanted is None:
        raise ConfigError(f"name one active row of dba.{table} with --config; there are: {names}")
    raise ConfigError(f"no active row of dba.{table} is called {wanted!r}; there are: {names}")


def open_sweep(connection: Connection, kind: Kind, config_name: str) -> str | None:
    """The newest sweep of the config when it was cut off within the last hours; None when a new one is due."""
    with connection, connection.cursor() as cursor:
        cursor.execute(
            "SELECT sweep::text FROM dba.twebdownload WHERE kind = %s AND config_name = %s"
            " GROUP BY sweep HAVING bool_or(status = 'waiting') AND min(planned_at) > now() - make_interval(hours => %s)"
            " ORDER BY min(planned_at) DESC LIMIT 1",
            (kind, config_name, _GOES_ON_HOURS),
        )
        row = cursor.fetchone()
    return row[0] if row else None


def is_fresh(connection: Connection, sweep: str) -> bool:
    """True when the sweep began so lately that what it fetched need not be fetched again today."""
    with connection, connection.cursor() as cursor:
        cursor.execute(
            "SELECT min(planned_at) > now() - make_interval(hours => %s) FROM dba.twebdownload WHERE sweep = %s", (_FRESH_HOURS, sweep)
        )
        return cursor.fetchone()[0]


def plan_sweep(connection: Connection, kind: Kind, config_name: str, sweep: str, items: Sequence[tuple[str, str]]) -> None:
    """Write the (item, url) pairs of a sweep down as waiting, all or none; what older sweeps left waiting has failed."""
    with connection, connection.cursor() as cursor:
        cursor.execute(
            "UPDATE dba.twebdownload SET status = 'failed', error = 'cut off; a newer sweep does it', finished_at = now()"
            " WHERE kind = %s AND config_name = %s AND status = 'waiting'",
            (kind, config_name),
        )
        execute_values(
            cursor,
            "INSERT INTO dba.twebdownload (kind, config_name, sweep, item, url) VALUES %s",
            [(kind, config_name, sweep, item, url) for item, url in items],
            page_size=1000,
        )


def waiting_items(connection: Connection, sweep: str) -> list[Item]:
    """What is left of a sweep, in the order of its plan."""
    with connection, connection.cursor() as cursor:
        cursor.execute(
            "SELECT webdownloadid, item, url FROM dba.twebdownload WHERE sweep = %s AND status = 'waiting' ORDER BY webdownloadid", (sweep,)
        )
        return [Item(*row) for row in cursor]


def finish(connection: Connection, item: Item, end: End) -> None:
    """Record how an item ended, committed."""
    columns = End.__dataclass_fields__
    values = {name: getattr(end, name) for name in columns} | {"found": Json(end.found) if end.found else None}
    with connection, connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE dba.twebdownload SET finished_at = now(), {', '.join(f'{name} = %({name})s' for name in columns)}"
            " WHERE webdownloadid = %(id)s",
            values | {"id": item.webdownloadid},
        )


def last_copy(connection: Connection, kind: Kind, config_name: str, item: str) -> dict:
    """etag, last_modified and sha256 of the newest copy that was taken in; empty when there is none."""
    with connection, connection.cursor(cursor_factory=RealDictCursor) as cursor:
        cursor.execute(
            "SELECT etag, last_modified, sha256 FROM dba.twebdownload"
            " WHERE kind = %s AND config_name = %s AND item = %s AND status = 'done' ORDER BY webdownloadid DESC LIMIT 1",
            (kind, config_name, item),
        )
        return dict(cursor.fetchone() or {})


def usual_rows(connection: Connection, config_name: str, event: str) -> float | None:
    """The median number of companies in the last copies of an event, since one was accepted by hand; None while there is none."""
    return _median(
        connection,
        "SELECT row_count AS size FROM dba.twebdownload WHERE kind = 'event' AND config_name = %s AND item = %s"
        " AND status = 'done' AND webdownloadid >= (SELECT coalesce(max(webdownloadid), 0) FROM dba.twebdownload"
        "  WHERE kind = 'event' AND config_name = %s AND item = %s AND found ? 'accepted')"
        " ORDER BY webdownloadid DESC LIMIT %s",
        (config_name, event, config_name, event, _HISTORY),
    )


def usual_share(connection: Connection, config_name: str, sweep: str) -> float | None:
    """The median share, 0 to 1, of events that existed in the last whole checks before `sweep`, since one was accepted by hand.

    A check that was refused does not count. None while there is none.
    """
    return _median(
        connection,
        "SELECT avg(((found ->> 'IfExists')::boolean)::int) AS size FROM dba.twebdownload"
        " WHERE kind = 'check' AND config_name = %s AND sweep <> %s"
        " GROUP BY sweep HAVING bool_and(status = 'done') AND max(webdownloadid) >="
        "  (SELECT coalesce(max(webdownloadid), 0) FROM dba.twebdownload WHERE kind = 'check' AND config_name = %s AND found ? 'accepted')"
        " ORDER BY min(webdownloadid) DESC LIMIT %s",
        (config_name, sweep, config_name, _HISTORY),
    )


def refuse_check(connection: Connection, sweep: str, fault: str) -> None:
    """Put on record that no file was made of a check."""
    with connection, connection.cursor() as cursor:
        cursor.execute("UPDATE dba.twebdownload SET status = 'refused', error = %s WHERE sweep = %s AND status = 'done'", (fault, sweep))


def land_check(connection: Connection, sweep: str, file: Path, fault: str | None) -> None:
    """Put on record which file a check became, and why it was accepted by hand when it was."""
    with connection, connection.cursor() as cursor:
        cursor.execute(
            "UPDATE dba.twebdownload SET file_name = %s, sha256 = %s,"
            " found = CASE WHEN %s IS NULL THEN found ELSE found || jsonb_build_object('accepted', %s) END"
            " WHERE sweep = %s AND status = 'done'",
            (file.name, sha256_of(file), fault, fault, sweep),
        )


def _median(connection: Connection, query: str, values: tuple) -> float | None:
    with connection, connection.cursor() as cursor:
        cursor.execute(f"SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY size) FROM ({query}) AS last", values)
        median = cursor.fetchone()[0]
    return None if median is None else float(median)


def checked_events(connection: Connection, sweep: str) -> list[dict]:
    """What the check of a sweep found, by event number."""
    with connection, connection.cursor() as cursor:
        cursor.execute("SELECT found FROM dba.twebdownload WHERE sweep = %s AND status = 'done' ORDER BY item::int", (sweep,))
        return [row[0] for row in cursor]


def events_to_fetch(connection: Connection, events: Sequence[int]) -> list[tuple[str, str]]:
    """(event number, address) of the events that exist by their newest active check: the export, else the page with the companies.

    Raises ConfigError when no check was imported.
    """
    with connection, connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass('feeds.tmeetmaxurlcheck') IS NOT NULL")
        if not cursor.fetchone()[0]:
            raise ConfigError("no MeetMax check was imported yet; run meetmax_url_check.py, then run_import_job.py MeetMaxURLCheck")
        cursor.execute(
            "SELECT eventid, coalesce(nullif(downloadlink, ''), url) FROM"
            " (SELECT DISTINCT ON (eventid) eventid, downloadlink, url, ifexists, statuscode FROM feeds.tmeetmaxurlcheck"
            "  JOIN dba.tdataset USING (datasetid) WHERE isactive AND eventid = ANY (%s) ORDER BY eventid, datasetid DESC) AS newest"
            " WHERE ifexists = 'True' AND statuscode = '200' ORDER BY eventid::int",
            ([str(event) for event in events],),
        )
        return list(cursor.fetchall())
