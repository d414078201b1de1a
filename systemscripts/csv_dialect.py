"""How the bytes of a delimited text file fall into records and fields. Pure: bytes in, bytes out.

A quote opens a field only at the field's start and closes it only at its end (RFC 4180,
https://www.rfc-editor.org/rfc/rfc4180). A quote elsewhere is a character like any other, as spreadsheets read it;
PostgreSQL's COPY would drop it, so such records are written anew before they are sent.
"""

import csv
import io
import re
from collections import Counter, deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Protocol

DELIMITERS = (",", ";", "\t", "|")
READ_BYTES = 256 * 1024
_SNIFF_RECORDS = 100
csv.field_size_limit(1 << 30)  # PostgreSQL's own limit of a value


def leading_run(pattern: re.Pattern, text: bytes | str) -> tuple[int, int]:
    """How many times the pattern matches one after the other from the start of the text, and where the last match ends.

    A loop in C over single matches: one pattern that repeats itself would keep a way back for each of them.
    """
    matches = iter(pattern.scanner(text).match, None)
    last = deque(enumerate(matches, 1), maxlen=1)
    return (last[0][0], last[0][1].end()) if last else (0, 0)


@dataclass(frozen=True)
class Dialect:
    """Field delimiter and quote, one ASCII character each.

    The patterns repeat possessively (*+) only what cannot backtrack inside: Python before 3.11.5 and 3.12.0 loses its
    way in the rest (https://github.com/python/cpython/issues/106052), and Debian 12 ships 3.11.2.
    """

    delimiter: str = ","
    quote: str = '"'

    @cached_property
    def _field(self) -> bytes:
        d, q = re.escape(self.delimiter.encode()), re.escape(self.quote.encode())
        quoted = rb"%b[^%b]*+(?:%b%b[^%b]*+)*+%b(?=%b|[\r\n]|\Z)" % (q, q, q, q, q, q, d)
        return rb"(?:%b|(?!%b)[^%b\r\n]*+)" % (quoted, q, d)

    @cached_property
    def record(self) -> re.Pattern[bytes]:
        """Matches one whole record with its line end at a record's start."""
        d = re.escape(self.delimiter.encode())
        return re.compile(rb"%b(?:%b%b)*(?:\r\n|[\r\n]|\Z)" % (self._field, d, self._field))

    @cached_property
    def open_record(self) -> re.Pattern[bytes]:
        """Matches to the end of the bytes when a quoted field is still open there."""
        d, q = re.escape(self.delimiter.encode()), re.escape(self.quote.encode())
        return re.compile(rb"(?:%b%b)*%b[^%b]*+(?:%b%b[^%b]*+)*+\Z" % (self._field, d, q, q, q, q, q))

    @cached_property
    def quoted_fields(self) -> re.Pattern[bytes]:
        """Finds properly quoted fields in whole records. The quote comes first so that the search runs at memory speed."""
        d, q = re.escape(self.delimiter.encode()), re.escape(self.quote.encode())
        return re.compile(rb"%b(?<=[%b\n\r]%b)[^%b]*+(?:%b%b[^%b]*+)*+%b(?=[%b\r\n])" % (q, d, q, q, q, q, q, q, d))

    @cached_property
    def _cell(self) -> re.Pattern[str]:
        """Finds a field as it is written with the delimiter or line end behind it."""
        d, q = re.escape(self.delimiter), re.escape(self.quote)
        end = rf"(?:{d}|\r?\n)"
        return re.compile(rf"[^{q}{d}\r\n]*+{end}|{q}[^{q}]*+(?:{q}{q}[^{q}]*+)*+{q}{end}")

    def cells(self, text: str, rows: int, width: int) -> list[str] | None:
        """The fields of all records one after the other, as they are written and each with what ends it.

        None when not every record is of this width or has a quote in the wrong place. A width of 1 never is: a blank line is no record.
        """
        cells = self._cell.findall(text)
        if width == 1 or len(cells) != rows * width or sum(map(len, cells)) != len(text):
            return None
        ended = all(cell[-1] == "\n" for cell in cells[width - 1 :: width])
        # As many line ends as records are theirs; where there are more, each has to stand inside of quotes.
        broken = text.count("\n") != rows and any(_ends_early(cells[place::width]) for place in range(width - 1))
        return cells if ended and not broken else None

    def values(self, cells: Sequence[str]) -> list[str]:
        """The values of a column's cells.

        >>> Dialect().values(['"5"" pipe",', "x,"])
        ['5" pipe', 'x']
        """
        text = "".join(cells)
        if cells and self.quote not in text and "\r" not in text:
            return text.split(cells[0][-1])[:-1]
        return [self._value(cell) for cell in cells]

    def _value(self, cell: str) -> str:
        if cell[0] == self.quote:
            return cell.rstrip("\r\n").removesuffix(self.delimiter)[1:-1].replace(self.quote * 2, self.quote)
        return cell[:-1] if cell[-1] != "\n" else cell.rstrip("\r\n")

    @cached_property
    def _special(self) -> re.Pattern[str]:
        return re.compile(rf"[{re.escape(self.delimiter)}{re.escape(self.quote)}\r\n]")

    def written(self, values: Sequence[str | None], end: str) -> list[str]:
        """The values of a column as cells, all with this end."""
        if not self._special.search("".join(filter(None, values))):
            return [value + end if value else end for value in values]
        q = self.quote
        return [
            f"{q}{value.replace(q, q * 2)}{q}{end}" if value and self._special.search(value) else f"{value or ''}{end}" for value in values
        ]

    def fields(self, record: bytes) -> list[str]:
        """The fields of one record. Raises UnicodeDecodeError."""
        return next(csv.reader([record.decode()], delimiter=self.delimiter, quotechar=self.quote), [])

    def rows(self, data: bytes) -> list[list[str]]:
        """The fields of many records. Raises ValueError when the bytes are not UTF-8 or the quotes do not pair."""
        text = io.StringIO(data.decode(), newline="")
        try:
            return list(csv.reader(text, delimiter=self.delimiter, quotechar=self.quote, strict=True))
        except csv.Error as error:
            raise ValueError(str(error)) from error

    def lines(self, rows: Sequence[Sequence[str | None]]) -> bytes:
        """Rows as records for COPY: None is an empty field, a line of one empty field is written as a quoted one."""
        if (text := self._joined(rows)) is not None:
            return text.encode()
        text = self._written(rows, csv.QUOTE_MINIMAL)
        # A lone CR is left bare and every reader takes it for the end of the line; \. alone would end the COPY.
        if "\r" in text or (rows and len(rows[0]) == 1 and any(row[0] == "\\." for row in rows)):
            text = self._written(rows, csv.QUOTE_ALL)
        return text.encode()

    def _joined(self, rows: Sequence[Sequence[str | None]]) -> str | None:
        """What csv.writer would write, in a third of its time, where no field needs a quote; None where one may."""
        if rows and self.quote in "".join(filter(None, rows[0])):  # so will others
            return None
        try:
            text = "\n".join([*map(self.delimiter.join, rows), ""])
        except TypeError:  # a None
            return None
        fields = [len(row) for row in rows]
        plain = text.count(self.delimiter) == sum(fields) - len(fields) and text.count("\n") == len(fields)
        return text if plain and min(fields, default=2) > 1 and self.quote not in text and "\r" not in text else None

    def _written(self, rows: Sequence[Sequence[str | None]], quoting: int) -> str:
        text = io.StringIO(newline="")
        csv.writer(text, delimiter=self.delimiter, quotechar=self.quote, quoting=quoting, lineterminator="\n").writerows(rows)
        return text.getvalue()

    def spellings(self, fields: Sequence[str], record: bytes) -> frozenset[bytes]:
        """The ways a header record comes again in its file: as it is, with quotes where they are needed, with quotes everywhere."""
        again = (self._written([list(fields)], quoting).rstrip("\n").encode() for quoting in (csv.QUOTE_MINIMAL, csv.QUOTE_ALL))
        return frozenset({record, *again} - {b""})

    def as_copy_reads(self, record: bytes) -> bytes:
        """The record without its line end, written so that COPY finds the same fields in it.

        >>> Dialect().as_copy_reads(b'5" pipe,3')
        b'"5\\"\\" pipe",3'
        """
        q = self.quote.encode()
        if record.strip() == b"\\.":  # alone on a line it would end the COPY
            return q + record + q
        if q not in record or q not in self.quoted_fields.sub(b"", b"\n" + record + b"\n"):
            return record
        return self.lines([self.fields(record)]).rstrip(b"\n")


