"""Rejected rows go out as a workbook with their reasons and come back corrected, as if they had been right the first time."""
# ruff: noqa: F811

import io
import json
from pathlib import Path

import openpyxl
import pytest
from hypothesis import Phase, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from csv_dialect import Dialect
from errors import BadFileError, ConfigError
from models import Outcome, Reject
from reject_replay import load_corrected, write_rejects
from reject_workbook import SHEET, RejectRow, write_workbook
from test_import import Feed, feed  # noqa: F401  (the fixture)
from test_import_properties import Lab, bounded
from test_undo import undo
from workbook_files import sheet_as_csv

ROWS = "id;name;amount\n1;Ann;1.50\n2;Bob;two\n3;Cid;3\n4;Dee;four\n"


def loaded(feed: Feed, content: str = ROWS, **config) -> None:
    feed.configure({"amount": "numeric"}, max_reject_rows=10, **config)
    feed.drop("a.csv", content)
    assert feed.run().done == 1


def write(feed: Feed, wanted: str = "a.csv") -> Path:
    path = feed.settings.home / f"outbox/{len(list((feed.settings.home / 'outbox').iterdir()))}.xlsx"
    write_rejects(feed.settings, feed.connection, wanted, path, dry_run=False)
    return path


def correct(path: Path, changes: dict[tuple[int, int], object], drop: int | None = None) -> Path:
    """The workbook with cells (row, column) changed, both from 1 with the header as row 1, and perhaps a row taken out."""
    book = openpyxl.load_workbook(path)
    for (row, column), value in changes.items():
        book["rejects"].cell(row, column).value = value
    if drop:
        book["rejects"].delete_rows(drop)
    book.save(path)
    return path


def take_back(feed: Feed, path: Path, wanted: str = "a.csv") -> Outcome:
    return load_corrected(feed.connection, wanted, path, dry_run=False)


def test_the_workbook_shows_each_row_with_its_reason(feed):
    loaded(feed)
    book = openpyxl.load_workbook(write(feed))
    rows = list(book["rejects"].values)
    assert [row[1:] for row in rows] == [
        ("line", "what is wrong", "id", "name", "amount"),
        (3, "'two' is not a number; correct the cell", "2", "Bob", "two"),
        (5, "'four' is not a number; correct the cell", "4", "Dee", "four"),
    ]
    assert book["rejects"].cell(2, 6).fill.fgColor.rgb == "FFFFE699"


def test_corrected_rows_go_into_the_same_dataset(feed):
    loaded(feed)
    path = correct(write(feed), {(2, 6): 2.25, (3, 6): "4"})
    line = "a.csv: 2 corrected row(s) loaded into dataset 1 of feeds.orders, 0 still rejected"
    assert take_back(feed, path) == Outcome(2, 0, line)
    assert sorted(feed.rows(columns="datasetid, id, amount::text")) == [(1, "1", "1.50"), (1, "2", "2.25"), (1, "3", "3"), (1, "4", "4")]
    assert feed.ledger() == [("a.csv", "Loaded", 4, 4, 0, 0)]
    assert feed.query("SELECT row_count FROM dba.tdataset") == [(4,)]
    on_record = feed.query("SELECT corrected_text, raw_text FROM dba.timportreject ORDER BY 1")
    assert on_record == [("2,Bob,2.25", "2;Bob;two"), ("4,Dee,4", "4;Dee;four")]


def test_the_same_workbook_twice_loads_once(feed):
    loaded(feed)
    path = correct(write(feed), {(2, 6): "2"})
    assert [take_back(feed, path).done for _ in range(2)] == [1, 0]
    assert len(feed.rows()) == 3
    assert write_rejects(feed.settings, feed.connection, "a.csv", None, dry_run=True).done == 1


def test_a_row_still_bad_stays_rejected_and_the_others_load(feed, caplog):
    loaded(feed)
    outcome = take_back(feed, correct(write(feed), {(2, 6): "zwei", (3, 6): "4"}))
    assert (outcome.done, outcome.failed) == (1, 1)
    assert "still bad: line 3, column amount: 'zwei' is not a number" in caplog.text
    assert feed.ledger() == [("a.csv", "Loaded", 4, 3, 1, 0)]


