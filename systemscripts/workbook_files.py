"""The door to workbooks (xlsx, xlsm, xlsb, xls): the cells of one sheet as chunks of CSV records, streamed."""

import datetime as dt
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from csv_dialect import READ_BYTES, Chunk, Dialect
from errors import BadFileError
from models import ImportConfig

Row = list[str | None]
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_DIALECT = Dialect()


def is_workbook(path: Path) -> bool:
    """True when the content is a workbook, whatever the name says."""
    with path.open("rb") as file:
        start = file.read(8)
    if start == _OLE:
        return True
    if start[:4] != b"PK\x03\x04":
        return False
    try:
        with zipfile.ZipFile(path) as archive:
            return "[Content_Types].xml" in archive.namelist()
    except zipfile.BadZipFile:
        return path.suffix.lower().startswith(".xls")


@dataclass(frozen=True)
class WorkbookSource:
    """One sheet of a workbook. Chunks are CSV records; `line` counts sheet rows from 1."""

    path: Path
    sheet: str
    header: tuple[str, ...]
    header_line: int
    skip_footer: int
    notes: tuple[str, ...]
    decimal_mark: str
    dialect: Dialect = _DIALECT

    def chunks(self, size: int = READ_BYTES) -> Iterator[Chunk]:
        """The rows below the header, about `size` bytes at a time; blank rows are no rows."""
        rows = (item for item in _numbered_rows(self.path, self.sheet, self.decimal_mark) if item[0] > self.header_line)
        held: list[tuple[int, Row]] = []
        batch = _Batch(size, len(self.header))
        for item in rows:
            held.append(item)
            if len(held) > self.skip_footer:
                yield from batch.add(*held.pop(0))
        yield from batch.flush()
        for number, row in held:
            yield Chunk(number, _DIALECT.lines([row]), 1, skipped=True)

    def as_cp1252(self) -> None:
        """None: a workbook's text has no encoding to doubt."""


class _Batch:
    """Collects rows until they are worth a chunk; a row that cannot be sent is a chunk with its fault."""

    def __init__(self, size: int, width: int) -> None:
        self._size, self._width = size, width
        self._rows: list[Row] = []
        self._first = self._bytes = 0
        self._next = 0

    def add(self, number: int, row: Row) -> Iterator[Chunk]:
        beyond = [value for value in row[self._width :] if value is not None]
        # Numbers of the rows in a chunk must follow one another, so that a bad one is found by its place.
        if beyond or (self._rows and number != self._next):
            yield from self.flush()
        if beyond:
            line = _DIALECT.lines([row])
            message = f"the value {beyond[0]!r} stands outside the columns of the header row; give its column a header"
            yield Chunk(number, line, 1, False, line.rstrip(b"\n"), (None, "no_header", message))
            return
        if not self._rows:
            self._first = number
        self._rows.append((row + [None] * self._width)[: self._width])
        self._next = number + 1
        self._bytes += sum(len(value) for value in row if value) + self._width
        if self._bytes >= self._size:
            yield from self.flush()

    def flush(self) -> Iterator[Chunk]:
        if self._rows:
            yield Chunk(self._first, _DIALECT.lines(self._rows), len(self._rows), by_record=True)
        self._rows, self._bytes = [], 0


def open_workbook(path: Path, config: ImportConfig) -> WorkbookSource:
    """The chosen sheet as a table. Raises BadFileError: encrypted, unreadable, no such sheet."""
    sheet = _choose_sheet(path, config.sheet)
    seen = 0
    header, header_line = (), config.skip_rows
    for number, row in _numbered_rows(path, sheet):
        if number <= config.skip_rows:
            continue
        seen += 1
        if seen == max(config.header_row, 1):
            header = tuple(value or "" for value in row)
            header_line = number if config.header_row else config.skip_rows
            break
    if not config.header_row:
        header = tuple(f"column_{position}" for position in range(1, len(header) + 1))
    while header and not header[-1]:
        header = header[:-1]
    return WorkbookSource(path, sheet, header, header_line, config.skip_footer, (f"sheet {sheet!r}",), config.decimal_mark or ".")


def sheet_as_csv(path: Path, sheet: str | None) -> tuple[str, int, int, Iterator[bytes]]:
    """(sheet name, columns, rows, CSV records in UTF-8) of a sheet, every row that is not blank. Raises BadFileError."""
    if not is_workbook(path):
        raise BadFileError(f"{path.name}: is not a workbook")
    name = _choose_sheet(path, sheet)
    widths = [len(row) for _, row in _numbered_rows(path, name)]
    records = (_DIALECT.lines([row]) for _, row in _numbered_rows(path, name))
    return name, max(widths, default=0), len(widths), records


def _choose_sheet(path: Path, wanted: str | None) -> str:
    names = _workbook(path).sheet_names
    if not names:
        raise BadFileError(f"{path.name}: the workbook has no sheet")
    if wanted is None:
        return names[0]
    if wanted in names:
        return wanted
    if wanted.isdecimal() and 1 <= int(wanted) <= len(names):
        return names[int(wanted) - 1]
    fitting = [name for name in names if re.fullmatch(wanted, name)]
    if len(fitting) != 1:
        raise BadFileError(f"{path.name}: {len(fitting)} sheets fit {wanted!r}, the workbook has {', '.join(names)}; name one of them")
    return fitting[0]


def _workbook(path: Path):
    from python_calamine import CalamineError, CalamineWorkbook

    with path.open("rb") as file:
        if file.read(8) == _OLE and _ENCRYPTED in file.read():
            raise BadFileError(f"{path.name}: is encrypted with a password; save it without one and drop it again")
    try:
        return CalamineWorkbook.from_path(path)
    except (CalamineError, OSError) as error:
        raise _unreadable(path, error) from error


def _unreadable(path: Path, error: BaseException) -> BadFileError:
    if "password" in str(error).lower():
        return BadFileError(f"{path.name}: is encrypted with a password; save it without one and drop it again")
    return BadFileError(f"{path.name}: cannot be read as a workbook ({error}); open it in a spreadsheet program and save it again")


def _numbered_rows(path: Path, sheet: str, decimal_mark: str = ".") -> Iterator[tuple[int, Row]]:
    """Each row that is not blank with its number in the sheet, cells as text; None for an empty cell.

    Numbers get the decimal mark that the feed's other files write, so that one rule reads both.
    """
    from python_calamine import CalamineError

    try:
        for number, cells in enumerate(_workbook(path).get_sheet_by_name(sheet).iter_rows(), 1):
            row = [_text(cell, decimal_mark) for cell in cells]
            if any(value is not None for value in row):
                yield number, row
    except CalamineError as error:
        raise _unreadable(path, error) from error


def _text(cell: object, decimal_mark: str = ".") -> str | None:
    """A cell as text: ISO dates, whole numbers without .0, true and false; None when it is empty.

    >>> _text(40.0), _text(0.5), _text(True), _text("00601")
    ('40', '0.5', 'true', '00601')
    """
    match cell:
        case str():
            return cell or None
        case bool():
            return "true" if cell else "false"
        case float():
            whole = cell.is_integer() and abs(cell) < 1e16
            return str(int(cell)) if whole else repr(cell).replace(".", decimal_mark)
        case dt.datetime():
            return cell.isoformat(sep=" ")
        case dt.timedelta():
            return _hours(cell)
        case _:
            return str(cell)  # int, date, time


def _hours(value: dt.timedelta) -> str:
    seconds = round(value.total_seconds())
    sign, seconds = ("-", -seconds) if seconds < 0 else ("", seconds)
    return f"{sign}{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
