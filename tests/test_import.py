"""What becomes of a file: every row is accounted for, nothing is loaded twice, nothing is lost."""

import contextlib
import csv
import datetime
import gzip
import io
import json
import os
import subprocess
import sys
import termios
import zipfile
from pathlib import Path

import pytest

from config_tables import import_configs
from conftest import ROOT
from generic_import import run_import
from import_queue import Importer
from models import Outcome

GOOD = "id,name,amount\n1,Ann,1.50\n2,Bob,2.00\n3,Cid,\n"


class Feed:
    """A feed on the test's database: drop files in, import, look at what came of it."""

    def __init__(self, settings, connect_as) -> None:
        self.settings, self.connect_as = settings, connect_as
        self.inbox, self.archive = settings.home / "file_watcher", settings.home / "archive"
        self.admin = connect_as("etl_admin")
        self.admin.autocommit = True
        self.connection = connect_as("etl_user")

    def configure(self, columns: dict[str, str] | None = None, **fields) -> int:
        row = {
            "config_name": "orders",
            "datasource": "Acme",
            "datasettype": "Orders",
            "file_pattern": r".*\.(csv|xlsx?|gz|zip)",
            "target_table": "feeds.orders",
        } | fields
        names = ", ".join(row)
        with self.admin.cursor() as cursor:
            cursor.execute(
                f"INSERT INTO dba.timportconfig ({names}) VALUES ({', '.join(['%s'] * len(row))}) RETURNING config_id",
                list(row.values()),
            )
            config_id = cursor.fetchone()[0]
            for name, kind in (columns or {}).items():
                cursor.execute(
                    "INSERT INTO dba.timportcolumn (config_id, source_name, data_type) VALUES (%s, %s, %s)",
                    (config_id, name, kind),
                )
        return config_id

    def drop(self, name: str, content: str | bytes) -> Path:
        path = self.inbox / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def run(self, name: str = "orders", force: bool = False) -> Outcome:
        configs = import_configs(self.connection)
        config = next(config for config in configs if config.config_name == name)
        return run_import(Importer(self.settings, self.connection, "00000000-0000-0000-0000-000000000001", config, tuple(configs), force))

    def query(self, statement: str, *values) -> list[tuple]:
        with self.connection, self.connection.cursor() as cursor:
            cursor.execute(statement, values)
            return cursor.fetchall()

    def rows(self, table: str = "feeds.orders", columns: str = "*") -> list[tuple]:
        return self.query(
            f"SELECT {columns} FROM {table} WHERE datasetid IN (SELECT datasetid FROM dba.tdataset WHERE isactive) ORDER BY ctid"
        )

    def ledger(self) -> list[tuple]:
        """(file, status, read, loaded, rejected, skipped) of every file, oldest first; each must add up."""
        rows = self.query(
            "SELECT file_name, status, rows_read, rows_loaded, rows_rejected, rows_skipped FROM dba.timportfile ORDER BY importfileid"
        )
        assert all(read == loaded + rejected + skipped for _, _, read, loaded, rejected, skipped in rows)
        assert self.query("SELECT count(*) FROM dba.vimportbooks") == [(0,)]
        return rows


@pytest.fixture
def feed(settings, connect_as) -> Feed:
    return Feed(settings, connect_as)


def test_a_good_file_is_loaded_recorded_and_archived(feed):
    feed.configure()
    feed.drop("a.csv", GOOD)
    assert feed.run() == Outcome(1, 0, "orders: 1 file(s) done, 0 failed")
    assert feed.rows(columns="id, name, amount") == [("1", "Ann", "1.50"), ("2", "Bob", "2.00"), ("3", "Cid", None)]
    assert feed.ledger() == [("a.csv", "Loaded", 3, 3, 0, 0)]
    assert [p.name for p in feed.archive.iterdir()] == ["a.csv"]
    assert list(feed.inbox.iterdir()) == []


