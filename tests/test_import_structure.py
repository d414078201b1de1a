"""Structure: whatever the quotes, delimiters, titles and footers of a file, no value moves to a neighbour's place and no row is lost."""
# ruff: noqa: F811

import csv
import io
import random
import subprocess
import sys
import time

import pytest

from conftest import ROOT
from csv_dialect import examine
from models import Outcome
from test_import import Feed, feed  # noqa: F401  (the fixture)

IMPORT = [sys.executable, str(ROOT / "jobscripts" / "run_import_job.py"), "orders"]
# A small process in between: a child's peak starts with the memory of the process that made it.
MEASURE = """
import resource, subprocess, sys
code = subprocess.run(sys.argv[1:]).returncode
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
sys.exit(code)
"""


def columns_of(feed: Feed) -> list[str]:
    return [
        name
        for (name,) in feed.query(
            "SELECT attname::text FROM pg_attribute WHERE attrelid = to_regclass('feeds.orders') AND attnum > 0"
            " AND NOT attisdropped AND attname <> 'datasetid' ORDER BY attnum"
        )
    ]


# --- dialects and frames around the table -----------------------------------------------------------------------------

# what is in the file, the config, the columns and rows that must come of it
READ = {
    "semicolon": ("id;name\n1;a,b\n2;c\n", {}, [("1", "a,b"), ("2", "c")]),
    "tab": ("id\tname\n1\ta b\n", {}, [("1", "a b")]),
    "pipe": ("id|name\n1|a;b,c\n", {}, [("1", "a;b,c")]),
    "colon, as declared": ("id:name\n1:a,b;c\n", {"field_delimiter": ":"}, [("1", "a,b;c")]),
    "tab, as declared": ("id\tname\n1\ta,b\n", {"field_delimiter": "\\t"}, [("1", "a,b")]),
    "caret, as declared": ("id^name\n1^a.b\n", {"field_delimiter": "^"}, [("1", "a.b")]),
    "space, as declared": ("id name\n1 a,b\n", {"field_delimiter": " "}, [("1", "a,b")]),
    "apostrophes, as declared": ("id,name\n1,'a,''b'''\n", {"quote_char": "'"}, [("1", "a,'b'")]),
    "delimiters inside quotes": ('id,name\n1,"a;b;c"\n2,"d;e;f"\n', {}, [("1", "a;b;c"), ("2", "d;e;f")]),
    "sep=;": ("sep=;\r\nid;name\r\n1;a\r\n", {}, [("1", "a")]),
    "sep=|": ("sep=|\nid|name\n1|a,b\n", {}, [("1", "a,b")]),
    "a delimiter declared against sep=": ("sep=;\nid,name\n1,a;b\n", {"field_delimiter": ","}, [("1", "a;b")]),
    "a title line": ('Orders of "May\nid,name\n1,a\n', {"skip_rows": 1}, [("1", "a")]),
    "a title record": ("Orders\n\nid,name\n1,a\n", {"header_row": 2}, [("1", "a")]),
    "titles and blank lines": ("Orders\n\n\nof May,,\nid,name\n1,a\n", {"skip_rows": 3, "header_row": 2}, [("1", "a")]),
    "a quoted newline in the header": ('id,"na\nme"\n1,a\n', {}, [("1", "a")]),
    "a quoted newline in the first row": ('id,name\n1,"a\nb"\n2,c\n', {}, [("1", "a\nb"), ("2", "c")]),
    "CR LF inside quotes": ('id,name\r\n1,"a\r\nb"\r\n', {}, [("1", "a\r\nb")]),
    "a quoted newline in every row": ('id,name\n1,"\n"\n2,"\n\n"\n', {}, [("1", "\n"), ("2", "\n\n")]),
    "empty quotes": ('id,name\n1,""\n"",b\n', {}, [("1", None), (None, "b")]),
    "quotes around everything": ('"id","name"\n"1","a ""b"""\n', {}, [("1", 'a "b"')]),
    "a quote inside a cell": ('id,name\n1,5" pipe\n2,a"b"c\n', {}, [("1", '5" pipe'), ("2", 'a"b"c')]),
    "a quote at the end of a cell": ('id,name\n1,5"\n2,c\n', {}, [("1", '5"'), ("2", "c")]),
    "spaces before a quote": ('id,name\n1, "a"\n', {}, [("1", ' "a"')]),
    "spaces around cells": ("id,name\n 1 , a \n", {}, [(" 1 ", " a ")]),
    "a backslash before a delimiter": ("id,name\n1\\,a\n2,\\\n", {}, [("1\\", "a"), ("2", "\\")]),
    "rows of nothing": ("id,name\n,\n1,a\n,\n", {}, [(None, None), ("1", "a"), (None, None)]),
    "no header": ("1,a\n2,b\n", {"header_row": 0}, [("1", "a"), ("2", "b")]),
    "no header after a title": ("Orders\n\n1;a\n", {"header_row": 0, "skip_rows": 1}, [("1", "a")]),
}


