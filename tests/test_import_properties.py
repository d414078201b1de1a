"""What holds for every file, whatever is in it: the books add up, once is enough, and a failure leaves no trace but its record."""
# ruff: noqa: F811

import csv
import io
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from config_tables import import_configs
from conftest import ROOT
from csv_dialect import TableSource, line_ends
from csv_files import CsvSource, open_csv
from errors import BadFileError
from generic_import import run_import
from import_queue import Importer
from load_target import LoadTarget
from models import ImportConfig, Outcome
from test_import import Feed, feed  # noqa: F401  (the fixture)

RUN_UUID = "00000000-0000-0000-0000-000000000001"
bounded = settings(
    max_examples=40,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)

PLAIN = ImportConfig(1, "c", "s", "t", "", "", "", "CSV", "static", "x", "mtime", None, None, "_", "a.b", 1)

# --- files ------------------------------------------------------------------------------------------------------------

PIECES = [b",", b";", b'"', b'""', b"\n", b"\r\n", b"\r", b"\t", b"|", b"\0", b"\x1a", b" ", b"\\", b"\\.", b"a", b"17", b"2026-01-31",
          b"today", b"\xc3\xa9", b"\xe9", b"id", b"id,v\n", b'1,"x', b"1,x\n", b"1,x,\n", b"2,y,z\n", b'"3","a\nb"\n']  # fmt: skip
garbage = st.lists(st.sampled_from(PIECES), max_size=40).map(b"".join)
header = st.sampled_from([b"", b"id,v\n", b"id,v\r\n", b'"id","v"\n', b"\xef\xbb\xbfid,v\n", b"v\n", b"id;v\n", b"id,v\r", b"id,v,id\n"])
any_file = st.builds(lambda head, body: head + body, header, garbage)

cell = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8)
tricky = st.text(alphabet="\",;\t|\r\n a\\.é'", max_size=6)


@st.composite
def tables(draw) -> tuple[list[list[str]], dict]:
    """Rows of one width, and how csv.writer shall write them."""
    width = draw(st.integers(1, 4))
    rows = draw(st.lists(st.lists(cell | tricky, min_size=width, max_size=width), min_size=1, max_size=12))
    form = {
        "delimiter": draw(st.sampled_from(",;\t|")),
        "lineterminator": draw(st.sampled_from(["\n", "\r\n"])),
        "quoting": draw(st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL])),
    }
    if any("\r" in value for row in rows for value in row):
        form["quoting"] = csv.QUOTE_ALL  # csv.writer leaves a lone CR unquoted, csv.reader ends a row there
    return rows, form


class Lab:
    """Gives every example a feed, a table and a file name of its own on one database."""

    def __init__(self, feed: Feed) -> None:
        self.feed, self.number = feed, 0

    def fresh(self, columns: dict[str, str] | None = None, **config) -> "Trial":
        self.number += 1
        name = f"c{self.number}"
        self.feed.configure(
            columns,
            config_name=name,
            file_pattern=rf"{name}_.*\.csv",
            target_table=f"feeds.{name}",
            archive_directory=f"archive/{name}",
            **config,
        )
        return Trial(self.feed, next(c for c in import_configs(self.feed.connection) if c.config_name == name))


class Trial:
    def __init__(self, feed: Feed, config: ImportConfig) -> None:
        self.feed, self.config = feed, config

    def load(self, content: bytes, name: str = "a", force: bool = False) -> Outcome:
        self.feed.drop(f"{self.config.config_name}_{name}.csv", content)
        return run_import(Importer(self.feed.settings, self.feed.connection, RUN_UUID, self.config, (self.config,), force))

    def ledger(self) -> list[tuple]:
        return self.feed.query(
            "SELECT status, rows_read, rows_loaded, rows_rejected, rows_skipped FROM dba.timportfile"
            " WHERE config_id = %s ORDER BY importfileid",
            self.config.config_id,
        )

    def rejects(self) -> list[tuple]:
        return self.feed.query(
            "SELECT line_number, raw_text, column_name, error_code FROM dba.timportreject JOIN dba.timportfile USING (importfileid)"
            " WHERE config_id = %s ORDER BY importfileid, line_number, raw_text",
            self.config.config_id,
        )

    def shape(self) -> list[tuple]:
        return self.feed.query(
            "SELECT attname::text, format_type(atttypid, atttypmod) FROM pg_attribute WHERE attrelid = to_regclass(%s) AND attnum > 0"
            " AND NOT attisdropped ORDER BY attnum",
            self.config.target_table,
        )

    def rows(self) -> Counter:
        """The rows of the table without their datasetid, however often each is there."""
        names = [name for name, _ in self.shape() if name != "datasetid"]
        if not names:
            return Counter()
        columns = ", ".join('"' + name.replace('"', '""').replace("%", "%%") + '"' for name in names)
        return Counter(self.feed.query(f"SELECT {columns} FROM {self.config.target_table}"))

    def everything(self) -> tuple:
        """All that a failed import must leave alone."""
        return (
            self.shape(),
            self.rows(),
            self.feed.query("SELECT * FROM dba.tdataset ORDER BY 1"),
            self.feed.query("SELECT target_table, source_name, occurrence, column_name FROM dba.timportheader ORDER BY 1, 2, 3"),
            sorted(path.name for path in self.feed.settings.path(self.config.archive_directory).glob("*.csv")),
        )


