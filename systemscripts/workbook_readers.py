"""The readers of workbooks, one a format, known by content: the sheets of a file and the cells of one, as text.

Hostile files crash readers: call these in a process of their own. To add a format, add its reader to FORMATS.
"""

import datetime as dt
import mmap
import re
import struct
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path
from xml.etree import ElementTree

from errors import BadFileError
from workbook_findings import Cell, CellFindings, cell_name, findings_in_xml, odd_serials_in_xml
from workbook_records import findings_in_xls, findings_in_xlsb, odd_serials_in_xls, odd_serials_in_xlsb

Row = list[str]  # "" is an empty cell
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_SPREADSHEETML = "urn:schemas-microsoft-com:office:spreadsheet"
_HEAD = 4096
# What the parts of an honest workbook unpack to; a million rows of ten columns are about 500 MB of XML.
_MOST_UNPACKED = 4 << 30


@dataclass
class Sheet:
    """One sheet: its rows that are not blank with their numbers from 1, and merged cells ((row, column), (row, column)) from 1.

    `findings` is complete once the rows were read.
    """

    name: str
    rows: Iterator[tuple[int, Row]]
    merged: Sequence[tuple[tuple[int, int], tuple[int, int]]] = ()
    findings: CellFindings = field(default_factory=CellFindings)


@dataclass(frozen=True)
class Format:
    """A kind of workbook: the names of its sheets, and one sheet of it. Numbers are written with the given decimal mark."""

    name: str
    sheet_names: Callable[[Path], list[str]]
    sheet: Callable[[Path, str, str], Sheet]


def format_of(path: Path) -> Format | None:
    """The kind of workbook that the content is, whatever the name says; None when it is none, as a CSV file.

    Raises BadFileError for a workbook that nobody can read: encrypted, or one that unpacks to far too much.
    """
    with path.open("rb") as file:
        head = file.read(_HEAD)
        if head.startswith(_OLE):
            with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as whole:
                encrypted = whole.find(_ENCRYPTED) >= 0
            if encrypted:
                raise BadFileError(f"{path.name}: is encrypted with a password; save it without one and drop it again")
            return FORMATS["XLS"]
    if head.startswith(b"PK\x03\x04"):
        return _zip_format(path)
    name = _text_format(head)
    return FORMATS[name] if name else None


def _zip_format(path: Path) -> Format | None:
    try:
        with zipfile.ZipFile(path) as archive:
            names, unpacked = set(archive.namelist()), sum(one.file_size for one in archive.infolist())
    except (NotImplementedError, ValueError, struct.error) as error:  # what zipfile says of a damaged directory
        raise unreadable(path, error) from error
    except zipfile.BadZipFile as error:
        if path.suffix.lower().startswith((".xls", ".ods")):
            raise unreadable(path, error) from error
        return None
    found = next((name for part, name in _ZIP_PARTS.items() if part in names), None)
    if found and unpacked > _MOST_UNPACKED:
        raise BadFileError(f"{path.name}: unpacks to {unpacked / 1e9:,.0f} GB, at most {_MOST_UNPACKED / 1e9:.0f} GB are read; split it")
    return FORMATS[found] if found else None


_ZIP_PARTS = {"xl/workbook.xml": "XLSX", "xl/workbook.bin": "XLSB"}


def _text_format(head: bytes) -> str | None:
    """The kind of workbook that is really text under the name of one."""
    encoding = "utf-16" if head.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig"
    text = head.decode(encoding, errors="replace").lstrip().lower()
    if text.startswith("<?xml") and _SPREADSHEETML in text:
        return "SpreadsheetML"
    if re.match(r"<(!doctype html|html|table|head|meta|body|style)\b", text) or (text.startswith("<?xml") and "<html" in text):
        return "HTML"
    return "MHTML" if text.startswith("mime-version:") and "multipart/related" in text else None


def unreadable(path: Path, error: object) -> BadFileError:
    if "password" in str(error).lower():
        return BadFileError(f"{path.name}: is encrypted with a password; save it without one and drop it again")
    return BadFileError(f"{path.name}: cannot be read as a workbook ({error}); open it in a spreadsheet program and save it again")


# --- binary and zipped workbooks ------------------------------------------------------------------------------------------


def _by_calamine(
    name: str,
    endings: tuple[str, ...],
    find: Callable[[Path, str], CellFindings],
    odd_serials: Callable[[Path, str], Mapping[Cell, float]],
) -> Format:
    """A format that calamine reads; `endings` are those by which it knows the format itself."""

    def names(path: Path) -> list[str]:
        return _calamine(path, endings).sheet_names

    def sheet(path: Path, sheet_name: str, decimal_mark: str) -> Sheet:
        from python_calamine import CalamineError

        with ThreadPoolExecutor(1) as beside:  # calamine reads without Python's lock
            finding = beside.submit(find, path, sheet_name)
            try:
                sheet = _calamine(path, endings).get_sheet_by_name(sheet_name)
            except CalamineError as error:
                raise unreadable(path, error) from error
        merged = [tuple((row + 1, column + 1) for row, column in corners) for corners in sheet.merged_cell_ranges or ()]
        findings = finding.result()
        cells = _Cells(decimal_mark, findings, lambda: odd_serials(path, sheet_name))
        return Sheet(sheet_name, cells.rows(sheet.iter_rows()), merged, findings)

    return Format(name, names, sheet)


