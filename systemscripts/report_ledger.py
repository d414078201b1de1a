"""The SQL of reports: dba.treportmanager, dba.treportrun, and the reports' queries, run by a role that only reads."""

import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeVar

import psycopg2
from psycopg2.extensions import connection as Connection
from psycopg2.extensions import cursor as Cursor
from psycopg2.extras import Json

from db_config import connect
from errors import DeliveryError
from report_charts import Chart
from report_tables import BODY_ROWS, Grid
from settings import Settings

QUERY_SECONDS = 300.0
_FETCH_ROWS = 5_000

Result = TypeVar("Result")
RowUse = Callable[[tuple[str, ...], Iterator[tuple]], Result]


class QueryError(DeliveryError):
    """A query of a report did not give its rows. The text is for the operator, never for a client."""


@dataclass(frozen=True)
class Attachment:
    """A file of a report: its name as written, its query, and its format csv or xlsx."""

    name: str
    query: str
    format: str


@dataclass(frozen=True)
class Report:
    """One row of dba.treportmanager. `frequency` None: by hand only; `max_data_age` None: data of any age will do."""

    report_id: int
    name: str
    frequency: str | None
    subject: str
    to: str
    cc: str
    bcc: str
    template: str
    queries: dict[str, str]
    attachments: tuple[Attachment, ...]
    charts: tuple[Chart, ...]
    when_empty: str
    on_error: str
    is_active: bool
    max_data_age: timedelta | None

    def all_queries(self) -> dict[str, str]:
        """Every query of the report, under the words that name it in a message."""
        named = {f"query {name}": query for name, query in self.queries.items()}
        named |= {f"chart {chart.name}": chart.query for chart in self.charts}
        return named | {f"attachment {file.name}": file.query for file in self.attachments}


@dataclass(frozen=True)
class SourceFile:
    """The newest active dataset of a table that a report reads: since when it counts, and the file it came from."""

    active_since: datetime
    file_name: str
    received_at: datetime


@dataclass(frozen=True)
class ReportRun:
    """How one delivery ended, as dba.treportrun keeps it. Status: sent, held, skipped, failed or unknown.

    `size_bytes`, the size of the whole mail, is for the log only.
    """

    status: str
    error: str | None = None
    message_id: str | None = None
    recipients: tuple[str, ...] = ()
    refused: dict[str, str] = field(default_factory=dict)
    row_counts: dict[str, int] = field(default_factory=dict)
    output_path: str | None = None
    size_bytes: int = 0


# --- the reports ------------------------------------------------------------------------------------------------

_FIND = """
SELECT reportid, reportname, frequency, subjectheader, toheader, coalesce(cc, ''), coalesce(bcc, ''), emailbodytemplate,
       emailbodyqueries, CASE WHEN hasattachment THEN attachmentqueries ELSE '[]' END, attachment_format,
       charts, when_empty, on_error, is_active, max_data_age
FROM dba.treportmanager WHERE reportname = %(key)s OR reportid::text = %(key)s
"""


def find_report(connection: Connection, number_or_name: str) -> Report | None:
    """The report of that number or name, or None."""
    with connection, connection.cursor() as cursor:
        cursor.execute(_FIND, {"key": number_or_name})
        row = cursor.fetchone()
    if row is None:
        return None
    *texts, queries, files, default_format, charts, when_empty, on_error, is_active, max_data_age = row
    attachments = tuple(Attachment(f["name"], f["query"], _file_format(f.get("format", default_format))) for f in files)
    return Report(*texts, queries, attachments, tuple(map(_chart, charts)), when_empty, on_error, is_active, max_data_age)


def _file_format(written: str) -> str:
    """XLS in a row means XLSX: nobody should write the old format any more."""
    return {"xls": "xlsx"}.get(written.lower(), written.lower())


