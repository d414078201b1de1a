"""Attachments, read back by other programs: values are exact, numbers are numbers, and no text runs."""

import contextlib
import csv
import math
import tracemalloc
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from zipfile import ZipFile
from zoneinfo import ZoneInfo

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from errors import DeliveryError
from report_attachments import would_run, write_csv, write_xlsx, zipped_to_fit
from report_queries import copy_csv

ZONE = ZoneInfo("America/New_York")
FORMULAS = ["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "=", "-", "--", "+1+2", "-12.5.6"]
COLUMNS = ("text", "whole", "amount", "day", "moment", "flag", "empty")
ROW = ("00601", 7, Decimal("1234.50"), date(2026, 1, 2), datetime(2026, 1, 2, 12, 0, tzinfo=UTC), True, None)


def csv_rows(path) -> list[list[str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file))


def sheet_of(path):
    return openpyxl.load_workbook(path).active


@pytest.fixture(scope="module")
def server_session(server, template):
    """A session of the report role, as reports have it."""
    with contextlib.closing(server.connect(template, "etl_report")) as session:
        session.set_session(isolation_level="REPEATABLE READ", readonly=True)
        yield session


@pytest.fixture(scope="module")
def csv_of(server_session, tmp_path_factory):
    """csv_of(QUERY, value, ...) writes the query's rows and returns (how many it says, the file)."""

    def write(query: str, *values: object) -> tuple[int, Path]:
        path = tmp_path_factory.mktemp("csv") / "a.csv"
        query = server_session.cursor().mogrify(query, values or None).decode()
        return write_csv(path, lambda into: copy_csv(server_session, query, into, ZONE)), path

    return write


def test_csv_holds_plain_values_and_opens_in_excel(csv_of):
    row = "7, 1234.50, date '2026-01-02', timestamptz '2026-01-02 12:00:00.9Z', true, NULL::text"
    count, path = csv_of(
        f"WITH w AS (SELECT 1) SELECT * FROM (VALUES ('00601', {row}), (E'Müller, \"x\"\\ny', {row}))"
        f" AS t ({', '.join(COLUMNS)}) ORDER BY 1; -- and a last word"
    )
    assert count == 2 and path.read_bytes().startswith(b"\xef\xbb\xbf")
    header, first, second = csv_rows(path)
    assert header == list(COLUMNS)
    assert first == ["00601", "7", "1234.50", "2026-01-02", "2026-01-02 07:00:00", "true", ""]
    assert second[0] == 'Müller, "x"\ny'


def test_csv_takes_columns_of_one_name_values_tables_and_other_types(csv_of):
    assert csv_rows(csv_of("SELECT 1 AS n, 2 AS n")[1]) == [["n", "n"], ["1", "2"]]
    assert csv_rows(csv_of("VALUES (1), (NULL), (2)")[1])[1:] == [["1"], [""], ["2"]]
    assert csv_rows(csv_of("TABLE dba.tdatastatus")[1])[0] == ["datastatusid", "statusname", "description"]
    assert csv_rows(csv_of("SELECT ARRAY[1, 2], '{\"a\": 1}'::jsonb, '\\x00ff'::bytea, 1.5::float8, interval '1 day'")[1])[1] == [
        "{1,2}", '{"a": 1}', "\\x00ff", "1.5", "1 day",
    ]  # fmt: skip


@pytest.mark.parametrize("text", FORMULAS)
def test_a_text_that_would_run_is_made_harmless_in_both_formats(tmp_path, csv_of, text):
    assert would_run(text)
    name = text.replace('"', '""').replace("%", "%%")
    assert csv_rows(csv_of(f'SELECT %s AS "{name}"', text)[1]) == [["'" + text], ["'" + text]]
    write_xlsx(tmp_path / "a.xlsx", ZONE, ("c",), [(text,)])
    cell = sheet_of(tmp_path / "a.xlsx")["A2"]
    assert cell.data_type == "s" and cell.quotePrefix
    assert b"<f>" not in ZipFile(tmp_path / "a.xlsx").read("xl/worksheets/sheet1.xml")


@pytest.mark.parametrize("value", ["-12.50", "+15551234567", "1-2", "a=b", "", " =1", "'=1"])
def test_other_text_is_left_as_it_is(csv_of, value):
    assert csv_rows(csv_of("SELECT %s AS c, 'x'", value)[1])[1][0] == value


@pytest.mark.parametrize("value", [-5, Decimal("-0.5"), -1.5])
def test_negative_numbers_stay_numbers(tmp_path, csv_of, value):
    write_xlsx(tmp_path / "a.xlsx", ZONE, ("c",), [(value,)])
    assert csv_rows(csv_of("SELECT %s AS c", value)[1])[1] == [str(value)]
    assert sheet_of(tmp_path / "a.xlsx")["A2"].value == float(value)


@settings(max_examples=200, deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20))
def test_no_csv_cell_ever_starts_a_formula_and_none_loses_a_character(csv_of, text):
    [_, [cell, end]] = csv_rows(csv_of("SELECT %s AS c, 'end'", text)[1])
    assert cell == ("'" + text if would_run(text) else text) and end == "end"


