"""Workbooks of every kind and every trouble: loaded as they are, or refused with the reason, and the next file goes on."""
# ruff: noqa: F811

import csv
import datetime as dt
import io
import os
import random
import shutil
import signal
import struct
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import openpyxl
import pytest
import xlrd
import xlsxwriter
import xlwt
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msoffcrypto.format.ooxml import OOXMLFile
from pyxlsbwriter import XlsbWriter

from child_process import ChildDied, Limits, run_in_child
from column_plan import base_name
from conftest import ROOT
from errors import BadFileError
from models import ImportConfig
from test_import import Feed, feed  # noqa: F401  (the fixture)
from workbook_files import WorkbookSource, open_workbook, sheet_as_csv
from workbook_findings import cell_name
from workbook_readers import format_of

CONFIG = ImportConfig(1, "c", "s", "t", "", "", "", "AUTO", "static", "x", "mtime", None, None, "_", "a.b", 1)
TABLE = [["id", "name", "amount"], ["00601", "Ann", 40.0], ["1234567890123456", "Bob & Co", 0.5], ["x", None, -3]]
IMPORT = ROOT / "jobscripts" / "run_import_job.py"
AS_ROWS = [["00601", "Ann", "40"], ["1234567890123456", "Bob & Co", "0.5"], ["x", "", "-3"]]


def xlsx(path: Path, rows=TABLE, edit: Callable = lambda book, sheet: None, **options) -> Path:
    book = xlsxwriter.Workbook(path, options)
    sheet = book.add_worksheet("Data")
    for row, values in enumerate(rows):
        for column, value in enumerate(values):
            if value is not None:
                (sheet.write_string if isinstance(value, str) else sheet.write)(row, column, value)
    edit(book, sheet)
    book.close()
    return path


def xls(path: Path, rows=TABLE, edit: Callable = lambda book, sheet: None) -> Path:
    book = xlwt.Workbook()
    sheet = book.add_sheet("Data")
    for row, values in enumerate(rows):
        for column, value in enumerate(values):
            if value is not None:
                sheet.write(row, column, value)
    edit(book, sheet)
    book.save(str(path))
    return path


def xlsb(path: Path, rows=TABLE) -> Path:
    with XlsbWriter(str(path)) as book:
        book.add_sheet("Data")
        book.write_sheet(rows)
    return path


