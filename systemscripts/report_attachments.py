"""Rows as files for people who open them in a spreadsheet: CSV and XLSX, written row by row in constant memory."""

import csv
import re
import shutil
import zipfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, tzinfo
from decimal import Decimal
from pathlib import Path

from errors import DeliveryError
from report_tables import cell_text, is_number

# A spreadsheet runs a text that starts like this: https://owasp.org/www-community/attacks/CSV_Injection
_RUNS = ("=", "+", "-", "@", "\t", "\r")
_PLAIN_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?\Z")
# Excel's limits: https://support.microsoft.com/office/1672b34d-7043-467e-8e27-269d656771c3
_SHEET_ROWS = 1_048_576
_CELL_CHARACTERS = 32_767
_EXACT_DIGITS = 15
_LEAST, _MOST = Decimal("2.3E-308"), Decimal("9.99E+307")
_FIRST_SHEET_YEAR = 1900
_WIDTH_ROWS = 200

Rows = Iterable[tuple]
Writer = Callable[[Path, tzinfo, tuple[str, ...], Rows], int]


def would_run(text: str) -> bool:
    """True for a text that a spreadsheet takes for a formula; a plain number such as -12.50 is none."""
    return text.startswith(_RUNS) and not _PLAIN_NUMBER.match(text)


def write_csv(path: Path, zone: tzinfo, columns: tuple[str, ...], rows: Rows) -> int:
    """Write the rows as CSV (UTF-8 with the mark Excel wants) and return how many they were.

    A text that a spreadsheet would run gets an apostrophe before it; numbers stay numbers.
    """
    count = 0
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([_harmless(name) for name in columns])
        for row in rows:
            writer.writerow([value if type(value) is int else _csv_cell(value, zone) for value in row])
            count += 1
    return count


def _csv_cell(value: object, zone: tzinfo) -> str:
    text = cell_text(value, zone)
    return text if is_number(value) else _harmless(text)


def _harmless(text: str) -> str:
    return "'" + text if would_run(text) else text


def write_xlsx(path: Path, zone: tzinfo, columns: tuple[str, ...], rows: Rows) -> int:
    """Write the rows as one sheet and return how many they were: typed cells, bold frozen header, filter, widths.

    Raises DeliveryError for more rows than a sheet holds and for a cell longer than a cell holds: nothing is cut.
    """
    import xlsxwriter

    count = 0
    with xlsxwriter.Workbook(str(path), {"constant_memory": True, "default_date_format": "yyyy-mm-dd"}) as book:
        sheet = _Sheet.in_book(book, path.name, zone)
        sheet.write_header(columns)
        for count, row in enumerate(rows, 1):
            if count >= _SHEET_ROWS:
                raise DeliveryError(f"{path.name}: an XLSX sheet holds {_SHEET_ROWS - 1:,} rows; use the format csv")
            sheet.write_row(count, row)
        sheet.finish(count, len(columns))
    return count


WRITERS: dict[str, Writer] = {"csv": write_csv, "xlsx": write_xlsx}


def zipped_to_fit(files: dict[Path, int], limit: int) -> dict[Path, int]:
    """The files and the rows in each; when they are more than `limit` bytes, the CSV files as NAME.csv.zip, the largest first.

    An XLSX file is a zip archive already.
    """
    total = sum(path.stat().st_size for path in files)
    for path in sorted((path for path in files if path.suffix == ".csv"), key=lambda path: path.stat().st_size, reverse=True):
        if total <= limit:
            break
        archive = _zipped(path)
        total += archive.stat().st_size - path.stat().st_size
        path.unlink()
        files = {archive if old == path else old: rows for old, rows in files.items()}
    return files


def _zipped(path: Path) -> Path:
    archive = path.with_name(path.name + ".zip")
    entry = zipfile.ZipInfo(path.name)  # its time is 1980: the same rows are the same bytes
    entry.compress_type = zipfile.ZIP_DEFLATED
    with zipfile.ZipFile(archive, "w") as book, book.open(entry, "w", force_zip64=True) as inside, path.open("rb") as file:
        shutil.copyfileobj(file, inside, 1 << 20)
    return archive


@dataclass
class _Sheet:
    """A worksheet being written, with its cell formats and the widths its columns need."""

    worksheet: object
    file_name: str
    zone: tzinfo
    formats: dict[str, object]
    widths: list[int] = field(default_factory=list)

    @classmethod
    def in_book(cls, book, file_name: str, zone: tzinfo) -> "_Sheet":
        wanted = {
            "header": {"bold": True, "bg_color": "#16324F", "font_color": "#FFFFFF"},
            "day": {"num_format": "yyyy-mm-dd"},
            "moment": {"num_format": "yyyy-mm-dd hh:mm:ss"},
            # the apostrophe of Excel itself: the cell's value is unchanged, and editing it does not run it
            "quoted": {"quote_prefix": True},
        }
        formats = {name: book.add_format(properties) for name, properties in wanted.items()}
        return cls(book.add_worksheet("Report"), file_name, zone, formats)

    def write_header(self, columns: tuple[str, ...]) -> None:
        self.widths = [len(name) + 3 for name in columns]
        for number, name in enumerate(columns):
            self.worksheet.write_string(0, number, name, self.formats["header"])
        self.worksheet.freeze_panes(1, 0)

    def write_row(self, number: int, row: tuple) -> None:
        for column, value in enumerate(row):
            if value is not None:
                self._write_cell(number, column, value)
                if number <= _WIDTH_ROWS:
                    self.widths[column] = max(self.widths[column], len(cell_text(value, self.zone)) + 2)

    def _write_cell(self, row: int, column: int, value: object) -> None:
        if isinstance(value, bool):
            self.worksheet.write_boolean(row, column, value)
        elif is_number(value) and _fits_a_sheet(value):
            self.worksheet.write_number(row, column, value)
        elif isinstance(value, date) and value.year >= _FIRST_SHEET_YEAR and value.year < 9999:
            self._write_date(row, column, value)
        else:
            self._write_text(row, column, cell_text(value, self.zone))

    def _write_date(self, row: int, column: int, value: date) -> None:
        kind = "moment" if isinstance(value, datetime) else "day"
        if isinstance(value, datetime) and value.tzinfo:
            value = value.astimezone(self.zone).replace(tzinfo=None)
        self.worksheet.write_datetime(row, column, value, self.formats[kind])

    def _write_text(self, row: int, column: int, text: str) -> None:
        if len(text) > _CELL_CHARACTERS:
            raise DeliveryError(
                f"{self.file_name} row {row} column {column + 1}: {len(text):,} characters, an XLSX cell holds "
                f"{_CELL_CHARACTERS:,}; use the format csv or shorten the text in the query"
            )
        self.worksheet.write_string(row, column, text, self.formats["quoted"] if would_run(text) else None)

    def finish(self, rows: int, columns: int) -> None:
        for number, width in enumerate(self.widths):
            self.worksheet.set_column(number, number, min(width, 60))
        if columns:
            self.worksheet.autofilter(0, 0, rows, columns - 1)


def _fits_a_sheet(value: int | float | Decimal) -> bool:
    """False for what Excel would change: more than 15 digits, NaN, out of its range. Such a number is written as text."""
    if type(value) is int and -(10**_EXACT_DIGITS) < value < 10**_EXACT_DIGITS:
        return True
    number = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
    if not number.is_finite() or (number and not _LEAST <= abs(number) <= _MOST):
        return False
    digits = "".join(map(str, number.as_tuple().digits)).rstrip("0")
    return isinstance(value, float) or len(digits) <= _EXACT_DIGITS