def test_the_same_bytes_are_loaded_once_also_under_a_new_name(feed):
    feed.configure()
    for name in ("a.csv", "a.csv", "b.csv"):
        feed.drop(name, GOOD)
        assert feed.run().failed == 0
    assert len(feed.rows()) == 3
    assert [row[:2] for row in feed.ledger()] == [("a.csv", "Loaded"), ("a.csv", "Duplicate"), ("b.csv", "Duplicate")]
    assert feed.query("SELECT count(*) FROM dba.tdataset") == [(1,)]
    assert sorted(p.name for p in (feed.archive / "duplicates").iterdir()) == ["a.csv", "b.csv"]


def test_force_reloads_on_purpose_and_retires_the_old_dataset(feed):
    feed.configure(dateconfig="static", datelocation="20260101", dateformat="yyyyMMdd")
    for force in (False, True):
        feed.drop("a.csv", GOOD)
        feed.run(force=force)
    assert len(feed.rows()) == 3
    assert feed.query("SELECT datastatusid, count(*) FROM dba.tdataset GROUP BY 1 ORDER BY 1") == [(1, 1), (2, 1)]


def test_one_bad_row_refuses_the_whole_file_by_default(feed):
    feed.configure({"amount": "numeric"})
    feed.drop("a.csv", GOOD.replace("2.00", "two"))
    assert feed.run().failed == 1
    assert feed.ledger() == [("a.csv", "Failed", 3, 0, 1, 2)]
    assert feed.query("SELECT to_regclass('feeds.orders') IS NULL") == [(True,)]
    assert feed.query("SELECT line_number, raw_text, column_name, error_code FROM dba.timportreject") == [
        (3, "2,Bob,two", "amount", "22P02")
    ]
    explanation = (feed.archive / "rejected" / "a.csv.error.txt").read_text()
    assert "line 3, column amount" in explanation and "2,Bob,two" in explanation


def test_allowed_bad_rows_are_put_aside_and_the_good_ones_load(feed):
    feed.configure({"amount": "numeric", "id": "bigint"}, max_reject_rows=4)
    body = 'id,name,amount\n1,Ann,1\n2,Bob,two\n3,Cid\n4,"Dan\nny",4\nx,Eve,5\n6,Fay,6,7\n7,Gus,7\n'
    feed.drop("a.csv", body)
    assert feed.run().failed == 0
    assert [row[0] for row in feed.rows(columns="id")] == [1, 4, 7]
    assert feed.ledger() == [("a.csv", "Loaded", 7, 3, 4, 0)]
    assert feed.query("SELECT line_number, raw_text, column_name FROM dba.timportreject ORDER BY 1") == [
        (3, "2,Bob,two", "amount"),
        (4, "3,Cid", None),
        (7, "x,Eve,5", "id"),
        (8, "6,Fay,6,7", None),
    ]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"\xef\xbb\xbfid,name\n1,\xc3\xa9\n", [("1", "é")]),
        (b'\xef\xbb\xbf\xef\xbb\xbf"id",name\n1,x\n', [("1", "x")]),
        ("id,name\n1,é\n".encode("utf-16"), [("1", "é")]),
        ("id,name\n1,é\n".encode("cp1252"), [("1", "é")]),
        (b"id,name\r1,a\r2,b", [("1", "a"), ("2", "b")]),
        (b"id,name\r\n1,a\n2,b\r\n3,c", [("1", "a"), ("2", "b"), ("3", "c")]),
        (b"id,name\n1,a\n\x1a", [("1", "a")]),
        (b"id,name\n1,a\n\n\n", [("1", "a")]),
        (b"id,name\n1,a\n\n2,b\n", [("1", "a"), ("2", "b")]),
        (b"id;name\n1;a,b\n", [("1", "a,b")]),
        (b"id\tname\n1\ta\n", [("1", "a")]),
        (b"id|name\n1|a\n", [("1", "a")]),
        (b"sep=;\nid;name\n1;a\n", [("1", "a")]),
        (b"id,name,\n1,a,\n2,b,\n", [("1", "a"), ("2", "b")]),
        (b"id,name\n1,a,\n2,b,\n", [("1", "a"), ("2", "b")]),
        (b"id,name\n1,a\nid,name\n2,b\n", [("1", "a"), ("2", "b")]),
        (b'id,name\n1,5" pipe\n2,"a ""b"" c"\n', [("1", '5" pipe'), ("2", 'a "b" c')]),
        (b'id,name\n1,\\.\n2,"x\n\\.\ny"\n', [("1", "\\."), ("2", "x\n\\.\ny")]),
        (gzip.compress(b"id,name\n1,a\n", mtime=0), [("1", "a")]),
    ],
)
def test_every_way_to_write_a_table_loads_alike(feed, content, expected):
    feed.configure()
    feed.drop("a.csv", content)
    assert feed.run().failed == 0
    assert feed.rows(columns="id, name") == expected


