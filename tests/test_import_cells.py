"""Nothing is ever cut: a value that a column would hold only in part widens the column or is refused, never trimmed in silence."""
# ruff: noqa: F811

import os

import pytest

from cell_rules import cell_fault, larger_type
from test_import import Feed, feed  # noqa: F401  (the fixture)
from test_import_types import make_table, table_types

HELD = [
    ("date", "2026-01-31"), ("date", "2026-01-31 00:00:00"), ("date", "31 Jan 2026"), ("date", "20260131"),
    ("timestamp without time zone", "2026-01-31T17:30"), ("timestamp without time zone", "2026-01-31 5:30 PM"),
    ("timestamp with time zone", "2026-01-31 17:30 -0500"), ("time without time zone", "17:30"), ("time with time zone", "17:30+05"),
    ("numeric(12,2)", "1.20"), ("numeric(12,2)", "1.2000"), ("numeric(12,2)", "1e3"), ("numeric(12,2)", "NaN"), ("numeric(12,2)", "-5"),
]  # fmt: skip
NOT_HELD = [
    ("date", "2026-01-31 17:30", "timestamp without time zone"), ("date", "2026-01-31T17:30", "timestamp without time zone"),
    ("date", "2026-01-31 17:30 -0500", None), ("date", "today", None), ("date", "2-Jan-24", None), ("date", "17:30", None),
    ("timestamp without time zone", "2026-01-31 10:00:00+05", None), ("timestamp without time zone", "10:00", None),
    ("time without time zone", "17:30+05", None), ("time without time zone", "now", None),
    ("numeric(12,2)", "1.239", "numeric"), ("numeric(12,2)", "1.234e-1", "numeric"), ("numeric(5,0)", "1.5", "numeric"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "value"), HELD)
def test_a_value_that_the_column_holds_whole_is_taken(kind, value):
    assert cell_fault(kind, value) is None


@pytest.mark.parametrize(("kind", "value", "wider"), NOT_HELD)
def test_a_value_that_the_column_would_cut_is_refused_and_the_type_that_holds_it_is_named(kind, value, wider):
    message, found = cell_fault(kind, value)
    assert found == wider and repr(value) in message and ";" in message


def test_the_larger_types_follow_what_postgresql_refused():
    assert larger_type("integer", "22P02", "1.5") == "numeric" and larger_type("integer", "22P02", "abc") is None
    assert larger_type("smallint", "22003", "70000") == "bigint" and larger_type("character varying(3)", "22001", "abcd") == "text"


LINEAGE = "datasetid bigint DEFAULT dba.f_loading_datasetid()"
CUT = {
    "d date": ("2026-02-01 17:30:00", "timestamp without time zone"),
    "n numeric(12,2)": ("1.239", "numeric"),
    "i integer": ("1.5", "numeric"),
    "t time": ("17:30+05", None),
    "s timestamp": ("2026-02-01 10:00:00+05", None),
}


@pytest.mark.parametrize("infer", [True, False], ids=["infer", "text"])
@pytest.mark.parametrize("strategy", [1, 2, 3])
@pytest.mark.parametrize("column", CUT)
def test_in_an_existing_column_it_is_widened_by_strategy_1_or_refused(feed: Feed, column, strategy, infer):
    value, wider = CUT[column]
    name, kind = column.split()
    make_table(feed, f"{LINEAGE}, k text, {column}")
    feed.configure(importstrategyid=strategy, max_reject_rows=1, column_types="infer" if infer else "text")
    before = table_types(feed)
    feed.drop("a.csv", f"k,{name}\nx,{value}\ny,\n")
    feed.run()
    if strategy == 1 and (wider or (infer and kind == "timestamp")):
        assert feed.ledger() == [("a.csv", "Loaded", 2, 2, 0, 0)]
        assert table_types(feed)[name] in (wider, "text")
    else:
        assert feed.ledger() == [("a.csv", "Loaded", 2, 1, 1, 0)]
        assert feed.query("SELECT column_name, raw_text FROM dba.timportreject") == [(name, f"x,{value}")]
        assert table_types(feed) == before


def test_a_value_too_wide_behind_a_bad_row_widens_as_well(feed: Feed):
    make_table(feed, f"{LINEAGE}, k text, n integer")
    feed.configure(max_reject_rows=1)
    feed.drop("a.csv", "k,n\nx,abc\ny,30000000000\nz,1\n")
    feed.run()
    assert feed.ledger() == [("a.csv", "Loaded", 3, 2, 1, 0)] and table_types(feed)["n"] == "bigint"


def test_a_date_format_with_hours_does_not_lose_them_in_a_date_column(feed: Feed):
    make_table(feed, f"{LINEAGE}, d date")
    config_id = feed.configure(max_reject_rows=1)
    with feed.admin.cursor() as cursor:
        cursor.execute(
            "INSERT INTO dba.timportcolumn (config_id, source_name, data_type, date_format) VALUES (%s, 'd', 'date', 'dd.MM.yyyyTHHmm')",
            (config_id,),
        )
    feed.drop("a.csv", "d\n31.01.2026T1730\n31.01.2026T0000\n")
    feed.run()
    assert feed.ledger() == [("a.csv", "Loaded", 2, 1, 1, 0)]


def test_a_file_without_rows_leaves_the_table_as_it_was(feed: Feed):
    feed.configure(column_types="infer")
    feed.drop("a.csv", "a,b\n")
    feed.run()
    assert feed.ledger() == [("a.csv", "Empty", 0, 0, 0, 0)]
    feed.drop("b.csv", "a,b\n1,2026-01-01\n")
    feed.run()
    assert table_types(feed) == {"a": "bigint", "b": "date"}


@pytest.mark.parametrize("content", ["", "day,v\n", "day,v\n\n\n"])
def test_a_file_whose_rows_should_tell_the_date_is_empty_without_rows(feed: Feed, content):
    feed.configure(dateconfig="file_content", datelocation="day", dateformat="yyyyMMdd")
    feed.drop("a.csv", content)
    feed.run()
    assert feed.ledger() == [("a.csv", "Empty", 0, 0, 0, 0)]


@pytest.mark.parametrize("field", ["header_row", "skip_rows"])
def test_a_header_beyond_the_end_of_the_file_is_refused(feed: Feed, field):
    feed.configure(**{field: 9})
    feed.drop("a.csv", "a,b\n1,2\n")
    feed.run()
    assert feed.ledger()[0][:2] == ("a.csv", "Failed")
    assert f"{field} {'is ' if field == 'skip_rows' else ''}9" in feed.query("SELECT error FROM dba.timportfile")[0][0]


def test_the_day_of_a_file_is_the_day_in_the_configured_zone(feed: Feed):
    feed.configure()
    path = feed.drop("a.csv", "a\n1\n")
    os.utime(path, (1_767_236_400, 1_767_236_400))  # 2026-01-01 03:00 UTC, still 2025 in New York
    feed.run()
    assert feed.query("SELECT datasetdate::text FROM dba.tdataset") == [("2025-12-31",)]


def test_rows_read_are_on_record_when_the_procedure_refuses_them(feed: Feed):
    feed.configure(post_import_procedure="feeds.after")
    with feed.connection, feed.connection.cursor() as cursor:
        cursor.execute("CREATE SCHEMA feeds; CREATE PROCEDURE feeds.after(d bigint) LANGUAGE plpgsql AS $$BEGIN RAISE 'no'; END$$")
    feed.drop("a.csv", "a\n1\n2\n")
    feed.run()
    assert feed.ledger() == [("a.csv", "Failed", 2, 0, 0, 2)]