@pytest.mark.parametrize(("content", "config", "rows"), READ.values(), ids=READ)
def test_the_table_in_a_file_is_found(feed, content, config, rows):
    feed.configure(**config)
    feed.drop("a.csv", content)
    assert feed.run().failed == 0
    assert len(columns_of(feed)) == 2
    assert [row[1:] for row in feed.rows()] == rows
    assert feed.ledger() == [("a.csv", "Loaded", len(rows), len(rows), 0, 0)]


# what is in the file, the config, (read, loaded, rejected, skipped)
COUNTED = {
    "trailing delimiter everywhere": ("id,name,\n1,a,\n2,b,\n", {}, (2, 2, 0, 0)),
    "trailing delimiter in the rows only": ("id,name\n1,a,\n2,b,\n", {}, (2, 2, 0, 0)),
    "a footer": ("id,name\n1,a\nTotal,1,x,y\n", {"skip_footer": 1}, (2, 1, 0, 1)),
    "a footer with a quote, and blank lines": ('id,name\n1,a\n\n"Total\n1\n\n\n', {"skip_footer": 2}, (3, 1, 0, 2)),
    "a footer longer than the file": ("id,name\n1,a\n2,b\n", {"skip_footer": 5}, (2, 0, 0, 2)),
    "a header again": ("id,name\n1,a\nid,name\n2,b\nid,name\n", {}, (4, 2, 0, 2)),
    "a quoted header again": ('"id","name"\n1,a\n"id","name"\n2,b\n', {}, (3, 2, 0, 1)),
    "a quoted header again without quotes": ('"id","name"\n1,a\nid,name\n2,b\n', {}, (3, 2, 0, 1)),
    "a header again with quotes": ('id,name\n1,a\n"id","name"\n2,b\n', {}, (3, 2, 0, 1)),
    "a header of two lines again": ('id,"na\nme"\n1,a\nid,"na\nme"\n2,b\n', {}, (3, 2, 0, 1)),
    "a header again with CR LF": ("id,name\r\n1,a\r\nid,name\r\n2,b\r\n", {}, (3, 2, 0, 1)),
    "blank lines": ("id,name\n\n1,a\n\n\n2,b\n\n", {}, (2, 2, 0, 0)),
    "blank lines with CR LF": ("id,name\r\n\r\n1,a\r\n\r\n2,b\r\n", {}, (2, 2, 0, 0)),
    "one column": ("name\na\n\nb,c\n\n", {}, (2, 1, 1, 0)),
}


@pytest.mark.parametrize(("content", "config", "counts"), COUNTED.values(), ids=COUNTED)
def test_every_row_is_counted_where_it_went(feed, content, config, counts):
    feed.configure(max_reject_rows=9, **config)
    feed.drop("a.csv", content)
    assert feed.run().failed == 0
    assert feed.ledger() == [("a.csv", "Loaded" if counts[1] else "Empty", *counts)]