def test_xlsx_is_typed_with_a_frozen_filtered_header(tmp_path):
    path = tmp_path / "a.xlsx"
    assert write_xlsx(path, ZONE, COLUMNS, [ROW, ROW]) == 2
    sheet = sheet_of(path)
    assert [cell.value for cell in sheet[1]] == list(COLUMNS) and all(cell.font.b for cell in sheet[1])
    values = [cell.value for cell in sheet[2]]
    assert values == ["00601", 7, 1234.5, datetime(2026, 1, 2), datetime(2026, 1, 2, 7, 0), True, None]
    assert [sheet["D2"].number_format, sheet["E2"].number_format] == ["yyyy-mm-dd", "yyyy-mm-dd hh:mm:ss"]
    assert (sheet.freeze_panes, sheet.auto_filter.ref) == ("A2", "A1:G3")
    assert sheet.column_dimensions["E"].width > sheet.column_dimensions["B"].width


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (12345678901234567, "12345678901234567"),
        (Decimal("1234567890.1234567"), "1234567890.1234567"),
        (Decimal("1." + "0" * 30 + "1"), "1." + "0" * 30 + "1"),
        (Decimal("NaN"), "NaN"),
        (float("inf"), "inf"),
        (date(1812, 6, 24), "1812-06-24"),
        (datetime.max.replace(tzinfo=UTC), "9999-12-31 18:59:59"),
        ({"a": 1}, '{"a": 1}'),
        (memoryview(b"\xff"), "\\xff"),
        ("a\x01b", "a\x01b"),
    ],
)
def test_what_a_sheet_would_change_is_written_as_text(tmp_path, value, shown):
    write_xlsx(tmp_path / "a.xlsx", ZONE, ("c",), [(value,)])
    cell = sheet_of(tmp_path / "a.xlsx")["A2"]
    assert (cell.data_type, openpyxl.utils.escape.unescape(cell.value)) == ("s", shown)


@given(st.integers() | st.decimals(allow_nan=False, allow_infinity=False) | st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_in_xlsx_is_what_it_was_or_text(tmp_path_factory, number):
    path = tmp_path_factory.mktemp("xlsx") / "a.xlsx"
    write_xlsx(path, ZONE, ("c",), [(number,)])
    read = sheet_of(path)["A2"].value
    if isinstance(read, str):
        assert Decimal(read) == Decimal(str(number))
    else:  # a sheet keeps 16 digits of a float
        assert math.isclose(read, number, rel_tol=1e-15)


def test_nothing_is_cut_to_fit_a_sheet(tmp_path, monkeypatch):
    with pytest.raises(DeliveryError, match=r"row 2 column c: 32,768 characters"):
        write_xlsx(tmp_path / "a.xlsx", ZONE, ("c",), [("x" * 32_767,), ("x" * 32_768,)])
    monkeypatch.setattr("report_attachments._SHEET_ROWS", 3)
    assert write_xlsx(tmp_path / "b.xlsx", ZONE, ("c",), [(1,), (2,)]) == 2
    with pytest.raises(DeliveryError, match="holds 2 rows; use the format csv"):
        write_xlsx(tmp_path / "c.xlsx", ZONE, ("c",), [(1,), (2,), (3,)])


def test_no_rows_and_no_columns_are_files_too(tmp_path, csv_of):
    assert csv_of("SELECT 1 AS a, 2 AS b WHERE false")[0] == 0
    assert csv_of("SELECT")[0] == 1
    assert write_xlsx(tmp_path / "a.xlsx", ZONE, ("a", "b"), []) == 0
    assert [cell.value for cell in sheet_of(tmp_path / "a.xlsx")[1]] == ["a", "b"]
    assert write_xlsx(tmp_path / "b.xlsx", ZONE, (), [()]) == 1


def test_columns_of_one_name_are_both_there(tmp_path):
    write_xlsx(tmp_path / "a.xlsx", ZONE, ("n", "n"), [(1, 2)])
    assert [[cell.value for cell in row] for row in sheet_of(tmp_path / "a.xlsx")] == [["n", "n_2"], [1, 2]]


def test_memory_does_not_grow_with_the_rows(tmp_path):
    tracemalloc.start()
    try:
        write_xlsx(tmp_path / "a.xlsx", ZONE, ("n", "text"), ((n, f"text {n}") for n in range(50_000)))
        assert tracemalloc.get_traced_memory()[1] < 4_000_000
    finally:
        tracemalloc.stop()


def test_csv_files_are_zipped_the_largest_first_until_all_fit(tmp_path):
    def files() -> dict:
        sizes = {"small.csv": 400, "large.csv": 90_000, "book.xlsx": 500}
        for name, size in sizes.items():
            (tmp_path / name).write_bytes(b"x" * size)
        return {tmp_path / name: rows for rows, name in enumerate(sizes)}

    names = lambda limit: {path.name: rows for path, rows in zipped_to_fit(files(), limit).items()}  # noqa: E731
    assert names(100_000) == {"small.csv": 0, "large.csv": 1, "book.xlsx": 2}
    assert names(2_000) == {"small.csv": 0, "large.csv.zip": 1, "book.xlsx": 2}
    first = (tmp_path / "large.csv.zip").read_bytes()
    assert names(100) == {"small.csv.zip": 0, "large.csv.zip": 1, "book.xlsx": 2}
    assert (tmp_path / "large.csv.zip").read_bytes() == first, "the same rows are the same bytes"
    with ZipFile(tmp_path / "large.csv.zip") as archive:
        assert archive.namelist() == ["large.csv"] and archive.read("large.csv") == b"x" * 90_000