def test_a_one_column_file_keeps_a_backslash_dot_and_drops_blank_lines(feed):
    feed.configure()
    feed.drop("a.csv", "word\nalpha\n\\.\n\nomega\n")
    feed.run()
    assert feed.rows(columns="word") == [("alpha",), ("\\.",), ("omega",)]
    assert feed.ledger() == [("a.csv", "Loaded", 3, 3, 0, 0)]


def test_an_unclosed_quote_costs_its_own_row_only(feed):
    feed.configure(max_reject_rows=5)
    lines = [f'{n},"name {n}",x' for n in range(1, 2001)]
    lines[9] = '10,"name 10,x'
    lines[1500] = '1501,"name"1501,x'
    feed.drop("a.csv", "id,name,z\n" + "\n".join(lines) + "\n")
    feed.run()
    assert feed.ledger() == [("a.csv", "Loaded", 2000, 1998, 2, 0)]
    assert feed.query("SELECT line_number, raw_text FROM dba.timportreject ORDER BY 1") == [
        (11, lines[9]),
        (1502, lines[1500]),
    ]


@pytest.mark.parametrize("content", ["", "id,name\n", "id,name\n\n\n"])
def test_a_file_without_rows_is_empty_not_failed(feed, content):
    feed.configure()
    feed.drop("a.csv", content)
    assert feed.run().failed == 0
    assert feed.ledger() == [("a.csv", "Empty", 0, 0, 0, 0)]


def test_zip_of_one_file_loads_and_of_two_is_refused(feed):
    feed.configure()
    for name, members in (("one.zip", ["a.csv"]), ("two.zip", ["a.csv", "b.csv"])):
        data = io.BytesIO()
        with zipfile.ZipFile(data, "w") as archive:
            for member in members:
                archive.writestr(member, GOOD)
        feed.drop(name, data.getvalue())
    assert feed.run() == Outcome(1, 1, "orders: 1 file(s) done, 1 failed")
    assert [row[:2] for row in sorted(feed.ledger())] == [("one.zip", "Loaded"), ("two.zip", "Failed")]


@pytest.mark.parametrize(
    ("strategy", "status", "columns"),
    [
        (1, "Loaded", ["id", "name", "amount", "city"]),
        (2, "Loaded", ["id", "name", "amount"]),
        (3, "Failed", ["id", "name", "amount"]),
    ],
)
def test_strategies_decide_about_new_and_missing_columns(feed, strategy, status, columns):
    feed.configure()
    feed.drop("a.csv", GOOD)
    feed.run()
    with feed.admin.cursor() as cursor:
        cursor.execute("UPDATE dba.timportconfig SET importstrategyid = %s", (strategy,))
    feed.drop("b.csv", "city,id,name\nRome,9,Zed\n")
    feed.run()
    assert feed.ledger()[-1][1] == status
    assert feed.query(
        "SELECT array_agg(attname::text ORDER BY attnum) FROM pg_attribute WHERE attrelid = 'feeds.orders'::regclass AND attnum > 1"
    ) == [(columns,)]
    if status == "Loaded":
        assert feed.query("SELECT id, name, amount FROM feeds.orders WHERE id = '9'") == [("9", "Zed", None)]


@pytest.mark.parametrize("word", ["today", "NOW", "yesterday", "infinity", "epoch"])
def test_words_that_postgresql_takes_for_dates_are_rejected(feed, word):
    feed.configure({"day": "date"}, max_reject_rows=1)
    feed.drop("a.csv", f"day,note\n2026-01-02,today is now\n{word},x\n2026-01-03,\n")
    feed.run()
    assert feed.ledger() == [("a.csv", "Loaded", 3, 2, 1, 0)]
    assert feed.query("SELECT line_number, column_name FROM dba.timportreject") == [(3, "day")]


