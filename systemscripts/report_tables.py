"""Rows as a person reads them: one value as text, a query's rows as a table in HTML and in plain text. Pure."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, tzinfo
from decimal import Decimal
from html import escape

BODY_ROWS = 500
# Gmail cuts a message off at 102 KB of HTML; what the tables of one mail may use of it:
BODY_BYTES = 80_000
CELL_CHARACTERS = 1_000
TEXT_CELL_CHARACTERS = 60
NOT_AVAILABLE = "This part of the report is not available today. We are looking into it."

# Numbers that name something are not quantities: 100234 is an order, 2026 a year.
_NAMES_SOMETHING = re.compile(
    r"(^|[_ ])(id|no|nr|number|code|year|zip|key)$|(order|dataset|report|client|customer|user|product|file)id$",
    re.IGNORECASE,
)
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


@dataclass(frozen=True)
class Grid:
    """The result of a query for a mail body: its first rows, and how many rows (`total`) it has in all."""

    columns: tuple[str, ...]
    rows: list[tuple]
    total: int


def tables_of(grids: Mapping[str, Grid | None], zone: tzinfo) -> dict[str, tuple[str, str]]:
    """Each grid as a table in HTML and in plain text; together they stay within the room that Gmail leaves.

    A grid that is None could not be read: its place says so, neutrally.
    """
    room = BODY_BYTES // max(1, len(grids))
    missing = (f'<p class="note">{NOT_AVAILABLE}</p>', NOT_AVAILABLE)
    return {name: (html_table(grid, zone, room), text_table(grid, zone, room)) if grid else missing for name, grid in grids.items()}


# --- cells ------------------------------------------------------------------------------------------------------


def cell_text(value: object, zone: tzinfo, *, thousands: bool = False) -> str:
    """A database value as a person reads it: NULL is empty, dates are ISO, moments are in `zone`.

    >>> cell_text(Decimal("1234567.50"), timezone.utc, thousands=True)
    '1,234,567.50'
    """
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    text = _TEXT_OF.get(type(value))
    return text(value, zone, "," if thousands else "") if text else str(value)


def _float_text(value: float, _zone: tzinfo, separator: str) -> str:
    return format(value, f"{separator}.15g") if separator else repr(value)


def _decimal_text(value: Decimal, _zone: tzinfo, separator: str) -> str:
    return format(value, separator + "f") if value.is_finite() else str(value)


def _moment_text(value: datetime, zone: tzinfo, _separator: str) -> str:
    try:
        local = value.astimezone(zone) if value.tzinfo else value
    except OverflowError:  # infinity, as PostgreSQL has it, is at the edge of Python's calendar
        local = value
    return local.replace(tzinfo=None, microsecond=0).isoformat(" ")


def _json_text(value: object, _zone: tzinfo, _separator: str) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)


def _bytes_text(value: bytes | memoryview, _zone: tzinfo, _separator: str) -> str:
    return "\\x" + bytes(value).hex()


# (value, zone, thousands separator) -> text; a type that is not here is shown as str() shows it
_TEXT_OF: dict[type, Callable[..., str]] = {
    bool: lambda value, _zone, _separator: "true" if value else "false",
    int: lambda value, _zone, separator: format(value, separator),
    Decimal: _decimal_text,
    float: _float_text,
    datetime: _moment_text,
    date: lambda value, _zone, _separator: value.isoformat(),
    time: lambda value, _zone, _separator: value.isoformat(),
    dict: _json_text,
    list: _json_text,
    bytes: _bytes_text,
    memoryview: _bytes_text,
}


def is_number(value: object) -> bool:
    """True for quantities; False for booleans, text and NULL."""
    return isinstance(value, int | float | Decimal) and not isinstance(value, bool)


def _number_columns(grid: Grid) -> list[bool]:
    """For each column: every value that is there is a number."""
    filled = [[row[i] for row in grid.rows if row[i] is not None] for i in range(len(grid.columns))]
    return [bool(values) and all(map(is_number, values)) for values in filled]


def _shown_rows(grid: Grid, zone: tzinfo) -> list[list[str]]:
    thousands = [not _NAMES_SOMETHING.search(name) for name in grid.columns]
    return [
        [_shortened(cell_text(value, zone, thousands=t)) for value, t in zip(row, thousands, strict=True)] for row in grid.rows[:BODY_ROWS]
    ]


def _shortened(text: str) -> str:
    text = _CONTROL.sub("\N{REPLACEMENT CHARACTER}", text)
    if len(text) <= CELL_CHARACTERS:
        return text
    return f"{text[:CELL_CHARACTERS]}... ({len(text):,} characters)"


# --- tables -----------------------------------------------------------------------------------------------------


def html_table(grid: Grid, zone: tzinfo, room: int = BODY_BYTES) -> str:
    """The rows as an HTML table of at most `room` bytes and BODY_ROWS rows; what is left out is said below it."""
    numeric = _number_columns(grid)
    head = "".join(
        f'<th align="{"right" if number else "left"}">{escape(name)}</th>' for name, number in zip(grid.columns, numeric, strict=True)
    )
    lines: list[str] = []
    for number, (row, shown) in enumerate(zip(grid.rows, _shown_rows(grid, zone), strict=False)):
        line = _html_row(row, shown, numeric, odd=bool(number % 2))
        room -= len(line.encode("utf-8", "replace"))
        if room < 0:
            break
        lines.append(line)
    table = f'<table class="grid" cellpadding="7" cellspacing="0" border="0"><tr>{head}</tr>{"".join(lines)}</table>'
    note = _cut_note(grid, len(lines))
    box = f'<div class="box">{table}</div>'  # scrolls by itself on a narrow screen
    return f'{box}<p class="note">{note}</p>' if note else box


_ODD_ROW = '<tr bgcolor="#f3f6fa">'


def _html_row(row: tuple, shown: list[str], numeric: list[bool], *, odd: bool) -> str:
    """Attributes, not styles, on every cell: short enough for Gmail's limit, and Outlook obeys them."""
    cells = (
        f"<td{_cell_attributes(value, number)}>{escape(text, quote=False).replace(chr(10), '<br>')}</td>"
        for value, text, number in zip(row, shown, numeric, strict=True)
    )
    return f"{_ODD_ROW if odd else '<tr>'}{''.join(cells)}</tr>"