def edited(path: Path, part: str, changes: dict[bytes, bytes]) -> Path:
    """The workbook with other bytes in one part, each change made once."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    for before, after in changes.items():
        assert parts[part].count(before) == 1
        parts[part] = parts[part].replace(before, after)
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return path


def html(path: Path, rows=TABLE) -> Path:
    body = "".join(
        "<tr>" + "".join(f"<td>{str(v if v is not None else '').replace('&', '&amp;')}</td>" for v in row) + "</tr>" for row in rows
    )
    path.write_text(f"<html><body><table><tr><td>menu</td></tr></table><table>{body.replace('40.0', '40')}</table></body></html>")
    return path


def mhtml(path: Path) -> Path:
    head = 'MIME-Version: 1.0\nContent-Type: multipart/related; boundary="b"\n\n--b\nContent-Type: text/html; charset="utf-8"\n\n'
    path.write_text(f"{head}{html(path).read_text()}\n--b--\n")
    return path


def spreadsheetml(path: Path, rows=TABLE) -> Path:
    def cell(value) -> str:
        kind = "String" if isinstance(value, str) else "Number"
        return f'<Cell><Data ss:Type="{kind}">{str(value).replace("&", "&amp;")}</Data></Cell>' if value is not None else "<Cell/>"

    body = "".join("<Row>" + "".join(map(cell, row)) + "</Row>" for row in rows)
    path.write_text(
        '<?xml version="1.0"?>\n<?mso-application progid="Excel.Sheet"?>\n<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"'
        f' xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet"><Worksheet ss:Name="Data"><Table>{body}</Table></Worksheet></Workbook>'
    )
    return path


def strict(path: Path) -> Path:
    """The same workbook in the strict form of the standard: other namespaces."""
    plain = xlsx(path.with_name("transitional.xlsx"))
    with zipfile.ZipFile(plain) as before, zipfile.ZipFile(path, "w") as after:
        for name in before.namelist():
            text = before.read(name).replace(
                b"http://schemas.openxmlformats.org/spreadsheetml/2006/main", b"http://purl.oclc.org/ooxml/spreadsheetml/main"
            )
            after.writestr(
                name, text.replace(b"http://schemas.openxmlformats.org/officeDocument/2006/", b"http://purl.oclc.org/ooxml/officeDocument/")
            )
    return path


def opened(path: Path, **fields) -> WorkbookSource:
    return open_workbook(path, replace(CONFIG, **fields))


def rows_of(source: WorkbookSource) -> list[list[str]]:
    return [row for chunk in source.chunks() if not chunk.skipped and not chunk.fault for row in source.dialect.rows(chunk.data)]


MAKERS = {"XLSX": xlsx, "XLSB": xlsb, "XLS": xls, "HTML": html, "MHTML": mhtml, "SpreadsheetML": spreadsheetml}


@pytest.mark.parametrize("kind", MAKERS)
@pytest.mark.parametrize("ending", ["xls", "xlsx", "csv"])
def test_the_content_tells_the_format_whatever_the_name_says(tmp_path, kind, ending):
    source = opened(MAKERS[kind](tmp_path / f"file.{ending}"))
    assert source.facts["format"] == kind and source.header == ("id", "name", "amount")
    assert rows_of(source) == AS_ROWS


def test_file_type_refuses_another_content(tmp_path):
    book, old, text = xlsx(tmp_path / "a.csv"), xls(tmp_path / "b.xls"), tmp_path / "c.xlsx"
    text.write_text("a,b\n1,2\n")
    right = {("XLSX", book), ("AUTO", book), ("XLS", old), ("AUTO", old), ("CSV", text), ("AUTO", text)}
    for kind in ("CSV", "XLS", "XLSX", "AUTO"):
        for path in (book, old, text):
            if (kind, path) in right:
                open_workbook(path, replace(CONFIG, file_type=kind))
            else:
                with pytest.raises(BadFileError, match=rf"{path.name}: is (XLSX?|CSV) by its content, and file_type of the feed is {kind}"):
                    open_workbook(path, replace(CONFIG, file_type=kind))


def test_strict_ooxml_is_read_like_any_other(tmp_path):
    assert rows_of(opened(strict(tmp_path / "strict.xlsx"))) == AS_ROWS


@pytest.mark.parametrize("text", ["id,name\n1,x\n", "id\tname\n1\tx\n"])
def test_text_under_the_name_of_a_workbook_is_no_workbook(tmp_path, text):
    (tmp_path / "a.xls").write_text(text)
    assert opened(tmp_path / "a.xls") is None


def test_dates_times_booleans_and_the_1904_calendar(tmp_path):
    def edit(book, sheet):
        day, clock, hours = (book.add_format({"num_format": form}) for form in ("yyyy-mm-dd", "yyyy-mm-dd hh:mm:ss", "[h]:mm"))
        for column, value, form in ((0, 1, day), (1, 59, day), (2, 61, day), (3, 45000.5, clock), (4, 1.25, hours)):
            sheet.write_number(1, column, value, form)
        sheet.write_boolean(1, 5, True)

    source = opened(xlsx(tmp_path / "a.xlsx", [list("abcdef")], edit))
    assert rows_of(source) == [["1900-01-01", "1900-02-28", "1900-03-01", "2023-03-15 12:00:00", "30:00:00", "true"]]
    book = openpyxl.Workbook()
    book.epoch = dt.datetime(1904, 1, 1)
    book.active.append(["d"])
    book.active.append([dt.date(2026, 1, 31)])
    book.save(tmp_path / "1904.xlsx")
    assert rows_of(opened(tmp_path / "1904.xlsx")) == [["2026-01-31"]]


NUMBERS = [1, 59, 60, 60.25, 61, -5, 0.5, 2958466]
AS_DAYS = ["1900-01-01", "1900-02-28", "1900-02-29", "1900-02-29 06:00:00", "1900-03-01", "-5", "12:00:00", "2958466"]


def dated_xlsx(path: Path) -> Path:
    def edit(book, sheet):
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        for row, number in enumerate(NUMBERS, 1):
            sheet.write_number(row, 0, number, day) if row % 2 else sheet.write_formula(row, 0, "=A1+0", day, number)
            sheet.write_number(row, 1, -number)

    return xlsx(path, [["day", "number"]], edit)


def dated_xls(path: Path) -> Path:
    def edit(book, sheet):
        for row, number in enumerate(NUMBERS, 1):
            sheet.write(row, 0, number, xlwt.easyxf(num_format_str="yyyy-mm-dd"))
            sheet.write(row, 1, -number)

    return xls(path, [["day", "number"]], edit)


def dated_xlsb(path: Path) -> Path:
    """pyxlsbwriter takes dates and no formats: the numbers of some dates are put in place of others."""
    stands_for = {1_000.0 + row: float(number) for row, number in enumerate(NUMBERS)}
    days = [dt.datetime(1899, 12, 30) + dt.timedelta(days=stand_in) for stand_in in stands_for]
    xlsb(path, [["day", "number"], *([day, -number] for day, number in zip(days, NUMBERS, strict=True))])
    return edited(path, "xl/worksheets/sheet1.bin", {struct.pack("<d", a): struct.pack("<d", b) for a, b in stands_for.items()})


@pytest.mark.parametrize("write", [dated_xlsx, dated_xls, dated_xlsb])
def test_a_number_that_is_no_day_does_not_become_one(tmp_path, write):
    """Readers make 28 February out of 29 February 1900, and midnight out of a day before 1900."""
    source = opened(write(tmp_path / f"a.{write.__name__[6:]}"))
    day, number = zip(*rows_of(source), strict=True)
    assert list(day) == AS_DAYS
    assert [float(text) for text in number] == [-value for value in NUMBERS]
    assert source.facts["dates_without_day"] == 3 and "3 date(s) are no day of the calendar, the first is A4" in source.notes


def test_error_cells_and_formulas_without_a_value_are_empty_counted_and_named(feed: Feed):
    def edit(book, sheet):
        sheet.write_formula(1, 1, "=1/0", None, "#DIV/0!")
        sheet.write_formula(2, 1, "=NA()", None, "#N/A")
        sheet.write_formula(3, 1, "=A2*2", None, "")

    feed.configure()
    xlsx(feed.inbox / "a.xlsx", [["id", "v"], ["1"], ["2"], ["3"]], edit)
    feed.run()
    assert feed.ledger() == [("a.xlsx", "Loaded", 3, 3, 0, 0)]
    [(findings,)] = feed.query("SELECT findings FROM dba.timportfile")
    assert (findings["error_cells"], findings["formulas_without_value"], findings["sheets"]) == (2, 1, ["Data"])
    assert opened(feed.archive / "a.xlsx").notes[1:] == (
        "2 error cell(s) are empty, the first is B2",
        "1 formula(s) were saved without a value and are empty, first B4",
    )


def test_error_cells_and_formulas_of_an_old_workbook_are_counted(tmp_path):
    def edit(book, sheet):
        sheet.row(1).set_cell_error(1, "#N/A!")
        sheet.write(2, 1, xlwt.Formula("1+1"))  # xlwt cannot work it out

    source = opened(xls(tmp_path / "a.xls", [["id", "v"], ["1"], ["2"]], edit))
    assert rows_of(source) == [["1", ""], ["2", ""]]
    assert source.notes[1:] == (
        "1 error cell(s) are empty, the first is B2",
        "1 formula(s) were saved without a value and are empty, first B3",
    )


def test_error_cells_of_a_binary_workbook_are_counted(tmp_path):
    path = xlsb(tmp_path / "a.xlsb", [["id", "v"], ["1", True], ["2", False]])
    a_true = b"\x04\x09" + struct.pack("<II", 1, 0) + b"\x01"
    source = opened(edited(path, "xl/worksheets/sheet1.bin", {a_true: b"\x03\x09" + a_true[2:-1] + b"\x2a"}))
    assert rows_of(source) == [["1", ""], ["2", "false"]]
    assert source.notes[1] == "1 error cell(s) are empty, the first is B2"


def test_a_binary_workbook_whose_cells_the_reader_would_skip_is_refused():
    """Made by SheetJS 0.18.5, which writes every cell but a row's first in a short form; calamine gives them as empty."""
    with pytest.raises(BadFileError, match=r"sheet 'Data' holds cells in a short form that cannot be read \(row 1\); save it as .xlsx"):
        rows_of(opened(ROOT / "tests" / "workbooks" / "short_cells.xlsb", sheet="Data"))