# --- rows that do not fit ---------------------------------------------------------------------------------------------

BAD_ROWS = ["2,b", "2,b,c,d", "2", '2,"b,c', '2,"b"x,c', "2,b,c,,", '2,"b\nx,y']


@pytest.mark.parametrize("bad", BAD_ROWS)
@pytest.mark.parametrize("where", ["first", "middle", "last", "last, no newline"])
def test_a_row_that_does_not_fit_is_rejected_and_moves_no_other(feed, bad, where):
    feed.configure(max_reject_rows=2)
    good = [f"{n},x{n},y{n}" for n in range(10, 40)]
    place = {"first": 0, "middle": 15}.get(where, 30)
    lines = [*good[:place], bad, *good[place:]]
    feed.drop("a.csv", "a,b,c\n" + "\n".join(lines) + ("" if where.endswith("newline") else "\n"))
    assert feed.run().failed == 0
    assert sorted(feed.rows(columns="a, b, c")) == [tuple(row.split(",")) for row in good]
    rejects = feed.query("SELECT line_number, raw_text FROM dba.timportreject ORDER BY 1")
    assert rejects == [(place + 2 + n, text) for n, text in enumerate(bad.split("\n"))]


@pytest.mark.parametrize("strategy", [1, 2, 3])
def test_a_short_or_long_row_refuses_the_file_by_default(feed, strategy):
    feed.configure()
    feed.drop("0.csv", "a,b,c\n0,0,0\n")
    feed.run()
    with feed.admin.cursor() as cursor:
        cursor.execute("UPDATE dba.timportconfig SET importstrategyid = %s", (strategy,))
    feed.drop("a.csv", "a,b,c\n1,2\n1,2,3,4\n1,2,3\n")
    assert feed.run() == Outcome(0, 1, "orders: 0 file(s) done, 1 failed")
    assert feed.ledger()[-1] == ("a.csv", "Failed", 3, 0, 2, 1)
    assert feed.query("SELECT count(*) FROM feeds.orders") == [(1,)]


def test_a_field_too_many_is_rejected_when_columns_are_left_out_as_well(feed):
    feed.configure(max_reject_rows=2)
    feed.drop("0.csv", "a,b\n0,0\n")
    feed.run()
    with feed.admin.cursor() as cursor:
        cursor.execute("UPDATE dba.timportconfig SET importstrategyid = 2")
    feed.drop("a.csv", "x,a,y,b\nx1,a1,y1,b1\nx2,a2,y2\nx3,a3,y3,b3,z3\nx4,a4,y4,b4,\n")
    assert feed.run().failed == 0
    assert feed.query("SELECT a, b FROM feeds.orders ORDER BY a") == [("0", "0"), ("a1", "b1"), ("a4", "b4")]
    assert feed.ledger()[-1] == ("a.csv", "Loaded", 4, 2, 2, 0)


@pytest.mark.parametrize("header", ["c,a,b", "b,c,a"])
def test_shuffled_headers_are_matched_by_name(feed, header):
    feed.configure(importstrategyid=1)
    feed.drop("0.csv", "a,b,c\na0,b0,c0\n")
    feed.run()
    with feed.admin.cursor() as cursor:
        cursor.execute("UPDATE dba.timportconfig SET importstrategyid = 3")
    feed.drop("a.csv", f"{header}\n" + ",".join(f"{name}1" for name in header.split(",")) + "\n")
    assert feed.run().failed == 0
    assert feed.query("SELECT a, b, c FROM feeds.orders ORDER BY a") == [("a0", "b0", "c0"), ("a1", "b1", "c1")]