def _ends_early(column: Sequence[str]) -> bool:
    return "\n" in "".join(column) and any(cell[-1] == "\n" for cell in column)


@dataclass(frozen=True)
class Chunk:
    """Whole records as COPY reads them, each ending in a line end, and how many they are.

    `line` is the physical line (sheet row) of the first. `raw` is set when one record had to be written anew: its text
    in the file. `fault` is set when one record cannot be sent at all: (column, code, message). `sound` False: only
    the careful pass may use it. `skipped`: the records are no data (a repeated header, a footer). `by_record`: lines
    are counted by record, as in a sheet (`sheet` is its name), not by line end; `lines` are their numbers where these do not follow
    one another. `cells_seen`: no cell breaks a rule of ours. `masked`: a line end
    and the same records with a NUL for each quoted field, where they were cheap to have.
    """

    line: int
    data: bytes
    rows: int
    sound: bool = True
    raw: bytes | None = None
    fault: tuple[str | None, str, str] | None = None
    skipped: bool = False
    by_record: bool = False
    cells_seen: bool = False
    masked: bytes | None = None
    sheet: str | None = None
    lines: tuple[int, ...] | None = None

    def line_of(self, records: int, data_bytes: int) -> int:
        """The physical line after this many records of the chunk, which take up this many bytes."""
        if self.lines is not None:
            return self.lines[min(records, len(self.lines) - 1)]
        return self.line + (records if self.by_record else line_ends(self.data[:data_bytes]))

    def part(self, records: tuple[int, int], place: tuple[int, int]) -> "Chunk":
        """The records from the first to before the last number, which take up these bytes."""
        (first, last), (start, end) = records, place
        lines = self.lines[first:last] if self.lines is not None else None
        line = self.line_of(first, start)
        return replace(self, data=self.data[start:end], line=line, rows=last - first, masked=None, lines=lines)

    def around(self, dialect: Dialect, line: int) -> tuple[list["Chunk"], "Chunk", list["Chunk"]]:
        """The record that holds the `line`-th line (from 1) of these bytes, and the records before and after it, if any."""
        start = records = lines = 0
        while True:
            end = dialect.record.match(self.data, start).end()
            ended = lines + self.data.count(b"\n", start, end)
            if ended >= line or end >= len(self.data):
                break
            start, records, lines = end, records + 1, ended
        record = self.data[start:end].rstrip(b"\r\n")
        before = [self.part((0, records), (0, start))] if start else []
        after = [self.part((records + 1, self.rows), (end, len(self.data)))] if end < len(self.data) else []
        raw = self.raw if self.raw is not None else record
        return before, Chunk(self.line_of(records, start), record + b"\n", 1, raw=raw, sheet=self.sheet), after

    def cut(self, dialect: Dialect, good: re.Pattern[bytes]) -> tuple[list["Chunk"], list["Chunk"], list["Chunk"]]:
        """The leading records that match `good`, the one that does not, and the rest; empty lists where there are none."""
        rows, end = leading_run(good, self.data)
        if end >= len(self.data):
            return [self], [], []
        before = [self.part((0, rows), (0, end))] if end else []
        _, record, after = self.part((rows, self.rows), (end, len(self.data))).around(dialect, 1)
        return before, [record], after