@lru_cache(maxsize=1)  # the names of the sheets and the first of them are asked for one after the other
def _calamine(path: Path, endings: tuple[str, ...]):
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        if path.suffix.lower() in endings:
            return CalamineWorkbook.from_path(path)
        with path.open("rb") as file:  # which takes a copy of the file in memory
            return CalamineWorkbook.from_filelike(file)
    except (CalamineError, OSError) as error:
        raise unreadable(path, error) from error


def _filled(rows: Iterator[tuple[int, Row]]) -> Iterator[tuple[int, Row]]:
    return ((number, row) for number, row in rows if any(row))


@dataclass
class _Cells:
    """Cells into text. A cell that calamine may have given a day it does not hold is looked up in the file's own numbers."""

    decimal_mark: str
    findings: CellFindings
    read_serials: Callable[[], Mapping[Cell, float]]
    doubts: list[object] = field(default_factory=list)

    def rows(self, rows: Iterator[list]) -> Iterator[tuple[int, Row]]:
        """The rows that are not blank with their numbers."""
        doubts, text = self.doubts, self._text
        for number, cells in enumerate(rows, 1):
            row = [cell if type(cell) is str else text(cell) for cell in cells]
            if doubts:
                self._correct(number, cells, row)
                doubts.clear()
            if any(row):
                yield number, row

    def _text(self, cell: object) -> str:
        kind = type(cell)
        if kind is float:
            return _number(cell, self.decimal_mark)
        if kind is bool:
            return "true" if cell else "false"
        if kind is dt.timedelta:
            return _hours(cell)
        if kind is dt.time or (isinstance(cell, dt.date) and cell.year == 1900):
            self.doubts.append(cell)
        return cell.isoformat(sep=" ") if kind is dt.datetime else str(cell)

    @cached_property
    def _serials(self) -> Mapping[Cell, float]:
        return self.read_serials()

    def _correct(self, number: int, cells: Sequence[object], row: Row) -> None:
        for column, cell in enumerate(cells, 1):
            serial = self._serials.get((number, column))
            if serial is not None and isinstance(cell, dt.date | dt.time):
                self.findings.add_no_day(cell_name(number, column))
                row[column - 1] = _no_day(serial, self.decimal_mark)


def _no_day(serial: float, decimal_mark: str) -> str:
    """A date's number that stands for no day as the spreadsheet program shows it: below 0 it shows none, and we the number.

    >>> _no_day(60.5, "."), _no_day(-2.0, ".")
    ('1900-02-29 12:00:00', '-2')
    """
    if serial < 0:
        return _number(serial, decimal_mark)
    clock = _hours(dt.timedelta(days=serial - 60))
    return "1900-02-29" if clock == "00:00:00" else f"1900-02-29 {clock}"


def _number(value: float, decimal_mark: str = ".") -> str:
    """A number as text, a whole one without .0.

    >>> _number(40.0), _number(0.5, ",")
    ('40', '0,5')
    """
    return str(int(value)) if value.is_integer() and abs(value) < 1e16 else repr(value).replace(".", decimal_mark)


def _hours(value: dt.timedelta) -> str:
    seconds = round(value.total_seconds())
    sign, seconds = ("-", -seconds) if seconds < 0 else ("", seconds)
    return f"{sign}{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"


# --- SpreadsheetML 2003 -------------------------------------------------------------------------------------------------
# https://learn.microsoft.com/previous-versions/office/developer/office-xp/aa140066(v=office.10)

_SS = f"{{{_SPREADSHEETML}}}"


def _xml_names(path: Path) -> list[str]:
    return [element.get(f"{_SS}Name", "") for event, element in _parsed(path) if event == "start" and element.tag == f"{_SS}Worksheet"]


def _xml_sheet(path: Path, name: str, decimal_mark: str) -> Sheet:
    findings = CellFindings()
    return Sheet(name, _filled(_xml_rows(path, name, decimal_mark, findings)), (), findings)


def _xml_rows(path: Path, name: str, decimal_mark: str, findings: CellFindings) -> Iterator[tuple[int, Row]]:
    inside, number = False, 0
    for event, element in _parsed(path):
        if element.tag == f"{_SS}Worksheet":
            inside = event == "start" and element.get(f"{_SS}Name", "") == name
        elif inside and event == "end" and element.tag == f"{_SS}Row":
            number = int(element.get(f"{_SS}Index", number + 1))
            yield number, _xml_row(element, number, decimal_mark, findings)
            element.clear()