@pytest.mark.parametrize(("header", "rows"), [("c,a", [("a1", None, "c1")]), ("d,c,b,a", [("a1", "b1", "c1")])])
def test_subset_and_superset_headers_fill_what_they_name(feed, header, rows):
    feed.configure()
    for name, text in (("0.csv", "a,b,c"), ("a.csv", header)):
        feed.drop(name, f"{text}\n" + ",".join(f"{column}1" for column in text.split(",")) + "\n")
        assert feed.run().failed == 0
    assert feed.query("SELECT a, b, c FROM feeds.orders WHERE datasetid = 2") == rows
    assert columns_of(feed) == (["a", "b", "c", "d"] if "d" in header else ["a", "b", "c"])


# --- quotes nobody closes ---------------------------------------------------------------------------------------------


def test_an_unclosed_quote_in_a_big_file_takes_little_memory_and_one_row(feed, job_env):
    feed.configure(max_reject_rows=1)
    path = feed.inbox / "a.csv"
    with path.open("w") as file:
        file.write("id,name,text\n")
        for n in range(1, 300_001):
            file.write(f'{n},"name {n},x\n' if n == 10 else f"{n},name {n},{'y' * 50}\n")
    started = time.monotonic()
    measured = subprocess.run([sys.executable, "-c", MEASURE, *IMPORT], env=job_env, capture_output=True, text=True)
    assert measured.returncode == 0 and time.monotonic() - started < 40
    assert int(measured.stdout.split()[-1]) < 130 * 1024
    assert feed.ledger() == [("a.csv", "Loaded", 300_000, 299_999, 1, 0)]
    assert feed.query("SELECT line_number, raw_text FROM dba.timportreject") == [(11, '10,"name 10,x')]


def test_many_unclosed_quotes_cost_one_row_each(feed):
    feed.configure(max_reject_rows=500)
    lines = [f'{n},"x,y' if n % 100 == 7 else f'{n},"a, ""b""",y' if n % 3 else f"{n},x,y" for n in range(20_000)]
    feed.drop("a.csv", "a,b,c\n" + "\n".join(lines) + "\n")
    started = time.monotonic()
    assert feed.run().failed == 0
    assert time.monotonic() - started < 20
    assert feed.ledger() == [("a.csv", "Loaded", 20_000, 19_800, 200, 0)]
    assert feed.query("SELECT count(*) FROM dba.timportreject WHERE raw_text LIKE '%%7,\"x,y'") == [(200,)]