def test_rich_text_long_numbers_and_a_text_among_dates(tmp_path):
    def edit(book, sheet):
        bold = book.add_format({"bold": True})
        sheet.write_rich_string(1, 0, "half ", bold, "bold")
        sheet.write_number(1, 1, 1234567890123456)
        sheet.write_datetime(1, 2, dt.datetime(2026, 1, 31), book.add_format({"num_format": "dd.mm.yyyy"}))
        sheet.write_string(2, 2, "not yet")

    source = opened(xlsx(tmp_path / "a.xlsx", [list("abc")], edit))
    assert rows_of(source) == [["half bold", "1234567890123456", "2026-01-31"], ["", "", "not yet"]]


def test_sheets_are_chosen_by_name_number_or_pattern_one_or_all(tmp_path):
    book = xlsxwriter.Workbook(tmp_path / "a.xlsx")
    for name, header, value in (("Jan", ["a", "b"], ["1", "x"]), ("Feb", ["b", "a"], ["y", "2"]), ("Notes", ["text"], ["z"])):
        sheet = book.add_worksheet(name)
        sheet.write_row(0, 0, header)
        sheet.write_row(1, 0, value)
    book.close()
    assert rows_of(opened(tmp_path / "a.xlsx")) == [["1", "x"]]
    assert rows_of(opened(tmp_path / "a.xlsx", sheet="Feb")) == rows_of(opened(tmp_path / "a.xlsx", sheet="2")) == [["y", "2"]]
    both = opened(tmp_path / "a.xlsx", sheet="Jan|Feb")
    assert both.header == ("a", "b") and rows_of(both) == [["1", "x"], ["2", "y"]]
    assert [(chunk.sheet, chunk.line) for chunk in both.chunks()] == [("Jan", 2), ("Feb", 2)]
    with pytest.raises(BadFileError, match="sheet 'Notes' has other columns than the first"):
        rows_of(opened(tmp_path / "a.xlsx", sheet=".*"))
    with pytest.raises(BadFileError, match="no sheet fits 'May', the workbook has Jan, Feb, Notes"):
        rows_of(opened(tmp_path / "a.xlsx", sheet="May"))