def _xml_row(element: ElementTree.Element, number: int, decimal_mark: str, findings: CellFindings) -> Row:
    row: Row = []
    for cell in element.iterfind(f"{_SS}Cell"):
        column = int(cell.get(f"{_SS}Index", len(row) + 1))
        row += [""] * (column - 1 - len(row))
        data = cell.find(f"{_SS}Data")
        kind, text = (data.get(f"{_SS}Type"), "".join(data.itertext())) if data is not None else (None, "")
        if kind == "Error":
            findings.add_error(cell_name(number, column))
        elif cell.get(f"{_SS}Formula") and data is None:
            findings.add_formula(cell_name(number, column))
        row.append("" if kind == "Error" else _xml_text(kind, text, decimal_mark))
        row += [""] * int(cell.get(f"{_SS}MergeAcross", 0))
    return row


def _xml_text(kind: str | None, text: str, decimal_mark: str) -> str:
    if kind == "Number" and text:
        return _number(float(text), decimal_mark)
    if kind == "Boolean":
        return "true" if text == "1" else "false"
    if kind == "DateTime":
        day, _, clock = text.partition("T")
        return day if clock.strip("0:.") == "" else f"{day} {clock.removesuffix('.000')}"
    return text


def _parsed(path: Path) -> Iterator[tuple[str, ElementTree.Element]]:
    try:
        yield from ElementTree.iterparse(path, ("start", "end"))
    except (ElementTree.ParseError, ValueError) as error:
        raise unreadable(path, error) from error


# --- web pages ------------------------------------------------------------------------------------------------------------


def _html_of(path: Path) -> bytes:
    return path.read_bytes()


def _html_in_mail(path: Path) -> bytes:
    """The first web page in an MHTML file."""
    import email
    import email.policy

    message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
    pages = [part.get_payload(decode=True) for part in message.walk() if part.get_content_type() == "text/html"]
    tables = [page for page in pages if page and b"<t" in page.lower()]
    if not tables:
        raise BadFileError(f"{path.name}: holds no table; open it in a spreadsheet program and save it as a workbook")
    return tables[0]


def _tables(path: Path, page: Callable[[Path], bytes]) -> dict[str, list]:
    """The tables of a page by name, the one with the most rows first: others are often there for the layout alone."""
    from bs4 import BeautifulSoup

    found = []
    for table in BeautifulSoup(page(path), "html.parser").find_all("table"):
        found.append([row for row in table.find_all("tr") if row.find_parent("table") is table])
    if not any(found):
        raise BadFileError(f"{path.name}: is a web page without a table, perhaps a login or error page; fetch the file again")
    named = {f"table {number}": rows for number, rows in enumerate(found, 1)}
    return dict(sorted(named.items(), key=lambda item: -len(item[1])))


def _html_names(page: Callable[[Path], bytes]) -> Callable[[Path], list[str]]:
    return lambda path: list(_tables(path, page))


def _html_sheet(page: Callable[[Path], bytes]) -> Callable[[Path, str, str], Sheet]:
    def read(path: Path, name: str, decimal_mark: str) -> Sheet:
        rows = _tables(path, page)[name]
        return Sheet(name, _filled(enumerate(_html_rows(rows), 1)))

    return read


def _html_rows(rows: Sequence) -> Iterator[Row]:
    """The cells of each row; what a cell spans to its right and below is empty."""
    below: dict[int, int] = {}  # how many more rows a cell from above takes up, by column
    for row in rows:
        values: Row = []
        cells = iter(row.find_all(["td", "th"], recursive=False))
        taken, below = below, {column: rest - 1 for column, rest in below.items() if rest > 1}
        while True:
            if len(values) in taken:
                values.append("")
                continue
            if (cell := next(cells, None)) is None:
                break
            wide, high = _span(cell, "colspan"), _span(cell, "rowspan")
            below |= {len(values) + column: high - 1 for column in range(wide) if high > 1}
            values += [" ".join(cell.get_text(" ").split()), *[""] * (wide - 1)]
        yield values


def _span(cell, name: str) -> int:
    text = str(cell.get(name, "1"))
    return min(max(int(text), 1), 1000) if text.isdecimal() else 1


FORMATS = {
    one.name: one
    for one in (
        _by_calamine("XLSX", (".xlsx", ".xlsm"), findings_in_xml, odd_serials_in_xml),
        _by_calamine("XLSB", (".xlsb",), findings_in_xlsb, odd_serials_in_xlsb),
        _by_calamine("XLS", (".xls",), findings_in_xls, odd_serials_in_xls),
        Format("SpreadsheetML", _xml_names, _xml_sheet),
        Format("HTML", _html_names(_html_of), _html_sheet(_html_of)),
        Format("MHTML", _html_names(_html_in_mail), _html_sheet(_html_in_mail)),
    )
}
