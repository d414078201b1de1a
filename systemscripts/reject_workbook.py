"""The door that writes rejected rows as a workbook: what is wrong first, then the cells as they came, all of them text."""

import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from errors import BadFileError
from models import Reject

SHEET = "rejects"
LEADING = ("reject", "line", "what is wrong")
_CELL_CHARACTERS = 32_767  # https://support.microsoft.com/office/1672b34d-7043-467e-8e27-269d656771c3


@dataclass(frozen=True)
class RejectRow:
    """A rejected row: its number, what is wrong, its cells, and which of them is meant (None: the row as a whole)."""

    importrejectid: int
    reject: Reject
    cells: tuple[str, ...]
    wrong: int | None


def write_workbook(header: Sequence[str], rows: Iterable[RejectRow]) -> bytes:
    """The workbook's bytes. Raises BadFileError for a value that a sheet cannot hold."""
    import xlsxwriter

    rows = list(rows)
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        bold, marked, text = (book.add_format(form | {"num_format": "@"}) for form in ({"bold": True}, {"bg_color": "#ffe699"}, {}))
        sheet = book.add_worksheet(SHEET)
        beyond = max([len(row.cells) - len(header) for row in rows] + [0])
        titles = [*LEADING, *header, *(f"no column {number}" for number in range(1, beyond + 1))]
        for column, title in enumerate(titles):
            sheet.write_string(0, column, title or f"column {column - len(LEADING) + 1}", bold)
        for number, row in enumerate(rows, 1):
            sheet.write_number(number, 0, row.importrejectid)
            sheet.write_number(number, 1, row.reject.line_number)
            sheet.write_string(number, 2, row.reject.message)
            for column, cell in enumerate(row.cells):
                _check_holds(row.reject, cell)
                if cell:
                    sheet.write_string(number, len(LEADING) + column, cell, marked if column == row.wrong else text)
                elif column == row.wrong:
                    sheet.write_blank(number, len(LEADING) + column, None, marked)
        sheet.freeze_panes(1, len(LEADING))
        sheet.set_column(2, 2, 60)
        sheet.set_column(len(LEADING), len(titles), 18, text)
    return buffer.getvalue()


def _check_holds(reject: Reject, cell: str) -> None:
    if "\ufffe" in cell or "\uffff" in cell:
        raise BadFileError(f"line {reject.line_number:,}: a value holds a character that no sheet can hold; correct the file itself")
    if len(cell) > _CELL_CHARACTERS:
        raise BadFileError(f"line {reject.line_number:,}: a value has {len(cell):,} characters, a cell holds {_CELL_CHARACTERS:,}")