def _cell_attributes(value: object, number_column: bool) -> str:
    if number_column:
        return ' align="right" nowrap=""'
    return ' nowrap=""' if isinstance(value, date | time) else ""


def _cut_note(grid: Grid, shown: int) -> str:
    if grid.total == 0:
        return "No rows."
    return f"Showing the first {shown:,} of {grid.total:,} rows." if shown < grid.total else ""


def text_table(grid: Grid, zone: tzinfo, room: int = BODY_BYTES) -> str:
    """The same rows for mail programs without HTML, in columns; at most `room` characters."""
    numeric = _number_columns(grid)
    rows = [[_one_line(text) for text in row] for row in (list(grid.columns), *_shown_rows(grid, zone))]
    widths = [max(len(row[i]) for row in rows) for i in range(len(grid.columns))]
    fits = max(1, room // (sum(widths) + 2 * len(widths) + 1))
    lines = ["  ".join(map(_padded, row, widths, numeric)).rstrip() for row in rows[: fits + 1]]
    lines.insert(1, "  ".join("-" * width for width in widths))
    return "\n".join(filter(None, [*lines, _cut_note(grid, len(lines) - 2)]))


def _padded(text: str, width: int, number: bool) -> str:
    return text.rjust(width) if number else text.ljust(width)


def _one_line(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= TEXT_CELL_CHARACTERS else text[: TEXT_CELL_CHARACTERS - 3] + "..."