@pytest.fixture
def lab(feed) -> Iterator[Lab]:
    yield Lab(feed)
    assert feed.query("SELECT * FROM dba.vimportbooks") == []
    assert list(feed.inbox.iterdir()) == []


# --- every file -------------------------------------------------------------------------------------------------------


@bounded
@given(content=any_file, rejects=st.sampled_from([0, 3, 100]), kind=st.sampled_from(["text", "integer", "date"]))
@example(content=b'id,v\n"1,x\n', rejects=3, kind="text")
def test_read_is_loaded_and_rejected_and_skipped(lab, content, rejects, kind):
    trial = lab.fresh({"v": kind}, max_reject_rows=rejects)
    outcome = trial.load(content)
    [(status, read, loaded, rejected, skipped)] = trial.ledger()
    assert read == loaded + rejected + skipped
    assert sum(trial.rows().values()) == loaded
    assert len(trial.rejects()) == rejected
    assert (outcome.done, outcome.failed) == ((0, 1) if status == "Failed" else (1, 0))
    assert status in ("Loaded", "Empty", "Failed") and (status == "Loaded") == (loaded > 0)
    assert rejected <= rejects or status == "Failed"
    folder = lab.feed.settings.path(trial.config.archive_directory)
    assert len(list((folder / "rejected" if status == "Failed" else folder).glob("*.csv"))) == 1


@bounded
@given(content=any_file, rejects=st.sampled_from([0, 100]))
def test_loading_twice_is_loading_once(lab, content, rejects):
    trial = lab.fresh(max_reject_rows=rejects)
    first = trial.load(content)
    rows, shape = trial.rows(), trial.shape()
    second = trial.load(content, "again")
    assert (trial.rows(), trial.shape()) == (rows, shape)
    assert first.failed == second.failed
    assert trial.ledger()[1][0] == ("Failed" if first.failed else "Duplicate")


@bounded
@given(
    content=any_file, columns=st.sampled_from([{}, {"v": "integer"}, {"id": "integer", "v": "date"}]), strategy=st.sampled_from([1, 2, 3])
)
def test_a_failure_leaves_table_datasets_and_folder_as_before(lab, content, columns, strategy):
    trial = lab.fresh(columns)
    assert trial.load(b"id,v\n1,2\n" if columns != {"id": "integer", "v": "date"} else b"id,v\n1,2026-01-31\n", "good").failed == 0
    trial.config = replace(trial.config, importstrategyid=strategy)
    before = trial.everything()
    outcome = trial.load(content)
    status = trial.ledger()[-1][0]
    assert outcome.failed == (status == "Failed") and len(trial.ledger()) == 2
    if outcome.failed:
        assert trial.everything() == before
        rejected = lab.feed.settings.path(trial.config.archive_directory) / "rejected"
        assert sorted(path.name for path in rejected.iterdir()) == [
            f"{trial.config.config_name}_a.csv",
            f"{trial.config.config_name}_a.csv.error.txt",
        ]


@bounded
@given(content=any_file, rejects=st.sampled_from([0, 100]), strategy=st.sampled_from([2, 3]))
def test_strategies_2_and_3_never_change_the_table(lab, content, rejects, strategy):
    trial = lab.fresh({"v": "varchar(3)"}, max_reject_rows=rejects)
    assert trial.load(b"id,v\n1,2\n", "good").failed == 0
    trial.config = replace(trial.config, importstrategyid=strategy)
    shape = trial.shape()
    trial.load(content)
    assert trial.shape() == shape


# --- the size of a block ----------------------------------------------------------------------------------------------


def records_of(source: TableSource, size: int) -> list[tuple]:
    """(line, rows, the record's text, its fault or "skipped") of all that a source gives in blocks of that size."""
    found = []
    for chunk in source.chunks(size):
        if chunk.fault or chunk.skipped:
            found.append((chunk.line, chunk.rows, chunk.fault or "skipped"))
            continue
        line, offset = chunk.line, 0
        while offset < len(chunk.data):
            end = source.dialect.record.match(chunk.data, offset).end()
            record = chunk.data[offset:end].rstrip(b"\r\n")
            if record:
                found.append((line, 1, record if chunk.raw is None else chunk.raw))
            line, offset = line + line_ends(chunk.data[offset:end]), end
    return found


@settings(bounded, max_examples=200)
@given(content=any_file, skip_footer=st.integers(0, 2))
@example(content=b"id,v\n1,2\n\n\n3,4\n\n", skip_footer=1)
@example(content=b'id,v\n"3","a\nb"\n1,"x\n""', skip_footer=0)
def test_the_size_of_a_block_changes_no_record(tmp_path_factory, content, skip_footer):
    path = tmp_path_factory.getbasetemp() / "block.csv"
    path.write_bytes(content)
    config = replace(PLAIN, skip_footer=skip_footer, null_tokens=("",))
    results = []
    for size in (1, 64, 262_144):
        try:
            source = open_csv(path, config)
            results.append(records_of(source, size) if source.header else [])
        except (BadFileError, UnicodeDecodeError, ValueError) as error:
            results.append(type(error))
    assert results[0] == results[1] == results[2]