def test_a_sheet_that_cannot_be_loaded_takes_the_rows_of_the_sheets_before_it_back(feed: Feed):
    feed.configure(sheet=".*")
    edit = lambda book, sheet: book.add_worksheet("Notes").write_row(0, 0, ["other"])  # noqa: E731
    xlsx(feed.inbox / "a.xlsx", [["id", "name"], *([str(row), "x" * 100] for row in range(20_000))], edit)
    feed.run()
    assert feed.ledger() == [("a.xlsx", "Failed", 0, 0, 0, 0)]
    assert feed.query("SELECT to_regclass('feeds.orders')") == [(None,)]


def test_a_reader_that_crashes_after_rows_were_sent_leaves_none_of_them(feed: Feed, monkeypatch):
    feed.configure()
    xlsx(feed.inbox / "a.xlsx", [["id", "name"], *([str(row), "x" * 100] for row in range(20_000))])
    with monkeypatch.context() as patch:
        patch.setattr("workbook_files._seen", lambda kind, sheets: os.kill(os.getpid(), signal.SIGSEGV))
        feed.run()
    assert feed.ledger() == [("a.xlsx", "Failed", 0, 0, 0, 0)]
    assert "crashed its reader (SIGSEGV)" in feed.query("SELECT error FROM dba.timportfile")[0][0]
    assert feed.query("SELECT to_regclass('feeds.orders')") == [(None,)]


def test_a_bad_cell_is_named_by_sheet_row_and_column(feed: Feed):
    feed.configure({"amount": "numeric"}, max_reject_rows=1)
    xlsx(feed.inbox / "a.xlsx", [["id", "amount"], ["1", "5"], [None, None], ["2", "five"]])
    feed.run()
    assert feed.query("SELECT sheet_name, line_number, column_name FROM dba.timportreject") == [("Data", 4, "amount")]


def test_titles_merged_headers_and_footers(tmp_path):
    def edit(book, sheet):
        sheet.merge_range(2, 1, 2, 2, "Address")

    path = xlsx(tmp_path / "a.xlsx", [["Report"], [], ["id"], ["1", "Main St", "5"], ["Total", "1"]], edit)
    source = opened(path, header_row=2, skip_footer=1)
    assert source.header == ("id", "Address", "Address") and rows_of(source) == [["1", "Main St", "5"]]
    with pytest.raises(BadFileError, match="ends before its header row"):
        rows_of(opened(path, header_row=9))


@pytest.mark.parametrize("write", [xlsx, xls])
def test_values_right_of_the_header_have_a_column_as_in_the_csv_of_the_sheet(feed: Feed, write):
    feed.configure()
    rows = [["id", "name", None], ["1", "x", None], ["2", "y", "note"], ["3", None, None]]
    write(feed.inbox / f"a.{write.__name__}", rows)
    feed.drop("b.csv", "id,name,\n1,x,\n2,y,note\n3,,\n")
    assert feed.run().failed == 0
    table = feed.query("SELECT id, name, column_3 FROM feeds.orders ORDER BY datasetid, id")
    assert table == [("1", "x", None), ("2", "y", "note"), ("3", None, None)] * 2


def test_formatted_cells_right_of_the_header_are_no_columns(tmp_path):
    def borders(book, sheet) -> None:
        for row in range(4):
            sheet.write_blank(row, 5, None, book.add_format({"border": 1}))

    assert open_workbook(xlsx(tmp_path / "a.xlsx", edit=borders), CONFIG).header == ("id", "name", "amount")