def test_headers_of_every_kind_find_a_column_and_find_it_again(feed):
    header = [
        "Col A",
        "col_a",
        "name",
        "name",
        "name_1",
        "",
        "???",
        "select",
        "xmin",
        "datasetid",
        'x"; DROP TABLE y;--',
        "%s",
        "a\nb",
        "é" * 63,
    ]
    feed.configure()
    for number in (1, 2):
        text = io.StringIO()
        writer = csv.writer(text)
        writer.writerow(header)
        writer.writerow([f"{number}-{index}" for index in range(len(header))])
        feed.drop(f"{number}.csv", text.getvalue())
        assert feed.run().failed == 0
    rows = feed.query("SELECT * FROM feeds.orders ORDER BY 1")
    assert [sorted(row[1:], key=lambda v: int(v.split("-")[1])) for row in rows] == [
        [f"{number}-{index}" for index in range(len(header))] for number in (1, 2)
    ]
    assert feed.rows("feeds.orders", "col_a, col_a_2")[0] == ("2-1", "2-0")


def test_files_of_other_hands_are_left_alone(feed, tmp_path):
    feed.configure()
    feed.drop(".hidden.csv", GOOD)
    feed.drop("~$a.csv", GOOD)
    feed.drop("a.csv.part", GOOD)
    (tmp_path / "elsewhere.csv").write_text(GOOD)
    os.symlink(tmp_path / "elsewhere.csv", feed.inbox / "link.csv")
    writer = (feed.inbox / "growing.csv").open("w")
    writer.write(GOOD)
    writer.flush()
    assert feed.run() == Outcome(0, 0, "orders: no new files")
    writer.close()
    assert feed.run().done == 1


def test_the_label_and_date_come_from_the_name_or_the_file_is_refused(feed):
    feed.configure(
        metadata_label_source="filename",
        metadata_label_location="2",
        dateconfig="filename",
        datelocation="1",
        dateformat="yyyyMMdd",
    )
    feed.drop("20260131_north.csv", GOOD)
    feed.drop("2026013_south.csv", GOOD + "4,Dan,4\n")
    assert feed.run() == Outcome(1, 1, "orders: 1 file(s) done, 1 failed")
    assert feed.query("SELECT label, datasetdate::text FROM dba.tdataset") == [("north", "2026-01-31")]


def test_headers_of_two_files_that_differ_in_case_only_are_one_column(feed):
    feed.configure()
    feed.drop("a.csv", "Datum,Betrag\n1,2\n")
    feed.run()
    feed.drop("b.csv", " datum,BETRAG \n3,4\n")
    feed.run()
    assert feed.query("SELECT datum, betrag FROM feeds.orders ORDER BY 1") == [("1", "2"), ("3", "4")]


def test_a_file_that_fits_no_feed_is_mentioned(feed):
    feed.configure(file_pattern=r"orders.*\.csv")
    feed.drop("20260101_orders.csv", GOOD)
    assert "1 file(s) in file_watcher fit no feed" in feed.run().message
    assert "20260101_orders.csv" in feed.run().message


def test_json_is_all_that_stdout_gets(feed, job_env):
    feed.configure()
    feed.drop("a.csv", GOOD)
    command = [sys.executable, str(ROOT / "jobscripts" / "run_import_job.py"), "orders", "--json"]
    result = subprocess.run(command, env=job_env, capture_output=True, text=True, check=True)
    (file,) = json.loads(result.stdout)
    assert (file["file_name"], file["status"], file["rows_read"], file["rows_loaded"]) == ("a.csv", "Loaded", 3, 3)


def test_a_workbook_and_its_decimal_comma(feed):
    import openpyxl

    feed.configure({"price": "numeric", "day": "date"}, decimal_mark=",")
    book = openpyxl.Workbook()
    for row in (("sku", "price", "day"), ("0017", 9.5, datetime.date(2026, 1, 31)), ("0018", "1.234,50", datetime.date(2026, 2, 1))):
        book.active.append(row)
    book.save(feed.inbox / "a.xlsx")
    assert feed.run().failed == 0
    assert feed.rows(columns="sku, price::text, day::text") == [("0017", "9.5", "2026-01-31"), ("0018", "1234.50", "2026-02-01")]