class TableSource(Protocol):
    """A table in a file: its header, how COPY reads its chunks, what was noticed (words, facts), and its rows, as often as asked."""

    path: Path
    header: tuple[str, ...]
    dialect: Dialect
    notes: tuple[str, ...]
    facts: Mapping[str, object]

    def chunks(self, size: int = READ_BYTES) -> Iterator[Chunk]:
        """The records in order, about `size` bytes at a time."""

    def as_cp1252(self) -> "TableSource | None":
        """The same table read as Windows-1252 when its bytes ask for it."""


@dataclass(frozen=True)
class Findings:
    """What the first bytes of a file tell: its dialect and where its data starts, in bytes and physical lines (1-based)."""

    dialect: Dialect
    header: tuple[str, ...]
    header_record: bytes
    data_offset: int
    data_line: int


def examine(head: bytes, delimiter: str | None, quote: str | None, rows: tuple[int, int]) -> Findings:
    """Read the dialect and header off the first bytes (UTF-8, whole lines) of a file.

    `rows` is (physical lines before the table, number of the table's header record, 0 for none: the columns are then
    called column_1, column_2 ...). A first line `sep=;` names the delimiter and is no data. Raises UnicodeDecodeError for the header.
    """
    skip_rows, header_row = rows
    offset, line = 0, 1
    quote = quote or _find_quote(head)
    announced = re.match(rb"sep=([^\r\n])(?:\r\n|[\r\n])", head)
    if announced:
        delimiter = delimiter or announced.group(1).decode()
        offset, line = announced.end(), 2
    for _ in range(skip_rows):
        offset, line = _next_line(head, offset), line + 1
    dialect = Dialect(delimiter or find_delimiter(head[offset:], quote), quote)
    if not header_row:
        first = dialect.fields(_next_record(head, offset, dialect)[0])
        return Findings(dialect, tuple(f"column_{number}" for number in range(1, len(first) + 1)), b"", offset, line)
    record = b""
    for _ in range(header_row):
        record, end = _next_record(head, offset, dialect)
        line += line_ends(head[offset:end])
        offset = end
    return Findings(dialect, tuple(dialect.fields(record)), record, offset, line)


