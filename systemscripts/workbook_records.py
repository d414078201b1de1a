"""What a reader of binary workbooks does not tell, read off their records: those of XLS (BIFF8) and those of XLSB.

https://learn.microsoft.com/openspecs/office_file_formats/ms-xls/ and https://learn.microsoft.com/openspecs/office_file_formats/ms-xlsb/
"""

import io
import mmap
import re
import struct
import zipfile
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

from errors import BadFileError
from workbook_findings import Cell, CellFindings, cell_name, is_no_day

# --- XLS ------------------------------------------------------------------------------------------------------------------

# An error, and a formula whose value is an error or nothing: two patterns, each with a start that is searched for at memory speed.
_FOUND = (re.compile(rb"\x05\x02\x08\x00.{7}\x01", re.DOTALL), re.compile(rb"\x06\x00.{8}[\x02\x03].{5}\xff\xff", re.DOTALL))
_BOUNDSHEET, _EOF = 0x0085, 0x000A
_FORMULA, _BOOLERR, _NUMBER, _RK, _MULRK = 0x0006, 0x0205, 0x0203, 0x027E, 0x00BD
_NO_NUMBER = b"\xff\xff"  # at the end of a formula's value that is none


def findings_in_xls(path: Path, sheet: str) -> CellFindings:
    """The findings in one sheet of an XLS file."""
    found = CellFindings()
    book = _book_stream(path)
    # No run of bytes that could be such a record anywhere: a search in C in place of a walk through every record.
    if not any(pattern.search(book) for pattern in _FOUND):
        return found
    for kind, body in _sheet_records(book, sheet):
        if kind == _BOOLERR and body[7:8] == b"\1":
            found.add_error(_name(body))
        elif kind == _FORMULA and body[12:14] == _NO_NUMBER and body[6] in (2, 3):
            (found.add_error if body[6] == 2 else found.add_formula)(_name(body))
    return found


def odd_serials_in_xls(path: Path, sheet: str) -> dict[Cell, float]:
    """The numbers of one sheet of an XLS file that are no day should they be dates."""
    found: dict[Cell, float] = {}
    for kind, body in _sheet_records(_book_stream(path), sheet):
        if kind in (_NUMBER, _RK, _MULRK, _FORMULA):
            row, column = struct.unpack_from("<HH", body)
            for right, number in enumerate(_numbers(kind, body), 1):
                if is_no_day(number):
                    found[row + 1, column + right] = number
    return found


def _numbers(kind: int, body: memoryview) -> list[float]:
    """The numbers that a record of cells holds, in the order of their columns."""
    if kind == _RK:
        return [_rk(body[6:10])]
    if kind == _MULRK:
        return [_rk(body[start : start + 4]) for start in range(6, len(body) - 5, 6)]
    return [] if body[12:14] == _NO_NUMBER and kind == _FORMULA else list(struct.unpack_from("<d", body, 6))


def _rk(packed: bytes) -> float:
    """A number in four bytes: 30 bits of a whole number or of a float, and whether it is to be divided by 100."""
    (bits,) = struct.unpack("<i", packed)
    value = float(bits >> 2) if bits & 2 else struct.unpack("<d", bytes(4) + struct.pack("<i", bits & ~3))[0]
    return value / 100 if bits & 1 else value


def _name(body: memoryview) -> str:
    row, column = struct.unpack_from("<HH", body)
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


def _sheet_records(book: memoryview, sheet: str) -> Iterator[tuple[int, memoryview]]:
    """(kind, body) of the records of a sheet."""
    for kind, body in _records(book, 0):
        if kind == _BOUNDSHEET and len(body) > 8:
            start, _, length, wide = struct.unpack_from("<IHBB", body)
            text = bytes(body[8 : 8 + length * (2 if wide & 1 else 1)])
            if text.decode("utf-16-le" if wide & 1 else "latin-1", errors="replace") == sheet:
                yield from _records(book, start)
                return