def test_rows_left_alone_or_taken_out_stay_rejected(feed):
    loaded(feed, ROWS + "5;short\n")
    outcome = take_back(feed, correct(write(feed), {}, drop=2))
    assert (outcome.done, outcome.failed) == (0, 0), "a row with a field too few is not loaded unless a person has changed it"
    assert feed.ledger() == [("a.csv", "Loaded", 5, 2, 3, 0)]


@pytest.mark.parametrize(("cell", "why"), [((2, 1), "is not a rejected row of a.csv"), ((3, 1), "stands in the sheet twice")])
def test_a_changed_row_number_is_refused_and_changes_nothing(feed, cell, why):
    loaded(feed)
    path = write(feed)
    first = openpyxl.load_workbook(path)["rejects"].cell(2, 1).value
    with pytest.raises(BadFileError, match=why):
        take_back(feed, correct(path, {cell: 999 if cell == (2, 1) else first, (2, 6): "1", (3, 6): "1"}))
    assert feed.ledger() == [("a.csv", "Loaded", 4, 2, 2, 0)]


def test_refused_and_undone_files_have_no_dataset_to_load_into(feed):
    feed.configure({"amount": "numeric"})
    feed.drop("a.csv", ROWS)
    feed.run()
    path = correct(write(feed), {(2, 6): "2"})
    with pytest.raises(ConfigError, match="is Failed, so there is no dataset"):
        take_back(feed, path)
    feed.query("SELECT 1")
    with feed.admin.cursor() as cursor:
        cursor.execute("UPDATE dba.timportconfig SET max_reject_rows = 5")
    feed.drop("b.csv", ROWS)
    feed.run()
    path = correct(write(feed, "b.csv"), {(2, 6): "2"})
    undo(feed, feed.query("SELECT max(datasetid) FROM dba.tdataset")[0][0])
    with pytest.raises(ConfigError, match="is Undone"):
        take_back(feed, path, "b.csv")


def test_a_wrong_workbook_or_file_is_named_with_the_fix(feed, tmp_path):
    loaded(feed)
    with pytest.raises(ConfigError, match="no file called 'nope' has been handled"):
        write(feed, "nope")
    with pytest.raises(ConfigError, match="there is no such file"):
        take_back(feed, tmp_path / "none.xlsx")
    other = io.BytesIO()
    openpyxl.Workbook().save(other)
    (tmp_path / "other.xlsx").write_bytes(other.getvalue())
    with pytest.raises(BadFileError):
        take_back(feed, tmp_path / "other.xlsx")


def test_a_dry_run_changes_nothing(feed):
    loaded(feed)
    path = correct(write(feed), {(2, 6): "2"})
    feed.connection.set_session(readonly=True)
    said = load_corrected(feed.connection, "a.csv", path, dry_run=True).message
    assert said == "a.csv: 1 corrected row(s) would be tried; nothing was changed"


letters = st.characters(exclude_categories=["Cs"], exclude_characters="\0\ufffe\uffff")
any_text = st.text(letters, max_size=8) | st.sampled_from(["_x000D_", "a\rb", "\t", "\x01", " "])


@hypothesis_settings(bounded, max_examples=200)
@given(cells=st.lists(any_text, min_size=3, max_size=5).filter(any))
def test_a_workbook_that_nobody_touched_brings_back_what_was_rejected(tmp_path_factory, cells):
    path = tmp_path_factory.mktemp("book") / "a.xlsx"
    path.write_bytes(write_workbook(("a", "b", "c"), [RejectRow(7, Reject(2, "", None, "", "why"), tuple(cells), 1)]))
    _, (number, _, _, *back) = Dialect().rows(b"".join(chunk.data for chunk in sheet_as_csv(path, SHEET).chunks()))
    assert (number, back[: len(cells)]) == ("7", cells)


value = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=6) | st.sampled_from(
    ["", "00601", "=1+1", " x ", 'a"b', "a,b", "a;b", "line\nbreak", "1e5", "2026-01-31", "TRUE", "'", "\\."]
)
amount = st.integers(-999, 999).map(str)
table = st.lists(st.tuples(value, amount, st.booleans()), min_size=1, max_size=8).filter(lambda rows: not all(bad for *_, bad in rows))