def _next_record(head: bytes, offset: int, dialect: Dialect) -> tuple[bytes, int]:
    """The next record that is not blank, without its line end, and where it ends."""
    while True:
        match = dialect.record.match(head, offset)
        end = match.end() if match else _next_line(head, offset)
        record = head[offset:end].rstrip(b"\r\n")
        if record.strip() or end >= len(head):
            return record, end
        offset = end


def _find_quote(head: bytes) -> str:
    """A single quote when there are no double ones and every one of the first lines has a field wrapped in single ones."""
    lines = [line for line in head.splitlines()[:_SNIFF_RECORDS] if line.strip()]
    wrapped = re.compile(rb"(?:^|[,;\t|])'[^']*'(?:[,;\t|]|$)")
    return "'" if b'"' not in head and len(lines) > 1 and all(wrapped.search(line) for line in lines[1:]) else '"'


def find_delimiter(head: bytes, quote: str) -> str:
    """The delimiter under which the first records have the same number of fields, more than one; else a comma.

    Bounded: each candidate reads at most 100 records once.
    """

    def score(delimiter: str) -> tuple[float, int]:
        widths = _widths(head, Dialect(delimiter, quote))
        if not widths:
            return 0, 0
        width, times = max(Counter(widths).items(), key=lambda item: (item[1], item[0]))
        return (times / len(widths), width) if width > 1 else (0, 0)

    best = max(DELIMITERS, key=score)
    return best if score(best) > (0, 0) else ","


def _widths(head: bytes, dialect: Dialect) -> list[int]:
    widths, offset = [], 0
    while offset < len(head) and len(widths) < _SNIFF_RECORDS:
        match = dialect.record.match(head, offset)
        end = match.end() if match else _next_line(head, offset)
        record = head[offset:end].rstrip(b"\r\n")
        if record and (end < len(head) or not widths):  # the last one may be cut
            widths.append(len(dialect.fields(_printable(record))))
        offset = end
    return widths


def _printable(record: bytes) -> bytes:
    return record.decode(errors="replace").replace("\0", "").encode()


def _next_line(data: bytes, offset: int) -> int:
    match = re.compile(rb"\r\n|[\r\n]").search(data, offset)
    return match.end() if match else len(data)


def encoding_fault(record: bytes) -> str | None:
    """What is wrong with a record's bytes as UTF-8, with the place; None when nothing is."""
    try:
        record.decode()
    except UnicodeDecodeError as error:
        return f"byte 0x{record[error.start]:02x} at position {error.start + 1} of the row is not UTF-8; save the file as UTF-8"
    return None


def line_ends(data: bytes) -> int:
    """How many physical lines end in these bytes, by LF, CR LF or CR, as an editor counts them."""
    return data.count(b"\n") + (data.count(b"\r") - data.count(b"\r\n") if b"\r" in data else 0)
