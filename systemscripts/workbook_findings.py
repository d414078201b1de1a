"""What a workbook's reader does not tell: cells that hold an error, formulas saved without their value, days that no calendar has.

Read off the file's own bytes, here the XML of an XLSX, so that a large workbook costs little more.
"""

import re
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
_FORMULA = rb"<(?:\w+:)?f\b[^>]*(?:/>|>[^<]*</(?:\w+:)?f>)"
_SERIAL = re.compile(rb"<(?:\w+:)?c\b([^>]*)>\s*(?:%b\s*)?<(?:\w+:)?v>(-[\d.eE+-]+|60(?:\.\d+)?)</" % _FORMULA)

Cell = tuple[int, int]
"""(row, column), both from 1."""


def is_no_day(serial: float) -> bool:
    """True for a date's number that stands for no day, and that readers make another day of: below 0, and Excel's 29 February 1900.

    https://learn.microsoft.com/office/troubleshoot/excel/wrongly-assumes-1900-is-leap-year
    """
    return serial < 0 or 60 <= serial < 61


@dataclass
class CellFindings:
    """Counts, and the first cell of each kind as a spreadsheet names it (B7)."""

    error_cells: int = 0
    first_error: str = ""
    formulas_without_value: int = 0
    first_formula: str = ""
    no_days: int = 0
    first_no_day: str = ""

    def add_error(self, cell: str) -> None:
        self.error_cells += 1
        self.first_error = self.first_error or cell

    def add_formula(self, cell: str) -> None:
        self.formulas_without_value += 1
        self.first_formula = self.first_formula or cell

    def add_no_day(self, cell: str) -> None:
        self.no_days += 1
        self.first_no_day = self.first_no_day or cell

    def notes(self) -> list[str]:
        """What an operator has to know, in words."""
        notes = []
        if self.error_cells:
            notes.append(f"{self.error_cells:,} error cell(s) are empty, the first is {self.first_error}")
        if self.formulas_without_value:
            notes.append(f"{self.formulas_without_value:,} formula(s) were saved without a value and are empty, first {self.first_formula}")
        if self.no_days:
            notes.append(f"{self.no_days:,} date(s) are no day of the calendar, the first is {self.first_no_day}")
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


def odd_serials_in_xml(path: Path, sheet: str) -> dict[Cell, float]:
    """The numbers of one sheet of an XLSX or XLSM file that are no day should they be dates."""
    found: dict[Cell, float] = {}
    with zipfile.ZipFile(path) as archive:
        part = _sheet_part(archive, sheet)
        if part is None:
            return found
        with archive.open(part) as file:
            for text in _cells(iter(lambda: file.read(_BLOCK), b"")):
                for match in _SERIAL.finditer(text):
                    if place := _REFERENCE.search(match.group(1)):
                        found[_place(place.group(1).decode())] = float(match.group(2))
    return found


def _place(name: str) -> Cell:
    """The reverse of cell_name.

    >>> _place("AB12")
    (12, 28)
    """
    letters = name.rstrip("0123456789")
    column = 0
    for letter in letters:
        column = column * 26 + ord(letter) - 64
    return int(name[len(letters) :]), column


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