def _chart(item: dict) -> Chart:
    y = item.get("y") or ()
    y = (y,) if isinstance(y, str) else tuple(y)
    return Chart(item["name"], item["query"], item.get("type", "bar"), item.get("x"), y, item.get("title", ""))


def active_reports(connection: Connection) -> list[str]:
    """The names of the reports that are switched on, by number."""
    with connection, connection.cursor() as cursor:
        cursor.execute("SELECT reportname FROM dba.treportmanager WHERE is_active ORDER BY reportid")
        return [name for (name,) in cursor]


def files_behind(connection: Connection, tables: set[str]) -> list[SourceFile]:
    """For each `schema.table` that a feed fills, the file of its newest active dataset; newest first."""
    with connection, connection.cursor() as cursor:
        cursor.execute(
            """SELECT DISTINCT ON (target_table) efffromdate, file_name, finished_at
               FROM dba.timportfile JOIN dba.tdataset USING (datasetid)
               WHERE status = 'Loaded' AND isactive AND target_table = ANY (%s)
               ORDER BY target_table, efffromdate DESC, importfileid DESC""",
            (sorted(tables),),
        )
        return sorted((SourceFile(*row) for row in cursor), key=lambda file: file.active_since, reverse=True)


def report_names(connection: Connection) -> list[str]:
    """Every report as 'number name', for a message that has to list them."""
    with connection, connection.cursor() as cursor:
        cursor.execute("SELECT reportid || ' ' || reportname FROM dba.treportmanager ORDER BY reportid")
        return [name for (name,) in cursor]


# --- once per due time ------------------------------------------------------------------------------------------


@contextlib.contextmanager
def report_lock(connection: Connection, report_id: int) -> Iterator[bool]:
    """True while this session alone works on the report. The lock dies with the session, so a dead run holds none."""
    key = f"report:{report_id}"
    with connection, connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(hashtextextended(%s, 0))", (key,))
        (mine,) = cursor.fetchone()
    try:
        yield mine
    finally:
        if mine:
            with contextlib.suppress(psycopg2.Error), connection, connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(hashtextextended(%s, 0))", (key,))


def settle_dead_claims(connection: Connection, report_id: int) -> None:
    """End the claims that a dead run left behind; to be called under the report's lock.

    One whose mail was on its way (it has a message_id) may have arrived: unknown. The others were never sent: failed.
    """
    with connection, connection.cursor() as cursor:
        cursor.execute(
            """UPDATE dba.treportrun SET finished_at = now(),
                   status = CASE WHEN message_id IS NULL THEN 'failed' ELSE 'unknown' END,
                   error = CASE WHEN message_id IS NULL THEN 'the run ended before it was sent'
                                ELSE 'the run ended while the mail server was taking it' END
               WHERE reportid = %s AND status = 'claimed'""",
            (report_id,),
        )


def earlier_run(connection: Connection, report_id: int, due_at: datetime) -> tuple[str | None, str | None]:
    """The status and Message-ID of a delivery so far; (None, None) when nobody took it on yet."""
    with connection, connection.cursor() as cursor:
        cursor.execute(
            "SELECT status, message_id FROM dba.treportrun WHERE reportid = %s AND due_at = %s"
            " ORDER BY status IN ('sent', 'unknown') DESC, attempt DESC LIMIT 1",
            (report_id, due_at),
        )
        return cursor.fetchone() or (None, None)


def claim(connection: Connection, report_id: int, due_at: datetime, *, run_uuid: str, resend: bool) -> int | None:
    """The reportrunid of a delivery that is now this run's; None when it may have been sent and `resend` is off.

    A resend is an attempt of its own: what is known of the mail that went out before stays known.
    """
    with connection, connection.cursor() as cursor:
        cursor.execute(_CLAIM_AGAIN if resend else _CLAIM, {"report": report_id, "due": due_at, "run": run_uuid})
        row = cursor.fetchone()
    return row[0] if row else None