@hypothesis_settings(bounded, max_examples=15, phases=[Phase.explicit, Phase.generate])
@given(rows=table, infer=st.booleans())
def test_reject_correct_replay_is_as_if_it_had_been_right_the_first_time(feed, rows, infer):
    import csv

    def content(broken: bool) -> bytes:
        text = io.StringIO(newline="")
        writer = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\n")
        writer.writerow(["text", "amount"])
        writer.writerows([text_, "bad" if broken and bad else number] for text_, number, bad in rows)
        return text.getvalue().encode()

    lab = feed.__dict__.setdefault("lab", Lab(feed))
    config = {"max_reject_rows": 99, "column_types": "infer" if infer else "text"}
    right, wrong = (lab.fresh({"text": "text", "amount": "integer"}, **config) for _ in range(2))
    right.load(content(broken=False))
    wrong.load(content(broken=True))
    bad = [number for _, number, is_bad in rows if is_bad]
    if bad:
        name = f"{wrong.config.config_name}_a.csv"
        path = correct(write(feed, name), {(row, 5): int(number) for row, number in enumerate(bad, 2)})
        outcome = take_back(feed, path, name)
        assert (outcome.done, outcome.failed) == (len(bad), 0)
    assert wrong.rows() == right.rows()
    assert wrong.ledger() == right.ledger()
    assert wrong.shape() == right.shape()
    assert feed.query("SELECT count(*) FROM dba.vimportbooks") == [(0,)]


STEPS = [
    {"step": "rename", "columns": {"Betrag": "amount"}},
    {"step": "filter", "column": "kind", "not_equals": ["test"]},
    {"step": "parse_number", "column": "amount", "decimal": ","},
    {"step": "drop", "columns": ["notes"]},
]
RAW = """id;kind;notes;Betrag;day
1;sale;a;1.234,50;2026-01-31
2;test;b;x;x
3;sale;c;zwei;2026-02-01
4;sale;d;7,25;soon
5;sale;e;3;2026-02-02
"""


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_rows_that_steps_reshape_come_back_as_the_file_has_them(feed, kind):
    """One row that a step refuses, one that the table refuses behind the steps: both are shown and corrected in the file's own columns."""
    feed.configure({"day": "date", "amount": "numeric"}, max_reject_rows=10, transform=json.dumps(STEPS))
    right = RAW.replace("zwei", "2").replace("soon", "2026-03-01")
    for name, text in (("a", RAW), ("b", right)):
        if kind == "csv":
            feed.drop(f"{name}.csv", text)
        else:
            book = openpyxl.Workbook()
            for line in text.splitlines():
                book.active.append(line.split(";"))
            book.save(feed.inbox / f"{name}.xlsx")
    assert feed.run().done == 2
    path = write(feed, f"a.{kind}")
    rows = list(openpyxl.load_workbook(path)["rejects"].values)
    assert [row[3:] for row in rows] == [
        ("id", "kind", "notes", "Betrag", "day"),
        ("3", "sale", "c", "zwei", "2026-02-01"),
        ("4", "sale", "d", "7,25", "soon"),
    ]
    still = take_back(feed, correct(path, {(2, 7): "2", (3, 8): "later"}), f"a.{kind}")
    assert (still.done, still.failed) == (1, 1)
    assert take_back(feed, correct(path, {(3, 8): "2026-03-01"}), f"a.{kind}").done == 1
    first, second = (feed.query("SELECT id, kind, amount, day FROM feeds.orders WHERE datasetid = %s ORDER BY id", n) for n in (1, 2))
    assert first == second and len(first) == 4
    with pytest.raises(BadFileError, match="left out by a step"):
        feed.drop("c.csv", RAW.replace("1.234,50", "9"))
        feed.run()
        take_back(feed, correct(write(feed, "c.csv"), {(2, 5): "test"}), "c.csv")


def test_a_feed_that_drops_duplicates_says_why_it_cannot_take_single_rows(feed):
    feed.configure({"amount": "numeric"}, max_reject_rows=10, transform='[{"step": "dedupe"}]')
    feed.drop("a.csv", ROWS)
    assert feed.run().done == 1
    with pytest.raises(ConfigError, match="dedupe of its feed needs the whole file"):
        write(feed)
