"""Report SQL, run for real as the report role: one SELECT, read-only, stopped in time, and nothing left behind."""

import contextlib
import time
from datetime import UTC
from pathlib import Path

import psycopg2
import pytest

from report_queries import QueryError, copy_csv, plan_query, read_grid, read_rows, report_session

HOSTILE = [
    "DELETE FROM sales.orders",
    "DELETE FROM sales.orders RETURNING *",
    "WITH gone AS (DELETE FROM sales.orders RETURNING *) SELECT * FROM gone",
    "UPDATE sales.orders SET amount = 0",
    "SELECT 1; DELETE FROM sales.orders",
    "SELECT 1; COMMIT; SET default_transaction_read_only = off; DELETE FROM sales.orders",
    "COMMIT",
    "ROLLBACK; SELECT 1",
    "SET TRANSACTION READ WRITE",
    "SELECT set_config('transaction_read_only', 'off', false)",
    "SELECT * INTO sales.stolen FROM sales.orders",
    "CREATE TABLE stolen (x int)",
    "CREATE TEMPORARY TABLE stolen (x int)",
    "DROP TABLE sales.orders",
    "TRUNCATE sales.orders",
    "COPY sales.orders TO '/tmp/stolen.csv'",
    "COPY (SELECT 1) TO PROGRAM 'touch /tmp/stolen'",
    "SELECT pg_read_file('/etc/passwd')",
    "SELECT lo_import('/etc/passwd')",
    "SELECT nextval('sales.orders_id_seq')",
    "SELECT setval('sales.orders_id_seq', 1)",
    "SELECT * FROM dba.tjobrun",
    "SELECT * FROM dba.treportmanager",
    "SELECT rolpassword FROM pg_authid",
    "SELECT * FROM sales.orders FOR UPDATE",
    "DO $$ BEGIN DELETE FROM sales.orders; END $$",
    "CALL dba.ppurgeoldlogs()",
    "EXPLAIN ANALYZE DELETE FROM sales.orders",
    "SET ROLE etl_user",
    "SET SESSION AUTHORIZATION etl_user",
    "LOCK TABLE sales.orders IN ACCESS EXCLUSIVE MODE",
    "NOTIFY x",
    "PREPARE x AS SELECT 1",
    "$$",
    "SELECT 'not closed",
    "SELECT 1 /* not closed",
    "SELECT 1)",
    "",
    ";",
    "SELECT 1 \0",
]


@pytest.fixture
def orders(connect_as):
    """A target table as the importer makes it, with three rows; the connection of its owner."""
    connection = connect_as("etl_user")
    connection.cursor().execute(
        """CREATE SCHEMA sales; CREATE TABLE sales.orders (id int GENERATED ALWAYS AS IDENTITY, amount numeric);
           INSERT INTO sales.orders (amount) VALUES (1.50), (2), (NULL)"""
    )
    connection.commit()
    return connection


@pytest.fixture
def session(settings, orders):
    with report_session(settings) as connection:
        yield connection


def test_every_hostile_query_is_refused_changes_nothing_and_the_next_query_works(session, orders):
    for query in HOSTILE:
        try:
            grid = read_grid(session, query, seconds=5)
        except QueryError as error:
            assert "\n" not in str(error), query
        else:
            pytest.fail(f"{query!r} gave {grid.rows}")
        assert read_grid(session, "SELECT sum(amount) FROM sales.orders").rows[0][0] == 3.5, query
        with orders, orders.cursor() as cursor:
            cursor.execute("SELECT count(*), sum(amount), to_regclass('sales.stolen'), max(id) FROM sales.orders")
            assert cursor.fetchone() == (3, 3.5, None, 3), query
            cursor.execute("SELECT last_value FROM sales.orders_id_seq")
            assert cursor.fetchone() == (3,), query


def test_planning_or_copying_a_hostile_query_changes_nothing_either(session, orders, tmp_path):
    """What --check does with a query, and what a CSV attachment does."""
    for query in HOSTILE:
        with contextlib.suppress(QueryError):  # a read of what the role may not see is planned, and refused when it runs
            plan_query(session, query)
        with (tmp_path / "a.csv").open("wb") as file, pytest.raises(QueryError):
            copy_csv(session, query, lambda columns, file=file: file, UTC)
        with orders, orders.cursor() as cursor:
            cursor.execute("SELECT count(*), sum(amount), to_regclass('sales.stolen'), max(id) FROM sales.orders")
            assert cursor.fetchone() == (3, 3.5, None, 3), query
            cursor.execute("SELECT last_value FROM sales.orders_id_seq")
            assert cursor.fetchone() == (3,), query
        assert (tmp_path / "a.csv").read_bytes() == b"", query
    assert not Path("/tmp/stolen").exists() and not Path("/tmp/stolen.csv").exists()