_CLAIM_AGAIN = """
    INSERT INTO dba.treportrun (reportid, due_at, attempt, run_uuid)
    SELECT %(report)s, %(due)s, coalesce(max(attempt), 0) + 1, %(run)s
    FROM dba.treportrun WHERE reportid = %(report)s AND due_at = %(due)s
    RETURNING reportrunid
"""
_CLAIM = """
    INSERT INTO dba.treportrun (reportid, due_at, run_uuid)
    SELECT %(report)s, %(due)s, %(run)s
    WHERE NOT EXISTS (SELECT FROM dba.treportrun WHERE reportid = %(report)s AND due_at = %(due)s
                      AND status NOT IN ('held', 'skipped', 'failed'))
    ON CONFLICT (reportid, due_at, attempt) DO UPDATE
    SET run_uuid = EXCLUDED.run_uuid, status = 'claimed', message_id = NULL, recipients = '{}', refused_recipients = '{}',
        row_counts = '{}', output_path = NULL, error = NULL, claimed_at = now(), finished_at = NULL
    RETURNING reportrunid
"""


def mark_handover(connection: Connection, reportrun_id: int, message_id: str) -> None:
    """Record that from now on the mail may arrive, whatever becomes of this run."""
    with connection, connection.cursor() as cursor:
        cursor.execute("UPDATE dba.treportrun SET message_id = %s WHERE reportrunid = %s", (message_id, reportrun_id))


def finish(connection: Connection, reportrun_id: int, run: ReportRun) -> None:
    """Record how a claimed delivery ended."""
    with connection, connection.cursor() as cursor:
        cursor.execute(
            """UPDATE dba.treportrun SET status = %s, error = %s, message_id = %s, recipients = %s::text[],
                   refused_recipients = %s, row_counts = %s, output_path = %s, finished_at = now()
               WHERE reportrunid = %s""",
            (
                run.status,
                run.error and run.error.replace("\0", ""),
                run.message_id,
                list(run.recipients),
                Json(run.refused),
                Json(run.row_counts),
                run.output_path,
                reportrun_id,
            ),
        )


# --- the queries of a report ------------------------------------------------------------------------------------


@contextlib.contextmanager
def report_session(settings: Settings) -> Iterator[Connection]:
    """A read-only session as the report role, in which every query sees the database at one moment."""
    with contextlib.closing(connect(settings, "report")) as connection:
        connection.set_session(isolation_level="REPEATABLE READ", readonly=True)
        yield connection


def read_grid(session: Connection, query: str, seconds: float = QUERY_SECONDS) -> Grid:
    """The first BODY_ROWS rows of a query and the number of all. Raises QueryError; `seconds` is its time limit."""
    with _opened(session, query, seconds) as rows:
        first = rows.fetch(BODY_ROWS)
        return Grid(rows.columns, first, len(first) + rows.skip_rest())


def read_rows(session: Connection, query: str, use: RowUse[Result], seconds: float = QUERY_SECONDS) -> Result:
    """What `use(columns, rows)` makes of a query's rows, which come in batches. Raises QueryError."""
    with _opened(session, query, seconds) as rows:
        return use(rows.columns, rows.all())


_OPEN_PLAN = """DO $open$ DECLARE report_plan refcursor := 'report_plan';
BEGIN OPEN report_plan NO SCROLL FOR EXECUTE 'EXPLAIN (VERBOSE, FORMAT JSON) ' || current_setting('etl.report_query'); END $open$"""


@dataclass(frozen=True)
class Plan:
    """What a query would give and read, known without running it: its columns, and its tables as `schema.table`."""

    columns: tuple[str, ...]
    tables: frozenset[str]


def plan_query(session: Connection, query: str, seconds: float = 30.0) -> Plan:
    """Have the server plan a query. Raises QueryError as running it would, but reads no row."""
    with _opened(session, query, seconds) as rows:
        return Plan(rows.columns, frozenset(_tables_in(rows.plan())))


