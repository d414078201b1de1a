"""Rows as files for people who open them in a spreadsheet: CSV and XLSX, written row by row in constant memory."""

import codecs
import csv
import io
import itertools
import re
import shutil
import zipfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from decimal import Decimal
from pathlib import Path
from typing import BinaryIO

from errors import DeliveryError
from report_tables import cell_text

# A spreadsheet runs a text that starts like this: https://owasp.org/www-community/attacks/CSV_Injection
_RUNS = ("=", "+", "-", "@", "\t", "\r")
_PLAIN_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?\Z")
# Excel's limits: https://support.microsoft.com/office/1672b34d-7043-467e-8e27-269d656771c3
_SHEET_ROWS = 1_048_576
_CELL_CHARACTERS = 32_767
_EXACT_DIGITS = 15
_LEAST, _MOST = Decimal("2.3E-308"), Decimal("9.99E+307")
_FIRST_SHEET_YEAR = 1900
_FIRST_ROWS = 200
_MOST_WIDTH = 60
_NUMBERS = {int, float, Decimal}

Rows = Iterable[tuple]


def would_run(text: str) -> bool:
    """True for a text that a spreadsheet takes for a formula; a plain number such as -12.50 is none."""
    return text.startswith(_RUNS) and not _PLAIN_NUMBER.match(text)


def write_csv(path: Path, copy: Callable[[Callable[[tuple[str, ...]], BinaryIO]], int]) -> int:
    """Write a CSV (UTF-8 with the mark Excel wants); `copy` adds the rows to the file it gets for the names of the columns."""
    with path.open("wb") as file:

        def begun(columns: tuple[str, ...]) -> BinaryIO:
            line = io.StringIO()
            csv.writer(line).writerow([_harmless(name) for name in columns])
            file.write(codecs.BOM_UTF8 + line.getvalue().removesuffix("\r\n").encode() + b"\n")  # as COPY ends its lines
            return file

        return copy(begun)


def _harmless(text: str) -> str:
    return "'" + text if would_run(text) else text


def write_xlsx(path: Path, zone: tzinfo, columns: tuple[str, ...], rows: Rows) -> int:
    """Write the rows as one sheet and return how many they were: typed cells, bold frozen header, filter, widths.

    Formats and widths of the columns go by the first rows. Text cells carry the apostrophe of Excel itself: the value is
    unchanged, and editing it does not run it. Of several columns of one name the later ones get a number.
    Raises DeliveryError for more rows than a sheet holds and for a cell longer than a cell holds: nothing is cut.
    """
    from rustpy_xlsxwriter import Format, write_worksheet

    rows = iter(rows)
    first = list(itertools.islice(rows, _FIRST_ROWS))
    sheet = _Sheet(path.name, zone, _distinct(columns))
    formats = {"day": Format().set_num_format("yyyy-mm-dd"), "moment": Format().set_num_format("yyyy-mm-dd hh:mm:ss"),
               "text": Format().set_quote_prefix(), "plain": None}  # fmt: skip
    kinds = {name: formats[sheet.kind([row[number] for row in first])] for number, name in enumerate(sheet.columns)}
    widths = {name: sheet.width([name, *(row[number] for row in first)]) for number, name in enumerate(sheet.columns)}
    write_worksheet(
        sheet.records(itertools.chain(first, rows)),
        str(path),
        "Report",
        freeze_row=1,
        autofilter=bool(columns),
        header_format=Format().set_bold().set_background_color("#16324F").set_font_color("#FFFFFF"),
        datetime_format="yyyy-mm-dd hh:mm:ss",
        column_formats={name: kind for name, kind in kinds.items() if kind},
        column_widths=widths,
    )
    return sheet.count


def _distinct(columns: tuple[str, ...]) -> tuple[str, ...]:
    """The names, with _2 and so on behind those that were there before.

    >>> _distinct(("n", "n", "n_2"))
    ('n', 'n_3', 'n_2')
    """
    taken, names = set(columns), []
    for number, name in enumerate(columns):
        if name in columns[:number]:
            name = next(new for count in itertools.count(2) if (new := f"{name}_{count}") not in taken)
            taken.add(name)
        names.append(name)
    return tuple(names)


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
    """A sheet being written: its columns, and how many rows it has so far."""

    file_name: str
    zone: tzinfo
    columns: tuple[str, ...]
    count: int = 0

    def kind(self, values: Iterable[object]) -> str:
        """How the cells of a column are shown, by its first values."""
        types = {type(value) for value in values if value is not None}
        return "day" if types == {date} else "moment" if types == {datetime} else "plain" if types <= _NUMBERS and types else "text"

    def width(self, values: Iterable[object]) -> float:
        return min(_MOST_WIDTH, max(len(cell_text(value, self.zone)) for value in values) + 3)

    def records(self, rows: Rows) -> Iterator[dict[str, object]]:
        """Each row as the writer takes it. Without rows one empty row, for the writer makes the header of the first."""
        for row in rows:
            self.count += 1
            if self.count >= _SHEET_ROWS:
                raise DeliveryError(f"{self.file_name}: an XLSX sheet holds {_SHEET_ROWS - 1:,} rows; use the format csv")
            yield {
                name: value if value is None or type(value) is bool else self._cell(name, value)
                for name, value in zip(self.columns, row, strict=True)
            }
        if not self.count:
            yield dict.fromkeys(self.columns)

    def _cell(self, column: str, value: object) -> object:
        kind = type(value)
        if kind in _NUMBERS and _fits_a_sheet(value):
            return value
        if kind in (date, datetime) and _FIRST_SHEET_YEAR <= value.year < 9999:
            return value.astimezone(self.zone).replace(tzinfo=None) if kind is datetime and value.tzinfo else value
        text = cell_text(value, self.zone)
        if len(text) > _CELL_CHARACTERS:
            raise DeliveryError(
                f"{self.file_name} row {self.count} column {column}: {len(text):,} characters, an XLSX cell holds "
                f"{_CELL_CHARACTERS:,}; use the format csv or shorten the text in the query"
            )
        return text


def _fits_a_sheet(value: float | Decimal) -> bool:
    """False for what Excel would change: more than 15 digits, NaN, out of its range. Such a number is written as text."""
    if type(value) is int and -(10**_EXACT_DIGITS) < value < 10**_EXACT_DIGITS:
        return True
    number = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
    if not number.is_finite() or (number and not _LEAST <= abs(number) <= _MOST):
        return False
    return type(value) is float or len("".join(map(str, number.as_tuple().digits)).rstrip("0")) <= _EXACT_DIGITS
