"""What a workbook's reader does not tell: cells that hold an error, and formulas that were saved without their value.

Read off the file's own bytes, a stream of XML or of binary records, so that a large workbook costs little more.
"""

import io
import mmap
import re
import struct
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

_BLOCK = 1 << 20
_OVERLAP = 1 << 12
_ERROR_CELL = re.compile(rb"<(?:\w+:)?c\b[^>]*\bt=[\"']e[\"'][^>]*>")
# a formula, and then the cell's end in place of its value
_BARE_FORMULA = re.compile(rb"(?:</(?:\w+:)?f>|<(?:\w+:)?f\b[^>]*/>)\s*(?:<(?:\w+:)?v\s*/>|<(?:\w+:)?v>\s*</(?:\w+:)?v>)?\s*</(?:\w+:)?c>")
_REFERENCE = re.compile(rb"\br=[\"']([A-Z]{1,3}\d+)[\"']")


@dataclass
class CellFindings:
    """Counts, and the first cell of each kind as a spreadsheet names it (B7)."""

    error_cells: int = 0
    first_error: str = ""
    formulas_without_value: int = 0
    first_formula: str = ""

    def add_error(self, cell: str) -> None:
        self.error_cells += 1
        self.first_error = self.first_error or cell

    def add_formula(self, cell: str) -> None:
        self.formulas_without_value += 1
        self.first_formula = self.first_formula or cell

    def notes(self) -> list[str]:
        """What an operator has to know, in words."""
        notes = []
        if self.error_cells:
            notes.append(f"{self.error_cells:,} error cell(s) are empty, the first is {self.first_error}")
        if self.formulas_without_value:
            notes.append(f"{self.formulas_without_value:,} formula(s) were saved without a value and are empty, first {self.first_formula}")
        return notes


def cell_name(row: int, column: int) -> str:
    """The cell of a row and column, both from 1, as a spreadsheet names it.

    >>> cell_name(7, 2), cell_name(1, 28)
    ('B7', 'AB1')
    """
    letters = ""
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return f"{letters}{row}"


def findings_in_xml(path: Path, sheet: str) -> CellFindings:
    """The findings in one sheet of an XLSX or XLSM file."""
    found = CellFindings()
    with zipfile.ZipFile(path) as archive:
        part = _sheet_part(archive, sheet)
        if part is None:
            return found
        with archive.open(part) as file:
            for text in _cells(iter(lambda: file.read(_BLOCK), b"")):
                _look(text, found)
    return found


def _look(text: bytes, found: CellFindings) -> None:
    """Add what stands in a run of whole cells."""
    if b't="e"' in text or b"t='e'" in text:
        for match in _ERROR_CELL.finditer(text):
            found.add_error(_named(match.group()))
    if b"f>" in text or b"<f" in text:
        for match in _BARE_FORMULA.finditer(text):
            start = max(text.rfind(b"<c ", 0, match.start()), text.rfind(b":c ", 0, match.start()))
            found.add_formula(_named(text[start : match.start()]))


def _cells(blocks: Iterable[bytes]) -> Iterator[bytes]:
    """The text in pieces that end where a cell ends."""
    rest = b""
    for block in blocks:
        rest += block
        cut = max(rest.rfind(b"</c>") + 4, rest.rfind(b":c>") + 3)
        cut = cut if cut > 3 else max(len(rest) - _OVERLAP, 0)
        yield rest[:cut]
        rest = rest[cut:]
    yield rest


def _named(tag: bytes) -> str:
    match = _REFERENCE.search(tag)
    return match.group(1).decode() if match else "a cell without a name"


def _sheet_part(archive: zipfile.ZipFile, sheet: str) -> str | None:
    """The archive's part that holds a sheet, by xl/workbook.xml and its relations."""
    try:
        book = ElementTree.fromstring(archive.read("xl/workbook.xml"))
        relations = ElementTree.fromstring(archive.read("xl/_rels/workbook.xml.rels"))
    except (KeyError, ElementTree.ParseError):
        return None
    targets = {one.get("Id"): one.get("Target", "") for one in relations}
    for one in book.iter():
        if one.tag.endswith("}sheet") and one.get("name") == sheet:
            number = next((value for name, value in one.attrib.items() if name.endswith("}id")), None)
            target = targets.get(number, "").lstrip("/")
            part = target if target.startswith("xl/") else f"xl/{target}"
            return part if part in archive.namelist() else None
    return None


# Records of the old binary format: https://learn.microsoft.com/openspecs/office_file_formats/ms-xls/
# An error, and a formula whose value is an error or nothing: two patterns, each with a start that is searched for at memory speed.
_FOUND_RECORDS = (re.compile(rb"\x05\x02\x08\x00.{7}\x01", re.DOTALL), re.compile(rb"\x06\x00.{8}[\x02\x03].{5}\xff\xff", re.DOTALL))
_BOUNDSHEET, _FORMULA, _BOOLERR, _EOF = 0x0085, 0x0006, 0x0205, 0x000A


def findings_in_biff(path: Path, sheet: str) -> CellFindings:
    """The findings in one sheet of an XLS file."""
    found = CellFindings()
    book = _book_stream(path)
    # No run of bytes that could be such a record anywhere: a search in C in place of a walk through every record.
    offset = _sheet_offset(book, sheet) if any(pattern.search(book) for pattern in _FOUND_RECORDS) else None
    while offset is not None and offset + 4 <= len(book):
        kind, size = struct.unpack_from("<HH", book, offset)
        body = offset + 4
        if kind == _EOF:
            break
        if kind == _BOOLERR and size >= 8 and book[body + 7] == 1:
            found.add_error(_biff_cell(book, body))
        elif kind == _FORMULA and size >= 14 and book[body + 12 : body + 14] == b"\xff\xff":
            if book[body + 6] == 2:
                found.add_error(_biff_cell(book, body))
            elif book[body + 6] == 3:
                found.add_formula(_biff_cell(book, body))
        offset = body + size
    return found


def _biff_cell(book: memoryview, body: int) -> str:
    row, column = struct.unpack_from("<HH", book, body)
    return cell_name(row + 1, column + 1)


def _book_stream(path: Path) -> memoryview:
    """The records of the workbook in its container, not copied when they lie there in one piece."""
    from xlrd.compdoc import CompDoc, CompDocError

    try:
        with path.open("rb") as file:
            document = CompDoc(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ), logfile=io.StringIO())
        for name in ("Workbook", "Book"):
            stream, base, size = document.locate_named_stream(name)
            if stream:
                return memoryview(stream)[base : base + size]
    except (CompDocError, AssertionError, IndexError, ValueError, struct.error):
        pass
    return memoryview(b"")


def _sheet_offset(book: memoryview, sheet: str) -> int | None:
    """Where the records of a sheet begin."""
    offset = 0
    while offset + 4 <= len(book):
        kind, size = struct.unpack_from("<HH", book, offset)
        if kind == _EOF:
            return None
        if kind == _BOUNDSHEET and size > 8:
            start, _, length, wide = struct.unpack_from("<IHBB", book, offset + 4)
            text = bytes(book[offset + 12 : offset + 12 + length * (2 if wide & 1 else 1)])
            if text.decode("utf-16-le" if wide & 1 else "latin-1", errors="replace") == sheet:
                return start
        offset += 4 + size
    return None
