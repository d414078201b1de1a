"""The database around a file: locks, limits and the feed's own procedure stop a file whole or not at all."""
# ruff: noqa: F811

import contextlib
import subprocess
import threading
import time

import pytest
from psycopg2 import errors

from column_plan import Strategy, make_plan
from errors import ConfigError
from models import Outcome
from target_table import apply_plan, lock_shape, table_columns
from test_import import GOOD, Feed, feed  # noqa: F401  (the fixture)
from test_import_folder import IMPORT, names, untouched

# --- two sessions make one thing ---------------------------------------------------------------------------------------


def test_a_schema_that_another_importer_has_just_made_is_found(connect_as):
    """The session has looked for the schema before, and keeps what it found in a cache."""
    mine, other = connect_as("etl_user"), connect_as("etl_user")
    plan = make_plan(Strategy.CREATE_COLUMNS, ["a"], None, known={})
    with mine, mine.cursor() as cursor:
        cursor.execute("SAVEPOINT empty_file")
        apply_plan(cursor, "feeds.mine", plan)
        cursor.execute("ROLLBACK TO SAVEPOINT empty_file")
        assert table_columns(cursor, "feeds.mine") is None
    with mine, mine.cursor() as cursor:
        assert table_columns(cursor, "feeds.mine") is None
        lock_shape(cursor, "feeds.mine")
        with other, other.cursor() as cursor_of_other:
            apply_plan(cursor_of_other, "feeds.other", plan)
        apply_plan(cursor, "feeds.mine", plan)
        assert list(table_columns(cursor, "feeds.mine")) == ["datasetid", "a"]


def test_a_schema_that_an_admin_makes_at_this_moment_is_no_fault_of_the_file(feed, connect_as):
    feed.configure()
    path = feed.drop("orders.csv", GOOD)
    admin = connect_as("postgres")
    with admin.cursor() as cursor:
        cursor.execute("CREATE SCHEMA feeds")
        result = []
        importer = threading.Thread(target=lambda: result.append(feed.run()))
        importer.start()
        while not feed_waits(connect_as):
            time.sleep(0.05)
        admin.commit()
        importer.join()
    assert result[0].failed == 1 and path.exists() and feed.ledger() == []
    with admin, admin.cursor() as cursor:
        cursor.execute("GRANT ALL ON SCHEMA feeds TO etl_user")
    assert feed.run().done == 1


def feed_waits(connect_as) -> bool:
    with connect_as("postgres") as connection, connection.cursor() as cursor:
        cursor.execute("SELECT FROM pg_stat_activity WHERE query LIKE 'CREATE SCHEMA%' AND wait_event_type = 'Lock'")
        return cursor.rowcount > 0


# --- locks and time limits ---------------------------------------------------------------------------------------------


def limit_statements(connect_as, milliseconds: int) -> None:
    admin = connect_as("postgres")
    with admin, admin.cursor() as cursor:
        cursor.execute("SELECT current_database()")
        cursor.execute(f"ALTER ROLE etl_user IN DATABASE {cursor.fetchone()[0]} SET statement_timeout = {milliseconds}")


@contextlib.contextmanager
def holding(connection, statement: str):
    """Another session in the middle of a transaction."""
    with connection.cursor() as cursor:
        cursor.execute(statement)
        yield
    connection.rollback()


def test_a_reader_in_the_way_of_a_new_column_makes_the_file_wait_for_the_next_run(feed, connect_as):
    feed.configure()
    feed.drop("0.csv", "id\n0\n")
    feed.run()
    limit_statements(connect_as, 700)
    feed.connection = connect_as("etl_user")
    feed.drop("a.csv", "id,city\n1,Rome\n")
    with holding(connect_as("etl_admin"), "SELECT * FROM feeds.orders"):
        assert feed.run() == Outcome(0, 1, "orders: 0 file(s) done, 1 failed")
        assert names(feed.inbox) == ["a.csv"] and len(feed.ledger()) == 1
        feed.drop("b.csv", "id\n2\n")
        assert feed.run() == Outcome(1, 1, "orders: 1 file(s) done, 1 failed"), "no new column: the reader is in nobody's way"
    assert feed.run().failed == 0
    assert feed.query("SELECT id, city FROM feeds.orders ORDER BY id") == [("0", None), ("1", "Rome"), ("2", None)]


def test_a_statement_timeout_leaves_everything_as_before(feed, connect_as):
    feed.configure()
    limit_statements(connect_as, 60)
    feed.connection = connect_as("etl_user")
    feed.drop("a.csv", "id,name\n" + "1,abcdefgh\n" * 2_000_000)
    assert feed.run() == Outcome(0, 1, "orders: 0 file(s) done, 1 failed")
    untouched(feed, "a.csv")
    assert feed.query("SELECT to_regclass('feeds.orders') IS NULL") == [(True,)]


# --- the feed's own procedure and limits ------------------------------------------------------------------------------


def post_import(feed: Feed, body: str) -> None:
    with feed.connection, feed.connection.cursor() as cursor:
        cursor.execute("CREATE SCHEMA feeds; CREATE TABLE feeds.seen (datasetid bigint, note text); CREATE TABLE feeds.other (a int)")
        cursor.execute(f"CREATE PROCEDURE feeds.after(d bigint) LANGUAGE plpgsql AS $$ BEGIN {body} END $$")
    feed.configure(post_import_procedure="feeds.after")


