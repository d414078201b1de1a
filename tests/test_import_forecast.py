"""A dry run says what the real run then does, and changes nothing."""
# ruff: noqa: F811

import hashlib
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from config_tables import import_configs
from errors import ConfigError
from generic_import import plan_import
from import_queue import Importer
from test_import import Feed, feed  # noqa: F401  (the fixture)

FILES = {
    "good": "id,day,amount\n1,2026-01-31,1.50\n",
    "bad cell": "id,day,amount\n1,2026-01-31,1.50\n2,soon,1\n",
    "too many bad cells": "id,day,amount\n1,x,1\n2,y,1\n3,z,1\n",
    "a field too many": "id,day,amount\n1,2026-01-31,1,2,3\n2,2026-01-31,1\n",
    "NUL": "id,day,amount\n1,2026-01-31,1\n2,2026-01-31,\0\n",
    "open quote": 'id,day,amount\n1,2026-01-31,"1\n2,2026-01-31,2\n',
    "new column": "id,day,amount,city\n1,2026-01-31,1,Rome\n",
    "missing column": "id,day\n1,2026-01-31\n",
    "wider": "id,day,amount\n1,2026-01-31 17:30,1.239\n",
    "header only": "id,day,amount\n",
    "nothing": "",
    "too few rows": "id,day,amount\n1,2026-01-31,1\n",
    "HTML": "<html><body>Please log in</body></html>",
}


def state(feed: Feed) -> list:
    """Everything a dry run must not touch: the files, and what the tables hold."""
    files = sorted((str(path), hashlib.sha256(path.read_bytes()).hexdigest()) for path in feed.settings.home.rglob("*") if path.is_file())
    tables = ("dba.timportfile", "dba.timportreject", "dba.timportheader", "dba.tdataset", "feeds.orders")
    shape = feed.query("SELECT attname, atttypid::regtype::text FROM pg_attribute WHERE attrelid = 'feeds.orders'::regclass AND attnum > 0")
    return [files, shape, *(feed.query(f"SELECT line::text FROM {table} AS line ORDER BY 1") for table in tables)]


def dry_run(feed: Feed):
    connection = feed.connect_as("etl_user")
    connection.set_session(readonly=True)
    configs = import_configs(connection)
    return plan_import(Importer(feed.settings, connection, "00000000-0000-0000-0000-000000000002", configs[0], tuple(configs)))


def prepared(feed: Feed, strategy: int, column_types: str = "text", **later: object) -> None:
    """A feed with one file in its table; the strategy and what comes `later` are set behind that."""
    types = {"day": "date", "amount": "numeric(12,2)"} if strategy == 3 else None
    feed.configure(types, importstrategyid=1, max_reject_rows=1, column_types=column_types)
    feed.drop("0.csv", "id,day,amount\n0,2026-01-01,0.25\n")
    assert feed.run().failed == 0
    with feed.admin.cursor() as cursor:
        for name, value in {"importstrategyid": strategy, **later}.items():
            cursor.execute(f"UPDATE dba.timportconfig SET {name} = %s WHERE config_name = 'orders'", (value,))


@pytest.mark.parametrize("strategy", [1, 2, 3])
@pytest.mark.parametrize("case", FILES)
def test_a_dry_run_comes_to_the_verdict_of_the_real_run_and_changes_nothing(feed, caplog, case, strategy):
    caplog.set_level("INFO")
    prepared(feed, strategy, "infer" if strategy < 3 else "text", min_rows=2 if case == "too few rows" else 0)
    feed.drop("a.csv", FILES[case])
    before = state(feed)
    caplog.clear()
    outcome = dry_run(feed)
    said = caplog.text
    assert state(feed) == before
    done = feed.run()
    assert (outcome.done, outcome.failed) == (done.done, done.failed), said
    ((status, read, loaded, rejected, skipped),) = feed.query(
        "SELECT status, rows_read, rows_loaded, rows_rejected, rows_skipped FROM dba.timportfile WHERE file_name = 'a.csv'"
    )
    if status == "Loaded":
        words = f"{read} rows read, {loaded} would be loaded into feeds.orders as a dataset of"
        assert words in said and f"{rejected} rejected, {skipped} skipped" in said
    elif status == "Failed":
        assert "it would be refused" in said
    else:
        assert "is empty and would be archived as such" in said


CELL = st.sampled_from(["1", "2026-01-31", "x", "", "1.239", '"a,b"', '"open', "99999999999999999999", "today", "NULL"])


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.lists(CELL, min_size=2, max_size=4), max_size=5))
def test_any_file_gets_the_same_verdict_twice(feed, rows):
    if not feed.query("SELECT 1 FROM dba.timportconfig WHERE config_name = 'orders'"):
        prepared(feed, 3)
    content = "id,day,amount\n" + "".join(",".join(row) + "\n" for row in rows)
    feed.drop("a.csv", content)
    outcome, done = dry_run(feed), feed.run()
    assert (outcome.done, outcome.failed) == (done.done, done.failed)
    for path in Path(feed.archive).rglob("*a*.csv*"):
        path.unlink()


def test_a_dry_run_says_what_would_be_created_added_and_widened_with_a_preview(feed, caplog):
    caplog.set_level("INFO")
    prepared(feed, 1, "infer")
    feed.drop("a.csv", "id,day,amount,city\n7,2026-01-31 10:00,1.5,Rome\n")
    caplog.clear()
    dry_run(feed)
    said = caplog.text
    assert "column day of feeds.orders would change from date to timestamp without time zone" in said
    assert "adding column(s) city text" in said and "id='7', day='2026-01-31 10:00', amount='1.5', city='Rome'" in said


def test_a_wrong_config_is_said_by_a_dry_run_too(feed):
    prepared(feed, 1, post_import_procedure="feeds.nowhere")
    feed.drop("a.csv", FILES["good"])
    with pytest.raises(ConfigError, match="cannot do its work"):
        dry_run(feed)