def _records(book: memoryview, offset: int) -> Iterator[tuple[int, memoryview]]:
    while offset + 4 <= len(book):
        kind, size = struct.unpack_from("<HH", book, offset)
        body = book[offset + 4 : offset + 4 + size]
        if kind == _EOF or len(body) < size:
            return
        yield kind, body
        offset += 4 + size


# --- XLSB -----------------------------------------------------------------------------------------------------------------

_ROW_HEADER, _BUNDLE_SHEET = 0, 156
_CELL_RK, _CELL_ERROR, _CELL_REAL, _FORMULA_NUMBER, _FORMULA_ERROR = 2, 3, 5, 9, 11
_SHORT_CELLS = range(12, 19)


def findings_in_xlsb(path: Path, sheet: str) -> CellFindings:
    """The findings in one sheet of an XLSB file. Raises BadFileError when it holds cells that the reader would leave out."""
    found, row = CellFindings(), 0
    for kind, body in _part_records(path, sheet):
        if kind == _ROW_HEADER:
            (row,) = struct.unpack_from("<I", body)
        elif kind in (_CELL_ERROR, _FORMULA_ERROR):
            found.add_error(cell_name(row + 1, struct.unpack_from("<I", body)[0] + 1))
        elif kind in _SHORT_CELLS:
            raise BadFileError(
                f"{path.name}: sheet {sheet!r} holds cells in a short form that cannot be read (row {row + 1:,}); "
                "save it as .xlsx in a spreadsheet program and drop that"
            )
    return found


def odd_serials_in_xlsb(path: Path, sheet: str) -> dict[Cell, float]:
    """The numbers of one sheet of an XLSB file that are no day should they be dates."""
    found: dict[Cell, float] = {}
    row = 0
    for kind, body in _part_records(path, sheet):
        if kind == _ROW_HEADER:
            (row,) = struct.unpack_from("<I", body)
        elif kind in (_CELL_RK, _CELL_REAL, _FORMULA_NUMBER):
            number = _rk(body[8:12]) if kind == _CELL_RK else struct.unpack_from("<d", body, 8)[0]
            if is_no_day(number):
                found[row + 1, struct.unpack_from("<I", body)[0] + 1] = number
    return found


def _part_records(path: Path, sheet: str) -> Iterator[tuple[int, memoryview]]:
    """(kind, body) of the records of a sheet, which the book's records and relations lead to."""
    with zipfile.ZipFile(path) as archive:
        relations = ElementTree.fromstring(archive.read("xl/_rels/workbook.bin.rels"))
        targets = {one.get("Id"): one.get("Target", "") for one in relations}
        for kind, body in _short_headed(archive.read("xl/workbook.bin")):
            if kind == _BUNDLE_SHEET:
                relation, name = _wide_texts(body[8:])
                if name == sheet:
                    target = targets[relation].lstrip("/")
                    yield from _short_headed(archive.read(target if target.startswith("xl/") else f"xl/{target}"))
                    return


def _wide_texts(data: memoryview) -> Iterator[str]:
    """Texts one after the other, each behind the number of its characters."""
    while len(data) >= 4:
        (length,) = struct.unpack_from("<I", data)
        yield bytes(data[4 : 4 + 2 * length]).decode("utf-16-le")
        data = data[4 + 2 * length :]


def _short_headed(data: bytes) -> Iterator[tuple[int, memoryview]]:
    """Records whose kind and size are written in as few bytes as they need, seven bits a byte."""
    view, offset = memoryview(data), 0
    while offset + 2 <= len(data):
        kind, offset = _seven_bits(data, offset, 2)
        size, offset = _seven_bits(data, offset, 4)
        yield kind, view[offset : offset + size]
        offset += size


def _seven_bits(data: bytes, offset: int, most: int) -> tuple[int, int]:
    value = 0
    for place in range(most):
        value |= (data[offset] & 0x7F) << 7 * place
        offset += 1
        if data[offset - 1] < 0x80:
            break
    return value, offset