def test_a_windows_file_with_odd_quotes_is_still_read_as_windows(feed, caplog):
    feed.configure()
    feed.drop("a.csv", b'id,name\n1,5" pipe\n' + b"2,x\n" * 100_000 + "3,caf\u00e9\n".encode("cp1252"))
    feed.run()
    assert feed.ledger() == [("a.csv", "Loaded", 100_002, 100_002, 0, 0)]
    assert feed.query("SELECT name FROM feeds.orders WHERE id = '3'") == [("caf\u00e9",)]
    assert "Windows-1252" in caplog.text


def test_without_a_config_every_feed_is_imported_and_strangers_are_named(feed: Feed, job_env):
    feed.configure()
    feed.configure(config_name="prices", file_pattern=r".*\.txt", target_table="feeds.prices")
    feed.configure(config_name="broken", file_pattern=r".*\.dat", target_table="feeds.broken", source_directory="nowhere")
    feed.drop("a.csv", "id\n1\n")
    feed.drop("b.txt", "id\n1\n")
    feed.drop("c.pdf", "?")
    command = [sys.executable, str(ROOT / "jobscripts" / "run_import_job.py")]
    result = subprocess.run(command, env=job_env, capture_output=True, text=True)
    assert result.returncode == 2 and "nowhere: this folder does not exist" in result.stderr
    assert "c.pdf: lies in file_watcher and fits no feed" in result.stderr
    assert [row[:2] for row in feed.ledger()] == [("a.csv", "Loaded"), ("b.txt", "Loaded")]
    refused = subprocess.run([*command, "--file", "x.csv"], env=job_env, capture_output=True, text=True)
    assert refused.returncode == 2 and "--file needs CONFIG" in refused.stderr


def test_a_feed_may_ask_for_known_bytes_to_be_loaded_again(feed: Feed):
    feed.configure(on_duplicate="reload")
    for _ in range(2):
        feed.drop("a.csv", GOOD)
        feed.run()
    assert [row[:2] for row in feed.ledger()] == [("a.csv", "Loaded"), ("a.csv", "Loaded")]
    assert feed.query("SELECT count(*), count(*) FILTER (WHERE isactive) FROM dba.tdataset") == [(2, 1)]


def test_label_and_date_may_stand_in_the_rows(feed: Feed):
    feed.configure(
        metadata_label_source="file_content", metadata_label_location="desk",
        dateconfig="file_content", datelocation="day", dateformat="yyyyMMdd",
    )  # fmt: skip
    feed.drop("a.csv", "desk,day,v\nRates,20260131,1\n")
    feed.run()
    assert feed.query("SELECT label, datasetdate::text FROM dba.tdataset") == [("Rates", "2026-01-31")]
    feed.drop("b.csv", "desk,day,v\n,20260131,2\n")
    assert feed.run().failed == 1


def test_a_terminal_shows_a_progress_bar_and_a_pipe_does_not(feed: Feed, job_env):
    feed.configure()
    command = [sys.executable, str(ROOT / "jobscripts" / "run_import_job.py"), "orders", "--force"]
    shown = []
    for terminal in (True, False):
        feed.drop("a.csv", "id,name\n" + "1,somebody with a long name\n" * 60_000)
        ours, theirs = os.openpty() if terminal else os.pipe()
        if terminal:
            termios.tcsetwinsize(theirs, (24, 100))
        subprocess.run(command, env=job_env, stdout=subprocess.DEVNULL, stderr=theirs, check=True)
        os.close(theirs)
        shown.append(read_all(ours))
    assert "a.csv:" in shown[0] and "%" in shown[0]
    assert shown[1] == ""


def read_all(handle: int) -> str:
    parts = []
    with contextlib.suppress(OSError):  # how a terminal says that it was closed
        while part := os.read(handle, 4096):
            parts.append(part)
    os.close(handle)
    return b"".join(parts).decode()
