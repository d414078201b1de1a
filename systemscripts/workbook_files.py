"""The door to workbooks: chosen sheets as chunks of CSV records, read once in a process of its own into a nameless file."""

import os
import re
import tempfile
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import BinaryIO

from child_process import ChildDied, Limits, Send, run_in_child
from column_plan import header_keys
from csv_dialect import READ_BYTES, Chunk, Dialect
from errors import BadFileError
from models import ImportConfig
from workbook_readers import Format, Row, Sheet, format_of, unreadable

# What may come where dba.timportconfig.file_type is not AUTO: programs save web pages and XML under the name .xls.
_TYPES = {"CSV": {"CSV"}, "XLS": {"XLS", "HTML", "MHTML", "SpreadsheetML"}, "XLSX": {"XLSX", "XLSB"}}
_DIALECT = Dialect()
_MEMORY = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
_LIMITS = Limits(memory_bytes=min(3 << 30, max(1 << 30, _MEMORY // 2)), cpu_seconds=900, wall_seconds=1800)


@dataclass(frozen=True)
class Stored:
    """Records in the nameless file: a chunk without its bytes, and where those are."""

    chunk: Chunk
    offset: int
    size: int


@dataclass(frozen=True)
class Seen:
    """What a whole reading of a workbook found. `facts` are for the ledger, `notes` for the operator."""

    notes: tuple[str, ...]
    facts: Mapping[str, object]


@dataclass
class WorkbookSource:
    """The chosen sheets of a workbook as one table. Chunks are CSV records; `line` counts sheet rows from 1.

    They are read meanwhile, and kept for whoever asks again: `coming` gives what is not here yet. Asking raises BadFileError for what
    the reader refuses.
    """

    path: Path
    spool: BinaryIO
    coming: Iterator[object]
    dialect: Dialect = _DIALECT
    stored: list[Stored] = field(default_factory=list)
    _header: tuple[str, ...] | None = None
    _seen: Seen | None = None

    @property
    def header(self) -> tuple[str, ...]:
        while self._header is None:
            self._take()
        return self._header

    @property
    def notes(self) -> tuple[str, ...]:
        return self._end().notes

    @property
    def facts(self) -> Mapping[str, object]:
        return self._end().facts

    def chunks(self, size: int = READ_BYTES) -> Iterator[Chunk]:
        """The rows below the header as they were stored, whatever the size; blank rows are no rows."""
        number = 0
        while number < len(self.stored) or self._take():
            if number < len(self.stored):
                one = self.stored[number]
                yield replace(one.chunk, data=os.pread(self.spool.fileno(), one.size, one.offset))
                number += 1

    def _end(self) -> Seen:
        while self._seen is None:
            self._take()
        return self._seen

    def _take(self) -> bool:
        """Take in one more of what the reader sends; False when that is all."""
        if self._seen:
            return False
        try:
            match next(self.coming):
                case Stored() as one:
                    self.stored.append(one)
                case Seen() as seen:
                    self._seen = seen
                case header:
                    self._header = header
        except ChildDied as error:
            raise unreadable(self.path, error) from error
        return True

    def as_cp1252(self) -> None:
        """None: a workbook's text has no encoding to doubt."""


def open_workbook(path: Path, config: ImportConfig) -> WorkbookSource | None:
    """The chosen sheets as a table; None when the file is no workbook.

    Raises BadFileError: encrypted, or not of the config's file_type. What else is wrong with it, the table says when it is asked.
    """
    kind = format_of(path)
    found = kind.name if kind else "CSV"
    if found not in _TYPES.get(config.file_type, {found}):
        raise BadFileError(
            f"{path.name}: is {found} by its content, and file_type of the feed is {config.file_type}; "
            "set file_type to AUTO to take it, or ask for the right file"
        )
    if kind is None:
        return None
    return _source(path, lambda spool: _table(path, kind, config, spool))


def sheet_as_csv(path: Path, sheet: str | None) -> WorkbookSource:
    """A sheet with every row that is not blank, and no header; the facts tell how many `rows` and `columns`. Raises BadFileError."""
    kind = format_of(path)
    if kind is None:
        raise BadFileError(f"{path.name}: is not a workbook")
    return _source(path, lambda spool: _whole_sheet(path, kind, sheet, spool))


def _source(path: Path, read: Callable[["_Spool"], Seen]) -> WorkbookSource:
    file = tempfile.TemporaryFile(prefix="etl-workbook-")  # noqa: SIM115  without a name: nothing is left wherever this ends
    return WorkbookSource(path, file, run_in_child(lambda send: read(_Spool(file, send)), _LIMITS))


# --- in the child -----------------------------------------------------------------------------------------------------------


class _Spool:
    """Collects rows into stored chunks and sends word of each; a row that cannot be loaded is a chunk with its fault."""

    def __init__(self, file: BinaryIO, send: Send) -> None:
        self.send, self._file, self._offset = send, file, 0
        self._rows: list[Row] = []
        self._first = self._next = self._bytes = 0
        self._sheet = ""

    def add(self, sheet: str, number: int, row: Row) -> None:
        """Numbers of the rows in a chunk must follow one another, so that a bad one is found by its place."""
        if number != self._next or sheet != self._sheet or not self._rows:
            self.flush()
            self._first, self._sheet = number, sheet
        self._rows.append(row)
        self._next = number + 1
        self._bytes += len("".join(row)) + len(row)
        if self._bytes >= READ_BYTES:
            self.flush()

    def add_alone(self, chunk: Chunk) -> None:
        """Store a chunk that is not to be mixed with others."""
        self.flush()
        self._store(chunk)

    def flush(self) -> None:
        rows, self._rows, self._bytes = self._rows, [], 0
        if rows:
            self._store(Chunk(self._first, _DIALECT.lines(rows), len(rows), by_record=True, sheet=self._sheet))

    def _store(self, chunk: Chunk) -> None:
        self._file.write(chunk.data)
        self._file.flush()  # whoever hears of it can read it
        self.send(Stored(replace(chunk, data=b""), self._offset, len(chunk.data)))
        self._offset += len(chunk.data)


def _table(path: Path, kind: Format, config: ImportConfig, spool: _Spool) -> Seen:
    """The chosen sheets, one under the other; columns of the later ones are put in the order of the first."""
    names = _chosen(path, kind, config.sheet)
    header: tuple[str, ...] = ()
    sheets = []
    for name in names:
        sheet = kind.sheet(path, name, config.decimal_mark or ".")
        own, line = _header(sheet, config)
        own = own[: _used_width(own, line, partial(kind.sheet, path, name, config.decimal_mark or "."))]
        order = _order(path, name, header, own) if header else None
        if not sheets:
            spool.send(own)
        header = header or own
        _store_rows(sheet, (len(own), order, config.skip_footer), spool)
        sheets.append((sheet, line))
    spool.flush()
    return _seen(kind, sheets)


def _whole_sheet(path: Path, kind: Format, wanted: str | None, spool: _Spool) -> Seen:
    names = _chosen(path, kind, wanted)
    if len(names) > 1:
        raise BadFileError(f"{path.name}: {len(names)} sheets fit {wanted!r}: {', '.join(names)}; name one of them")
    sheet, rows, columns = kind.sheet(path, names[0], "."), 0, 0
    for number, row in sheet.rows:
        rows, columns = rows + 1, max(columns, len(row))
        spool.add(sheet.name, number, row)
    spool.flush()
    seen = _seen(kind, [(sheet, 0)])
    return replace(seen, facts={**seen.facts, "rows": rows, "columns": columns})


def _seen(kind: Format, sheets: Sequence[tuple[Sheet, int]]) -> Seen:
    names = [sheet.name for sheet, _ in sheets]
    facts = {
        "format": kind.name,
        "sheets": names,
        "header_row": sheets[0][1],
        "error_cells": sum(sheet.findings.error_cells for sheet, _ in sheets),
        "formulas_without_value": sum(sheet.findings.formulas_without_value for sheet, _ in sheets),
        "dates_without_day": sum(sheet.findings.no_days for sheet, _ in sheets),
    }
    notes = [f"sheet{'s' if len(names) > 1 else ''} {', '.join(map(repr, names))}"]
    if kind.name not in ("XLSX", "XLSB", "XLS"):
        notes.append(f"is {kind.name}")
    for sheet, _ in sheets:
        notes += sheet.findings.notes()
    return Seen(tuple(notes), facts)


def _chosen(path: Path, kind: Format, wanted: str | None) -> list[str]:
    """The sheets of that name, number or pattern, in the workbook's order; without a wish the first."""
    names = kind.sheet_names(path)
    if not names:
        raise BadFileError(f"{path.name}: the workbook has no sheet")
    if wanted is None:
        return names[:1]
    if wanted in names:
        return [wanted]
    if wanted.isdecimal() and 1 <= int(wanted) <= len(names):
        return [names[int(wanted) - 1]]
    fitting = [name for name in names if re.fullmatch(wanted, name)]
    if not fitting:
        raise BadFileError(f"{path.name}: no sheet fits {wanted!r}, the workbook has {', '.join(names)}; correct sheet of the feed")
    return fitting


def _header(sheet: Sheet, config: ImportConfig) -> tuple[tuple[str, ...], int]:
    """The header and the number of its row; the rows above it are used up. Without any row, (), the last row skipped."""
    seen = 0
    for number, row in sheet.rows:
        if number <= config.skip_rows:
            continue
        seen += 1
        if not config.header_row:
            sheet.rows = _before(number, row, sheet.rows)
            return tuple(f"column_{position}" for position in range(1, len(row) + 1)), config.skip_rows
        if seen == config.header_row:
            return _merged_header(row, number, sheet), number
    if seen:
        raise BadFileError(f"sheet {sheet.name!r} ends before its header row; header_row is {config.header_row}: correct it")
    return (), config.skip_rows


def _before(number: int, row: Row, rows: Iterator[tuple[int, Row]]) -> Iterator[tuple[int, Row]]:
    yield number, row
    yield from rows


def _merged_header(row: Row, number: int, sheet: Sheet) -> tuple[str, ...]:
    """A header cell that is merged over several columns names all of them."""
    names = list(row)
    for (top, left), (bottom, right) in sheet.merged:
        if top <= number <= bottom and left <= len(names):
            names[left : min(right, len(names))] = [names[left - 1]] * (min(right, len(names)) - left)
    return tuple(names)


def _used_width(names: Sequence[str], header_line: int, again: Callable[[], Sheet]) -> int:
    """How many columns the table has: those with a name, and those right of them in which any row has a value.

    They are what a spreadsheet program writes to a CSV. Only a header that ends in empty cells needs this second look.
    """
    width = max((position for position, name in enumerate(names, 1) if name), default=0)
    if width == len(names):
        return width
    for number, row in again().rows:
        if number > header_line:
            width = next((position for position in range(len(row), width, -1) if row[position - 1]), width)
    return min(width, len(names))


def _order(path: Path, sheet: str, header: tuple[str, ...], own: tuple[str, ...]) -> list[int]:
    """For each column of the first sheet its place in this one. Raises BadFileError when the sheets have other columns."""
    places = {key: index for index, key in enumerate(header_keys(own))}
    keys = header_keys(header)
    if set(keys) != set(places):
        other = ", ".join(sorted({key[0] for key in set(keys) ^ set(places)}))
        raise BadFileError(
            f"{path.name}: sheet {sheet!r} has other columns than the first one ({other}); name one sheet, or make them alike"
        )
    return [places[key] for key in keys]


def _store_rows(sheet: Sheet, shape: tuple[int, list[int] | None, int], spool: _Spool) -> None:
    """Store the rows that are left, those below the header; `shape` is (columns, their places in this sheet or None, footer rows)."""
    width, order, footer = shape
    for number, row in _before_footer(sheet, footer, spool) if footer else sheet.rows:
        if len(row) > width and (beyond := next(filter(None, row[width:]), None)):
            spool.add_alone(_without_header(sheet.name, number, row, beyond))
            continue
        if len(row) != width:
            row = (row + [""] * width)[:width]
        spool.add(sheet.name, number, row if order is None else [row[place] for place in order])


def _before_footer(sheet: Sheet, footer: int, spool: _Spool) -> Iterator[tuple[int, Row]]:
    """The rows without the last ones, which are stored as skipped."""
    held: deque[tuple[int, Row]] = deque()
    for item in sheet.rows:
        held.append(item)
        if len(held) > footer:
            yield held.popleft()
    for number, row in held:
        spool.add_alone(Chunk(number, _DIALECT.lines([row]), 1, skipped=True, sheet=sheet.name))


def _without_header(sheet: str, number: int, row: Row, value: str) -> Chunk:
    line = _DIALECT.lines([row])
    message = f"the value {value!r} stands outside the columns of the header row; give its column a header"
    return Chunk(number, line, 1, False, line.rstrip(b"\n"), (None, "no_header", message), sheet=sheet)