BREAKOUTS = [
    "SELECT 1) TO STDOUT; DELETE FROM sales.orders; COPY (SELECT 2",
    "SELECT 1) AS report TO PROGRAM 'touch /tmp/stolen'; SELECT (2",
    "SELECT 1) AS report) TO PROGRAM 'touch /tmp/stolen' --",
    "SELECT 1 /*",
    "SELECT 1 --) AS report",
    "SELECT 1; --",
    "SELECT ';--'",
]


@pytest.mark.parametrize("query", BREAKOUTS)
def test_a_query_cannot_end_the_statement_that_copies_it(session, orders, tmp_path, query):
    with (tmp_path / "a.csv").open("w+b") as file:
        try:
            assert copy_csv(session, query, lambda columns: file, UTC) == 1
        except QueryError:
            assert file.tell() == 0
    with orders, orders.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM sales.orders")
        assert cursor.fetchone() == (3,)
    assert not Path("/tmp/stolen").exists()


@pytest.mark.parametrize(
    "query",
    [
        "SELECT pg_sleep(60)",
        "SELECT set_config('statement_timeout', '0', false), pg_sleep(60)",
        # the limit is lifted by the first row, the sleep comes with a later one
        "SELECT set_config('statement_timeout', '0', false), CASE WHEN n > 500 THEN pg_sleep(60) END FROM generate_series(1, 502) n",
        "SELECT count(*) FROM generate_series(1, 100000) a, generate_series(1, 100000) b",
    ],
)
def test_a_query_that_takes_too_long_is_stopped_even_when_it_lifts_its_own_limit(session, query):
    start = time.monotonic()
    with pytest.raises(QueryError, match=r"took longer than 0\.5 seconds"):
        read_grid(session, query, seconds=0.5)
    assert time.monotonic() - start < 4
    assert read_grid(session, "SELECT current_setting('statement_timeout')").rows != [("0",)]


def test_a_slow_reader_of_many_rows_is_stopped_too(session):
    def use(columns, rows):
        for _ in rows:
            time.sleep(0.001)

    with pytest.raises(QueryError, match="took longer"):
        read_rows(session, "SELECT n FROM generate_series(1, 100000) n", use, seconds=0.5)


def test_what_one_query_sets_the_next_does_not_see(session):
    read_grid(session, "SELECT set_config('search_path', 'nowhere', false), set_config('etl.mark', 'here', false)")
    [row] = read_grid(session, "SELECT current_setting('search_path'), current_setting('etl.mark', true)").rows
    assert row[0] != "nowhere" and row[1] in (None, "")


def test_a_grid_has_the_first_rows_and_knows_them_all(session):
    grid = read_grid(session, "SELECT n AS number, 'x' AS text FROM generate_series(1, 200000) n;  -- a comment")
    assert (grid.columns, len(grid.rows), grid.rows[-1], grid.total) == (("number", "text"), 500, (500, "x"), 200_000)


@pytest.mark.parametrize("rows", [0, 1, 499, 500, 501])
def test_the_total_is_right_at_the_edges(session, rows):
    grid = read_grid(session, f"SELECT n FROM generate_series(1, {rows}) n")
    assert (len(grid.rows), grid.total, grid.columns) == (min(rows, 500), rows, ("n",))


def test_percent_signs_and_quotes_are_part_of_the_query(session):
    assert read_grid(session, "SELECT '100 %s' AS \"%(x)s\", $q$it's$q$").rows == [("100 %s", "it's")]


def test_all_queries_of_a_report_see_one_moment(session, orders):
    before = read_grid(session, "SELECT count(*) FROM sales.orders").rows
    with orders, orders.cursor() as cursor:
        cursor.execute("INSERT INTO sales.orders (amount) VALUES (99)")
    assert read_grid(session, "SELECT count(*) FROM sales.orders").rows == before


def test_a_query_that_ends_its_own_session_is_an_error_of_the_query(session):
    with pytest.raises(QueryError):
        read_grid(session, "SELECT pg_terminate_backend(pg_backend_pid())", seconds=5)
    with pytest.raises(QueryError):
        read_grid(session, "SELECT 1")


def test_no_report_leaves_a_session_behind(settings, orders):
    with contextlib.suppress(QueryError), report_session(settings) as session:
        read_grid(session, "SELECT pg_sleep(60)", seconds=0.3)
    with orders.cursor() as cursor:
        for _ in range(50):
            cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE usename = 'etl_report' AND datname = current_database()")
            if cursor.fetchone() == (0,):
                return
            orders.rollback()
            time.sleep(0.1)
    pytest.fail("a report session is still there")


def test_the_report_role_cannot_write_without_the_sender_either(connect_as, orders):
    connection = connect_as("etl_report")
    with pytest.raises(psycopg2.Error), connection.cursor() as cursor:
        cursor.execute("SET default_transaction_read_only = off; DELETE FROM sales.orders")