# --- sizes ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("quoted", [True, False])
def test_a_field_of_10_mb_arrives_whole(feed, quoted):
    feed.configure()
    value = ("a, \n" if quoted else "abcd") * (10 * 1024 * 1024 // 4)
    feed.drop("a.csv", "id,name\n1,x\n2," + (f'"{value}"' if quoted else value) + "\n3,z\n")
    assert feed.run().failed == 0
    assert feed.query("SELECT id, length(name), md5(name) = md5(%s) FROM feeds.orders WHERE id = '2'", value) == [("2", len(value), True)]
    assert feed.ledger() == [("a.csv", "Loaded", 3, 3, 0, 0)]


@pytest.mark.parametrize(("width", "status"), [(1599, "Loaded"), (1600, "Failed"), (1601, "Failed"), (20_000, "Failed")])
def test_as_many_columns_as_a_table_holds_load_and_more_are_refused(feed, width, status):
    feed.configure()
    feed.drop("a.csv", ",".join(f"c{n}" for n in range(width)) + "\n" + ",".join(str(n % 10) for n in range(width)) + "\n")
    started = time.monotonic()
    assert feed.run().failed == (status == "Failed")
    assert time.monotonic() - started < 15
    assert feed.ledger()[0][1] == status
    if status == "Failed":
        assert "1,599" in (feed.archive / "rejected" / "a.csv.error.txt").read_text()
    else:
        assert feed.query("SELECT c0, c1598 FROM feeds.orders") == [("0", "8")]


def test_a_header_longer_than_the_first_look_is_read_whole(feed):
    feed.configure()
    header = [f"{'long ' * 40}{n}" for n in range(1500)]
    feed.drop("a.csv", ",".join(header) + "\n" + ",".join(str(n % 7) for n in range(1500)) + "\n")
    assert feed.run().failed == 0
    assert len(columns_of(feed)) == 1500


def test_a_row_too_wide_for_a_page_is_rejected_with_the_reason(feed):
    feed.configure(max_reject_rows=1)
    wide = ",".join("x" * 12 for _ in range(1599))
    feed.drop("a.csv", ",".join(f"c{n}" for n in range(1599)) + "\n" + wide + "\n" + "," * 1598 + "\n")
    assert feed.run().failed == 0
    assert feed.ledger() == [("a.csv", "Loaded", 2, 1, 1, 0)]
    assert "too big" in feed.query("SELECT message FROM dba.timportreject")[0][0]


# --- bounded time -----------------------------------------------------------------------------------------------------

SLOW = {
    "quotes and delimiters in turn": '","' * 80_000,
    "quotes only": '"' * 250_000,
    "an open quote": '"' + "a,b;c\td|e\n" * 25_000,
    "delimiters only": ",;|\t" * 60_000,
    "no line end": "a b " * 60_000,
    "random": "".join(random.Random(3).choices('",;|\t\n a', k=250_000)),
    "quoted pairs": '"a""b",\'c\'\n' * 20_000,
    # https://github.com/python/cpython/issues/79553 and the like: csv.Sniffer needs minutes for these
    "sniffer killer": "x" + ",'" * 40_000 + "\n" + 'y "' * 40_000,
}


@pytest.mark.parametrize("content", SLOW.values(), ids=SLOW)
def test_the_dialect_of_any_file_is_decided_in_bounded_time(content):
    started = time.monotonic()
    examine(content.encode(), None, None, (0, 1))
    assert time.monotonic() - started < 2


def test_eight_thousand_bad_rows_beside_eight_thousand_good_ones_are_found(feed):
    feed.configure({"n": "integer"}, max_reject_rows=100_000)
    feed.drop("a.csv", "n,x\n" + "".join(f"{n},x\nbad {n},x\n" for n in range(8_000)))
    started = time.monotonic()
    assert feed.run().failed == 0
    assert time.monotonic() - started < 20
    assert feed.ledger() == [("a.csv", "Loaded", 16_000, 8_000, 8_000, 0)]


@pytest.mark.parametrize(
    "content",
    [pytest.param(text[:40_000], id=name) for name, text in SLOW.items()],
)
def test_a_hostile_file_ends_in_bounded_time_and_adds_up(feed, content):
    feed.configure(max_reject_rows=100_000)
    feed.drop("a.csv", content)
    started = time.monotonic()
    feed.run()
    assert time.monotonic() - started < 15
    assert len(feed.ledger()) == 1


def test_line_ends_that_change_in_every_row_load_in_bounded_time(feed):
    feed.configure()
    feed.drop("a.csv", "id,name\n" + "".join(f"{n},x" + "\r\n"[n % 2 :] for n in range(10_000)))
    started = time.monotonic()
    assert feed.run().failed == 0
    assert time.monotonic() - started < 20
    assert feed.ledger() == [("a.csv", "Loaded", 10_000, 10_000, 0, 0)]


def test_a_table_that_python_writes_is_read_back(feed):
    feed.configure()
    chance = random.Random(11)
    rows = [tuple("".join(chance.choices('a,;"\n\r\t |é\\.', k=chance.randrange(1, 9))) for _ in range(4)) for _ in range(3000)]
    text = io.StringIO(newline="")
    csv.writer(text).writerows([("a", "b", "c", "d"), *rows])
    feed.drop("a.csv", text.getvalue())
    assert feed.run().failed == 0
    assert feed.query("SELECT a, b, c, d FROM feeds.orders") == rows
