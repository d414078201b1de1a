"""The queries of reports, run by a role that only reads: one SELECT each, within a time limit, at one moment of the database."""

import contextlib
import re
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import tzinfo
from typing import BinaryIO, TypeVar

import psycopg2
from psycopg2.extensions import connection as Connection
from psycopg2.extensions import cursor as Cursor

from db_config import connect
from errors import DeliveryError
from report_tables import BODY_ROWS, Grid
from settings import Settings

QUERY_SECONDS = 300.0
_FETCH_ROWS = 5_000

Result = TypeVar("Result")
RowUse = Callable[[tuple[str, ...], Iterator[tuple]], Result]


class QueryError(DeliveryError):
    """A query of a report did not give its rows. The text is for the operator, never for a client."""


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


# What a spreadsheet takes for a formula (see would_run) gets an apostrophe before it; a number such as -12.50 stays one.
_TEXT_CELL = (
    "CASE WHEN ascii({0}::text) IN (9, 13, 43, 45, 61, 64) AND {0}::text !~ '^[+-]?[0-9]+(\\.[0-9]+)?$' THEN '''' || {0}::text"
    " ELSE {0}::text END"
)
# By the number of a type in pg_type: numbers as they are, true and false as words, moments in the report's zone.
_CELLS = {
    **dict.fromkeys((20, 21, 23, 700, 701, 1082, 1700), "{0}"),
    16: "{0}::text",
    1114: "date_trunc('second', {0})",
    1184: "date_trunc('second', {0} AT TIME ZONE {1})",
}
_LAST_SEMICOLON = re.compile(r";(\s|--[^\n]*|/\*.*?\*/)*\Z", re.DOTALL)


def copy_csv(session: Connection, query: str, into: Callable[[tuple[str, ...]], BinaryIO], zone: tzinfo) -> int:
    """Have the server write the rows as CSV to the file that `into` gives for their columns, and return how many they were.

    A text that a spreadsheet would run gets an apostrophe before it. Raises QueryError.
    """
    with _opened(session, query, QUERY_SECONDS) as rows:
        columns, types = rows.columns, rows.types
    names = [f"c{number}" for number in range(len(types))]
    zone_name = psycopg2.extensions.adapt(str(zone)).getquoted().decode()
    cells = ", ".join(_CELLS.get(kind, _TEXT_CELL).format(name, zone_name) for name, kind in zip(names, types, strict=True))
    if len(names) == 1:
        cells = f"coalesce(({cells})::text, '')"  # a lone NULL would be an empty line, which readers pass over
    alias = f"report ({', '.join(names)})" if names else "report"
    wrapped = f"SELECT {cells} FROM (\n{_LAST_SEMICOLON.sub('', query)}\n) AS {alias}"
    # The server takes it as one SELECT before it stands in a statement of ours, so nothing in it can end that statement.
    with _opened(session, wrapped, QUERY_SECONDS) as rows:
        return rows.copy(wrapped, into(columns))


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
        self.types = tuple(column.type_code for column in cursor.description)

    def fetch(self, count: int) -> list[tuple]:
        self._check_time()
        self._cursor.execute("FETCH %s FROM report_rows", (count,))
        return self._cursor.fetchall()

    def all(self) -> Iterator[tuple]:
        while batch := self.fetch(_FETCH_ROWS):
            yield from batch

    def copy(self, query: str, file: BinaryIO) -> int:
        """Write the rows of `query`, which is the one that is open, as CSV."""
        self._cursor.copy_expert(f"COPY ({query}) TO STDOUT (FORMAT csv, ENCODING 'UTF8')", file)
        return self._cursor.rowcount

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