def test_a_deadlock_leaves_the_file_for_the_next_run(feed, connect_as):
    post_import(feed, "PERFORM pg_sleep(0.5); LOCK TABLE feeds.other;")
    feed.drop("0.csv", "id\n0\n")
    assert feed.run().failed == 0
    feed.drop("a.csv", "id\n1\n")
    other = connect_as("postgres")

    def lock_the_other_way_round() -> None:
        with other.cursor() as cursor:
            cursor.execute("SET deadlock_timeout = '1h'; LOCK TABLE feeds.other")
            locked.set()
            time.sleep(0.25)
            cursor.execute("LOCK TABLE feeds.orders")
        other.rollback()

    locked = threading.Event()
    thread = threading.Thread(target=lock_the_other_way_round)
    thread.start()
    locked.wait()
    outcome = feed.run()
    thread.join()
    assert outcome == Outcome(0, 1, "orders: 0 file(s) done, 1 failed")
    assert names(feed.inbox) == ["a.csv"] and len(feed.ledger()) == 1
    assert feed.run().failed == 0
    assert feed.query("SELECT id FROM feeds.orders ORDER BY 1") == [("0",), ("1",)]


FAILURES = {
    "raises": "RAISE EXCEPTION 'totals differ';",
    "divides by zero": "PERFORM 1 / 0;",
    "breaks a rule": "INSERT INTO feeds.other VALUES (1), (NULL); ALTER TABLE feeds.other ALTER a SET NOT NULL;",
}
# what is wrong with the procedure is nothing that the client's file can mend
MISTAKES = {
    "names no table": "PERFORM * FROM feeds.nowhere;",
    "may not do what it does": "DELETE FROM dba.tdataset;",
}


@pytest.mark.parametrize("body", FAILURES.values(), ids=FAILURES)
def test_a_post_import_procedure_that_fails_undoes_the_whole_file(feed, body):
    post_import(feed, f"INSERT INTO feeds.seen VALUES (d, 'x'); {body}")
    feed.drop("a.csv", GOOD)
    assert feed.run() == Outcome(0, 1, "orders: 0 file(s) done, 1 failed")
    assert [row[:2] for row in feed.ledger()] == [("a.csv", "Failed")]
    assert feed.query("SELECT count(*) FROM feeds.seen") == feed.query("SELECT count(*) FROM dba.tdataset") == [(0,)]
    assert feed.query("SELECT to_regclass('feeds.orders') IS NULL") == [(True,)]
    assert "feeds.after refused the file" in (feed.archive / "rejected" / "a.csv.error.txt").read_text()


@pytest.mark.parametrize("body", MISTAKES.values(), ids=MISTAKES)
def test_a_post_import_procedure_that_cannot_work_leaves_the_file_and_the_others_go_on(feed, body):
    post_import(feed, body)
    feed.drop("a.csv", GOOD)
    feed.drop("b.csv", "id,name\n")
    with pytest.raises(ConfigError, match=r"a\.csv: post_import_procedure feeds\.after cannot do its work"):
        feed.run()
    assert names(feed.inbox) == ["a.csv"]
    assert [row[:2] for row in feed.ledger()] == [("b.csv", "Empty")]


def test_a_post_import_procedure_sees_its_rows_and_its_work_is_kept(feed):
    post_import(feed, "INSERT INTO feeds.seen SELECT d, count(*) FROM feeds.orders WHERE datasetid = d;")
    feed.drop("a.csv", GOOD)
    assert feed.run().failed == 0
    assert feed.query("SELECT datasetid, note FROM feeds.seen") == [(1, "3")]


@pytest.mark.parametrize(
    ("content", "status"), [(GOOD, "Loaded"), ("id,name\n1,a\n2,b\n", "Failed"), ("id,name\n", "Failed"), ("", "Failed")]
)
def test_a_file_with_fewer_rows_than_min_rows_is_refused(feed, content, status):
    feed.configure(min_rows=3)
    feed.drop("a.csv", content)
    assert feed.run().failed == (status == "Failed")
    assert feed.ledger()[0][1] == status
    if status == "Failed":
        assert "min_rows asks for 3" in (feed.archive / "rejected" / "a.csv.error.txt").read_text()


def test_a_target_that_etl_user_may_not_write_is_an_error_of_the_config(feed, connect_as, job_env):
    admin = connect_as("postgres")
    with admin, admin.cursor() as cursor:
        cursor.execute(
            "CREATE SCHEMA feeds; CREATE TABLE feeds.orders (datasetid bigint, id text); GRANT USAGE ON SCHEMA feeds TO etl_user"
        )
    feed.configure(importstrategyid=2)
    feed.drop("a.csv", GOOD)
    result = subprocess.run(IMPORT, env=job_env, capture_output=True, text=True)
    assert result.returncode == 2 and "feeds.orders" in result.stderr and "Traceback" not in result.stderr
    untouched(feed, "a.csv")
    with pytest.raises(errors.InsufficientPrivilege):
        feed.query("SELECT * FROM feeds.orders")