@settings(bounded, max_examples=25)
@given(content=any_file, size=st.sampled_from([1, 16, 64]))
def test_the_size_of_a_block_changes_nothing_in_the_database(lab, content, size):
    whole, small = lab.fresh({"v": "integer"}, max_reject_rows=100), lab.fresh({"v": "integer"}, max_reject_rows=100)
    whole.load(content)
    original = CsvSource.chunks
    CsvSource.chunks = lambda self, _size=0: original(self, size)
    try:
        small.load(content)
    finally:
        CsvSource.chunks = original
    assert (small.rows(), small.shape(), small.ledger(), small.rejects()) == (whole.rows(), whole.shape(), whole.ledger(), whole.rejects())


# --- well-formed files ------------------------------------------------------------------------------------------------


@bounded
@given(table=tables(), encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]), final=st.booleans())
def test_a_well_formed_file_is_read_as_python_reads_it(lab, table, encoding, final):
    rows, form = table
    text = io.StringIO(newline="")
    writer = csv.writer(text, **form)
    writer.writerow(["n", *(f"c{index}" for index in range(len(rows[0])))])
    writer.writerows([number, *row] for number, row in enumerate(rows))
    written = text.getvalue() if final else text.getvalue().removesuffix(form["lineterminator"])
    trial = lab.fresh(field_delimiter="\\t" if form["delimiter"] == "\t" else form["delimiter"])
    assert trial.load(written.encode(encoding)).failed == 0
    read_back = list(csv.reader(io.StringIO(written, newline=""), delimiter=form["delimiter"]))[1:]
    assert trial.rows() == Counter(tuple(value or None for value in row) for row in read_back)
    assert trial.ledger() == [("Loaded", len(rows), len(rows), 0, 0)]


@settings(bounded, max_examples=15)
@given(order=st.permutations(range(3)), headers=st.permutations(["a", "b", "c"]))
def test_the_order_of_files_changes_no_row(lab, order, headers):
    trial = lab.fresh()
    now = time.time()
    for age, number in enumerate(order):
        names = headers[number:] + headers[:number]
        text = ",".join(names) + "\n" + ",".join(f"{name}{number}" for name in names) + "\n"
        os.utime(lab.feed.drop(f"{trial.config.config_name}_{number}.csv", text), (now - age,) * 2)
    assert trial.load(b"a,b,c\na3,b3,c3\n", "3").done == 4
    assert lab.feed.query(f"SELECT a, b, c FROM {trial.config.target_table} ORDER BY a") == [(f"a{n}", f"b{n}", f"c{n}") for n in range(4)]


@pytest.mark.parametrize(
    ("files", "code"),
    [
        ([], 0),
        (["id,v\n1,2\n"], 0),
        (["id,v\n"], 0),
        (["id,v\n1\n"], 1),
        (["id,v\n1,2\n", "id,v\n1\n"], 1),
        (["id,v\n1,2\n", "id,v\n1,2\n"], 0),
    ],
)
def test_the_exit_code_tells_whether_something_was_refused(feed, job_env, files, code):
    feed.configure()
    for number, text in enumerate(files):
        feed.drop(f"{number}.csv", text)
    result = subprocess.run(
        [sys.executable, ROOT / "jobscripts" / "run_import_job.py", "orders"], env=job_env, capture_output=True, text=True
    )
    assert result.returncode == code, result.stderr
    assert feed.query("SELECT exit_code, items_failed FROM dba.tjobrun") == [(code, code)]


# --- the quick look at dates ----------------------------------------------------------------------------------------------

moment = st.sampled_from(["", "2026-01-31", "2026-01-31 17:30:00", "today", "2-Jan-24", "311224", "01/02/2026", "2026-1-3", "17:30", "x"])


@given(st.lists(st.tuples(tricky, moment, moment, tricky), min_size=1, max_size=8), st.sets(st.sampled_from("abc")), st.booleans())
@settings(deadline=None, derandomize=True, max_examples=300)
def test_the_quick_look_never_passes_a_cell_that_the_exact_rule_refuses(tmp_path_factory, rows, required, quoted):
    path = tmp_path_factory.mktemp("quick") / "rows.csv"
    text = io.StringIO(newline="")
    writer = csv.writer(text, quoting=csv.QUOTE_ALL if quoted else csv.QUOTE_MINIMAL, lineterminator="\n")
    writer.writerows([("a", "b", "c", "d"), *rows])
    path.write_bytes(text.getvalue().encode())
    source = open_csv(path, replace(PLAIN, field_delimiter=","))
    types = ("text", "date", "timestamp without time zone", "text")
    target = LoadTarget("x.y", tuple("abcd"), types, source.dialect, required=frozenset(required))
    for chunk in source.chunks():
        if chunk.masked and not target.doubtful.search(chunk.masked):
            target.refuse_cells(chunk.data)