def _tables_in(node: object) -> Iterator[str]:
    if isinstance(node, dict):
        if "Relation Name" in node:
            yield f"{node['Schema']}.{node['Relation Name']}"
        node = list(node.values())
    if isinstance(node, list):
        for part in node:
            yield from _tables_in(part)


# The server itself takes exactly one SELECT here: OPEN ... FOR EXECUTE plans the text as one cursor, so a second
# statement or a command is refused before anything runs. The text comes as a value, never as part of a statement.
_OPEN = """DO $open$ DECLARE report_rows refcursor := 'report_rows';
BEGIN OPEN report_rows NO SCROLL FOR EXECUTE current_setting('etl.report_query'); END $open$"""


class _OpenQuery:
    """The rows of a query that is open on the server."""

    def __init__(self, cursor: Cursor, deadline: float) -> None:
        self._cursor = cursor
        self._deadline = deadline
        cursor.execute("FETCH 0 FROM report_rows")
        self.columns = tuple(column.name for column in cursor.description)

    def fetch(self, count: int) -> list[tuple]:
        self._check_time()
        self._cursor.execute("FETCH %s FROM report_rows", (count,))
        return self._cursor.fetchall()

    def all(self) -> Iterator[tuple]:
        while batch := self.fetch(_FETCH_ROWS):
            yield from batch

    def skip_rest(self) -> int:
        """Run the query to its end on the server; returns how many rows were left."""
        self._check_time()
        self._cursor.execute("MOVE FORWARD ALL IN report_rows")
        return self._cursor.rowcount

    def plan(self) -> object:
        """PostgreSQL's plan of the query, as JSON."""
        self._cursor.execute(_OPEN_PLAN)
        self._cursor.execute("FETCH ALL FROM report_plan")
        return self._cursor.fetchone()[0]

    def _check_time(self) -> None:
        if time.monotonic() > self._deadline:
            raise TimeoutError


@contextlib.contextmanager
def _opened(session: Connection, query: str, seconds: float) -> Iterator[_OpenQuery]:
    """A query of a report, opened and always undone: the savepoint takes back settings and locks it made as well."""
    if "\0" in query:
        raise QueryError("the query holds a NUL character; write it again")
    try:
        with session.cursor() as cursor:
            cursor.execute("SAVEPOINT report_query")
            try:
                with _cancelled_after(session, seconds):
                    cursor.execute("SET LOCAL statement_timeout = %s", (int(seconds * 1000),))
                    cursor.execute("SELECT set_config('etl.report_query', %s, true)", (query,))
                    cursor.execute(_OPEN)
                    yield _OpenQuery(cursor, time.monotonic() + seconds)
            finally:
                if not session.closed:
                    cursor.execute("ROLLBACK TO SAVEPOINT report_query")
    except (TimeoutError, psycopg2.extensions.QueryCanceledError) as error:
        raise QueryError(f"took longer than {seconds:g} seconds and was stopped; make the query faster") from error
    except psycopg2.errors.InvalidCursorDefinition as error:
        raise QueryError("is not one SELECT; write a single SELECT statement") from error
    except psycopg2.Error as error:
        reason = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise QueryError(f"failed: {reason}; correct the query") from error


@contextlib.contextmanager
def _cancelled_after(session: Connection, seconds: float) -> Iterator[None]:
    """Cancels from outside whatever the session runs after that time: a query can lift its own statement_timeout.

    Again every half second until the block ends, because a cancel that meets no running statement does nothing.
    """
    done = threading.Event()

    def watch() -> None:
        if done.wait(seconds):
            return
        while not done.wait(0.5):
            with contextlib.suppress(psycopg2.Error):
                session.cancel()

    watcher = threading.Thread(target=watch, name="report query time limit", daemon=True)
    watcher.start()
    try:
        yield
    finally:
        done.set()
        watcher.join()