@pytest.mark.parametrize("reference", ["A1:XFD1048576", "A1"])
def test_a_wrong_dimension_changes_nothing(tmp_path, reference):
    plain, wrong = xlsx(tmp_path / "a.xlsx"), tmp_path / "wrong.xlsx"
    with zipfile.ZipFile(plain) as before, zipfile.ZipFile(wrong, "w") as after:
        for name in before.namelist():
            after.writestr(name, before.read(name).replace(b'<dimension ref="A1:C4"/>', f'<dimension ref="{reference}"/>'.encode()))
    assert b"A1:C4" not in zipfile.ZipFile(wrong).read("xl/worksheets/sheet1.xml")
    assert rows_of(opened(wrong)) == AS_ROWS


def test_a_million_formatted_empty_rows_are_no_rows(tmp_path):
    path = xlsx(tmp_path / "a.xlsx", [["a"], ["v"]], lambda book, sheet: book.add_format({"bold": True}))
    rows = b"".join(b'<row r="%d"><c r="A%d" s="1"/></row>' % (row, row) for row in range(3, 1_048_577))
    source = opened(edited(path, "xl/worksheets/sheet1.xml", {b"</sheetData>": rows + b"</sheetData>"}))
    assert rows_of(source) == [["v"]] and source.header == ("a",)


# --- hostile files --------------------------------------------------------------------------------------------------------


def encrypted(path: Path) -> Path:
    with xlsx(path.with_name("plain.tmp")).open("rb") as plain, path.open("wb") as file:
        OOXMLFile(plain).encrypt("secret", file)
    return path


def zip_bomb(path: Path) -> Path:
    plain = xlsx(path.with_name("plain.xlsx"))
    with zipfile.ZipFile(plain) as before, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as after:
        for name in before.namelist():
            if name != "xl/worksheets/sheet1.xml":
                after.writestr(name, before.read(name))
        with after.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as sheet:
            block = bytes(1 << 24)
            for _ in range(272):  # 4.5 GB of zeros in 4 MB
                sheet.write(block)
    return path


def entity_bomb(path: Path) -> Path:
    entities = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))
    path.write_text(
        f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a0 "ha">{entities}]><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"'
        ' xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet"><Worksheet ss:Name="S"><Table><Row><Cell>'
        '<Data ss:Type="String">&a9;</Data></Cell></Row></Table></Worksheet></Workbook>'
    )
    return path


def login_page(path: Path) -> Path:
    path.write_text("<!DOCTYPE html><html><body><form>Password: <input></form></body></html>")
    return path


HOSTILE = {
    "encrypted": (encrypted, "is encrypted with a password"),
    "entity bomb": (entity_bomb, "cannot be read as a workbook"),
    "login page": (login_page, "is a web page without a table"),
    "half a zip": (lambda path: path.write_bytes(xlsx(path).read_bytes()[:3000]) and path, "cannot be read as a workbook"),
    "half an xls": (lambda path: path.write_bytes(xls(path).read_bytes()[:1500]) and path, "cannot be read as a workbook"),
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_hostile_file_is_refused_with_its_reason_and_the_next_one_is_loaded(feed: Feed, kind):
    make, reason = HOSTILE[kind]
    feed.configure()
    make(feed.inbox / "a.xls")
    xls(feed.inbox / "b.xls")
    os.utime(feed.inbox / "a.xls", (1, 1))
    feed.run()
    assert [row[:2] for row in feed.ledger()] == [("a.xls", "Failed"), ("b.xls", "Loaded")]
    assert reason in feed.query("SELECT error FROM dba.timportfile WHERE status = 'Failed'")[0][0]


@pytest.mark.slow
def test_a_zip_bomb_is_refused_and_an_honest_high_ratio_is_not(tmp_path):
    with pytest.raises(BadFileError, match="unpacks to 5 GB, at most 4 GB are read"):
        format_of(zip_bomb(tmp_path / "bomb.xlsx"))
    path = xlsx(tmp_path / "honest.xlsx", [["a", "b"], *[["x" * 50, "x" * 50]] * 20_000], constant_memory=True)
    assert len(rows_of(opened(path))) == 20_000


LIMITS = Limits(memory_bytes=1 << 30, cpu_seconds=2, wall_seconds=6)
DEATHS = {
    "abort": (os.abort, "needs more than 1,024 MB"),
    "crash": (lambda: os.kill(os.getpid(), 11), "SIGSEGV"),
    "memory": (lambda: bytes(2 << 30), "needs more than 1,024 MB"),
    "endless": (lambda: [None for _ in iter(int, 1)], "CPU time|MB of memory"),
    "asleep": (lambda: time.sleep(60), "longer than 6 seconds"),
    "exits": (lambda: os._exit(3), "crashed its reader"),
    "panic": (lambda: (_ for _ in ()).throw(BaseException("panic")), "BaseException: panic"),
}


@pytest.mark.parametrize("kind", DEATHS)
def test_whatever_kills_the_reader_takes_only_itself_down(kind):
    work, reason = DEATHS[kind]
    with pytest.raises(ChildDied, match=reason):
        list(run_in_child(lambda send: work(), LIMITS))
    assert list(run_in_child(lambda send: [send(6), send(7), 42][2], LIMITS)) == [6, 7, 42]


def test_what_the_work_refuses_is_refused_here():
    def refuse():
        raise BadFileError("no")

    with pytest.raises(BadFileError, match="no"):
        list(run_in_child(lambda send: refuse(), LIMITS))


def test_work_that_nobody_waits_for_any_more_is_ended():
    def endless(send):
        send(os.getpid())
        while True:
            send("x" * 1000)

    answers = run_in_child(endless, LIMITS)
    pid = next(answers)
    assert Path(f"/proc/{pid}").exists()
    del answers
    assert not Path(f"/proc/{pid}").exists()


def test_time_in_which_nobody_asks_is_not_counted():
    answers = run_in_child(lambda send: [send(1), time.sleep(0.5), 2][2], replace(LIMITS, wall_seconds=1))
    assert next(answers) == 1
    time.sleep(1.2)
    assert next(answers) == 2


@pytest.mark.slow
def test_flipped_bytes_are_loaded_or_refused_and_the_process_lives(tmp_path):
    chance = random.Random(11)
    originals = [maker(tmp_path / f"{kind}.bin").read_bytes() for kind, maker in MAKERS.items()]
    path, refused = tmp_path / "fuzz.xls", 0
    for _ in range(int(os.environ.get("ETL_TEST_FUZZ", "500"))):
        content = bytearray(chance.choice(originals))
        for _ in range(chance.choice((1, 3, 30))):
            content[chance.randrange(len(content))] = chance.randrange(256)
        path.write_bytes(content)
        try:
            source = opened(path)
            if source is not None:
                rows_of(source)
        except BadFileError as error:
            refused += 1
            assert "\n" not in str(error)
    assert refused, "the flips did not hurt"
    assert rows_of(opened(xlsx(tmp_path / "next.xlsx"))) == AS_ROWS


# --- another writer -------------------------------------------------------------------------------------------------------

_OFFICE = shutil.which("soffice")
_SAVED_AS = {"xlsx": "Calc MS Excel 2007 XML", "xls": "MS Excel 97", "html": "HTML (StarCalc)"}


@pytest.mark.skipif(not _OFFICE, reason="LibreOffice is not installed (package libreoffice-calc-nogui)")
def test_what_libreoffice_saves_is_read_as_it_shows_it(tmp_path):
    def edit(book, sheet):
        day, clock = (book.add_format({"num_format": form}) for form in ("yyyy-mm-dd", "yyyy-mm-dd hh:mm:ss"))
        sheet.write_datetime(1, 2, dt.datetime(2026, 1, 31), day)
        sheet.write_datetime(2, 2, dt.datetime(2024, 2, 29, 17, 30, 15), clock)
        sheet.write_boolean(1, 3, True)
        sheet.write_formula(2, 3, "=1/0", None, "#DIV/0!")
        sheet.write_formula(1, 4, "=B2*2", None, 42)
        sheet.write_number(2, 4, 1234567.5)

    rows = [["id", "name", "when", "odd", "sum"], ["00601", 21], ["Zoë, 日本 😀", 'two\nlines "quoted"']]
    made = xlsx(tmp_path / "made.xlsx", rows, edit)
    as_read = [["00601", "21", "2026-01-31", "true", "42"], ["Zoë, 日本 😀", 'two\nlines "quoted"', "2024-02-29 17:30:15", "", "1234567.5"]]
    for ending in _SAVED_AS:
        target = tmp_path / ending
        command = [_OFFICE, f"-env:UserInstallation=file://{tmp_path}/profile", "--headless", "--convert-to"]
        subprocess.run([*command, f"{ending}:{_SAVED_AS[ending]}", "--outdir", target, made], check=True, capture_output=True)
        source = opened(target / f"made.{ending}")
        assert source.header == tuple(rows[0])
        if ending == "html":  # a page holds what it shows, and no line ends
            as_read[0][3], as_read[1][1], as_read[1][3] = "1", 'two lines "quoted"', "#DIV/0!"
        assert (ending, rows_of(source), source.facts["error_cells"]) == (ending, as_read, 0 if ending == "html" else 1)


# --- other readers agree, and a CSV of the same table ---------------------------------------------------------------------

texts = st.text(st.characters(categories=["L", "N", "P", "Z"], exclude_characters="\u2028\u2029"), min_size=1, max_size=8).filter(str.strip)
cells = st.none() | texts | st.integers(-(10**15), 10**15) | st.floats(-1e9, 1e9, width=32) | st.booleans()
small = settings(
    deadline=None, derandomize=True, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


def plain(value) -> str:
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    return str(int(value)) if isinstance(value, float) and value.is_integer() else repr(value) if isinstance(value, float) else str(value)


@small
@given(rows=st.lists(st.lists(cells, min_size=3, max_size=3).filter(lambda row: any(v is not None for v in row)), min_size=1, max_size=8))
def test_openpyxl_and_xlrd_see_the_same_cells(tmp_path, rows):
    table = [["a", "b", "c"], *rows]
    new, old = xlsx(tmp_path / "o.xlsx", table), xls(tmp_path / "o.xls", table)
    by_openpyxl = [
        [plain(value) for value in row] for row in openpyxl.load_workbook(new, read_only=True)["Data"].iter_rows(2, values_only=True)
    ]
    sheet = xlrd.open_workbook(old).sheet_by_index(0)
    by_xlrd = [
        [str(bool(cell.value)).lower() if cell.ctype == xlrd.XL_CELL_BOOLEAN else plain(cell.value) for cell in sheet.row(number)]
        for number in range(1, sheet.nrows)
    ]
    wide = lambda found: [(row + [""] * 3)[:3] for row in found]  # noqa: E731
    assert rows_of(opened(new)) == wide(by_openpyxl)
    assert rows_of(opened(old)) == wide(by_xlrd)


@pytest.mark.parametrize("types", ["text", "infer"])
def test_a_workbook_and_the_csv_of_the_same_table_come_to_the_same(feed: Feed, job_env, types):
    chance = random.Random(5)
    table = [["id", "Name", "amount", "day"]]
    for number in range(300):
        amount = "n/a" if number in (7, 200) and types == "text" else f"{chance.randrange(10**6) / 100:.2f}"
        table.append([f"{number:04d}", chance.choice(["Ann", 'B, "b"', "Zoë", None]), amount, f"2026-01-{number % 28 + 1:02d}"])
    text = io.StringIO(newline="")
    csv.writer(text).writerows([[value if value is not None else "" for value in row] for row in table])
    outcome = []
    for name, kind in (("a.csv", None), ("b.xlsx", xlsx), ("c.xls", xls)):
        target = f"feeds.{name[0]}"
        rules = {"config_name": name, "file_pattern": name.replace(".", r"\."), "target_table": target}
        feed.configure({"amount": "numeric"} if types == "text" else {}, column_types=types, max_reject_rows=5, **rules)
        if kind:
            kind(feed.inbox / name, table)
        else:
            feed.drop(name, text.getvalue())
        subprocess.run([sys.executable, IMPORT, name], env=job_env, check=True, stdout=subprocess.DEVNULL)
        columns = f"SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute WHERE attrelid = '{target}'::regclass AND attnum > 1"
        rejects = "SELECT line_number, column_name, error_code, message FROM dba.timportreject JOIN dba.timportfile USING (importfileid)"
        rows = feed.query(f"SELECT id, name, amount::text, day::text FROM {target} ORDER BY id")
        outcome.append((rows, feed.query(columns), feed.query(f"{rejects} WHERE file_name = '{name}' ORDER BY 1")))
    assert outcome[0] == outcome[1] == outcome[2] and len(outcome[0][0]) in (298, 300)


any_cell = texts | st.sampled_from(["00601", "1.50", "-3", "n/a", "2026-01-31", "31/01/2026", "true", "1e3", '"', "a,b", "=1+1", "NULL"])


@small
@given(
    header=st.lists(texts, min_size=1, max_size=4),
    rows=st.lists(st.lists(st.none() | any_cell, min_size=4, max_size=4), min_size=1, max_size=8),
    types=st.sampled_from(["text", "infer"]),
    typed=st.sampled_from([None, "numeric", "integer", "date"]),
    strategy=st.sampled_from([1, 2, 3]),
)
def test_any_table_comes_to_the_same_from_csv_xlsx_and_xls(feed: Feed, header, rows, types, typed, strategy):
    """Rows, rejects, types, names and the verdict. A row without any value is none in a sheet, so each has one."""
    table = [header, *([*row[: len(header) - 1], "end"] for row in rows)]
    text = io.StringIO(newline="")
    csv.writer(text).writerows([[value or "" for value in row] for row in table])
    outcome = []
    for kind in ("csv", "xlsx", "xls"):
        ((number,),) = feed.query("SELECT count(*) FROM dba.timportconfig")  # each has a feed and a table of its own
        name, target = f"t{number}", f"feeds.t{number}"
        rules = {"config_name": name, "file_pattern": rf"{name}\..*", "target_table": target, "importstrategyid": strategy}
        feed.configure({header[0]: typed} if typed else {}, column_types=types, max_reject_rows=3, **rules)
        if strategy != 1:
            with feed.connection, feed.connection.cursor() as cursor:
                lineage = "datasetid bigint NOT NULL DEFAULT dba.f_loading_datasetid()"
                cursor.execute(f"CREATE SCHEMA IF NOT EXISTS feeds; CREATE TABLE {target} ({lineage}, \"{base_name(header[0], 1)}\" text)")
        if kind == "csv":
            feed.drop(f"{name}.csv", text.getvalue())
        else:
            {"xlsx": xlsx, "xls": xls}[kind](feed.inbox / f"{name}.{kind}", table)
        failed = feed.run(name).failed
        types_now = "SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute WHERE attrelid = to_regclass(%s) AND attnum > 1"
        there = feed.query(types_now, target)
        names = ", ".join(f'"{column}"::text' for column, _ in there)
        loaded = feed.query(f"SELECT {names} FROM {target} ORDER BY ctid") if there else []
        of_this = "dba.timportfile WHERE file_name LIKE %s"
        books = feed.query(f"SELECT status, rows_read, rows_loaded, rows_rejected, rows_skipped FROM {of_this}", f"{name}.%")
        facts = "line_number, column_name, error_code, message"
        rejects = f"SELECT {facts} FROM dba.timportreject WHERE importfileid IN (SELECT importfileid FROM {of_this}) ORDER BY 1"
        outcome.append((failed, there, loaded, books, feed.query(rejects, f"{name}.%")))
    assert outcome[0] == outcome[1] == outcome[2]


def test_a_folder_of_hostile_workbooks_is_loaded_or_refused_file_by_file(feed: Feed):
    chance = random.Random(12)
    originals = [maker(feed.settings.home / f"{kind}.bin").read_bytes() for kind, maker in MAKERS.items()]
    for number in range(60):
        content = bytearray(chance.choice(originals))
        for _ in range(chance.choice((1, 3, 30))):
            content[chance.randrange(len(content))] = chance.randrange(256)
        feed.drop(f"{number:03d}.xlsx", bytes(content))
    xlsx(feed.inbox / "999.xlsx")
    feed.configure()
    feed.run()
    status = dict(feed.query("SELECT file_name, status FROM dba.timportfile"))
    assert list(feed.inbox.iterdir()) == [] and len(status) == 61 and status["999.xlsx"] in ("Loaded", "Duplicate")
    assert set(status.values()) <= {"Loaded", "Failed", "Duplicate", "Empty"} and "Failed" in status.values()
    assert feed.query("SELECT count(*) FROM dba.vimportbooks") == [(0,)]


# --- the tool by itself ---------------------------------------------------------------------------------------------------


def test_xls_to_csv_says_what_it_found_and_never_overwrites(tmp_path):
    path = xlsx(tmp_path / "a.xlsx")
    command = [sys.executable, ROOT / "jobscripts/xls_to_csv.py", path]
    env = {"PYTHONPATH": f"{ROOT}/systemscripts", "PATH": os.environ["PATH"]}
    first = subprocess.run(command, capture_output=True, text=True, env=env)
    assert first.returncode == 0 and first.stdout.startswith("a.xlsx, XLSX, sheet 'Data': 3 columns, 4 rows went to")
    assert (tmp_path / "a.csv").read_text() == "id,name,amount\n00601,Ann,40\n1234567890123456,Bob & Co,0.5\nx,,-3\n"
    again = subprocess.run(command, capture_output=True, text=True, env=env)
    assert again.returncode == 1 and "is not overwritten" in again.stderr
    assert sorted(one.name for one in tmp_path.iterdir()) == ["a.csv", "a.xlsx"]


def test_nothing_is_left_beside_the_source(feed: Feed):
    feed.configure()
    xlsx(feed.inbox / "a.xlsx")
    feed.run()
    assert list(feed.inbox.iterdir()) == []
    assert sheet_as_csv(feed.archive / "a.xlsx", None).facts["columns"] == 3
    assert cell_name(1, 703) == "AAA1"
