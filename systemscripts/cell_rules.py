"""What a cell must be like to be loaded as it stands: rules of ours that PostgreSQL does not have. Pure.

PostgreSQL would quietly take 2-Jan-24 for 2002, 311224 for 2031 and `today` for a day, drop the time of day of a date and
the zone of a timestamp, and round a number to its column's decimals. Nothing is ever cut: such a cell is refused.
"""

import re
from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from functools import cache

from type_inference import PATTERNS

_DAY = r"\d{4}(?P<mark>[-/.])\d{1,2}(?P=mark)\d{1,2}|(?:19|20)\d{6}|\d{1,2}[- ][A-Za-z]{3,9}[- ,]+\d{4}|[A-Za-z]{3,9} \d{1,2},? \d{4}"
_CLOCK = r"\d{1,2}:\d\d(?::\d\d(?:\.\d+)?)?(?: ?[AaPp][Mm])?"
_ZONE = r"Z|UTC|GMT|[-+]\d\d(?::?\d\d)?"
# The ways to write a date or a time that can be read in one way only.
_MOMENT = re.compile(rf"(?P<day>{_DAY})?(?:(?:^|[ T]+)(?P<clock>{_CLOCK})(?: ?(?P<zone>{_ZONE}))?)?")
_MIDNIGHT = re.compile(r"0?0:00(?::00(?:\.0+)?)?|12:00(?::00)? ?[Aa][Mm]")
_SCALE = re.compile(r"numeric\(\d+,(\d+)\)")

_LARGER = {  # a number out of range, a text too long for its column: the type that holds more, by the start of the present one
    "22003": {"smallint": "bigint", "integer": "bigint", "bigint": "numeric", "numeric(": "numeric", "real": "double precision"},
    "22001": {"character": "text"},
}
_WHOLE = ("smallint", "integer", "bigint")
_NOT_A_VALUE = "22P02"


def is_checked(kind: str) -> bool:
    """True when columns of this type, as PostgreSQL's catalogue writes it, have a rule here."""
    return kind.startswith(("date", "time")) or _SCALE.fullmatch(kind) is not None


def cell_fault(kind: str, value: str) -> tuple[str, str | None] | None:
    """Why a value may not go into a column of this type, and the type that would hold it, if any; None when it may.

    >>> cell_fault("date", "2026-01-31 17:30")
    ("'2026-01-31 17:30' has a time of day; leave it out, or make the column a timestamp", 'timestamp without time zone')
    >>> cell_fault("numeric(12,2)", "1.239")
    ("'1.239' has more than 2 decimals; correct the cell, or make the column numeric", 'numeric')
    >>> cell_fault("date", "2026-01-31 00:00:00") is None
    True
    """
    if scale := _SCALE.fullmatch(kind):
        places = int(scale.group(1))
        if _decimals(value) > places:
            return f"{value!r} has more than {places} decimals; correct the cell, or make the column numeric", "numeric"
        return None
    return _moment_fault(kind, value)


def _decimals(value: str) -> int:
    """How many decimals a number has, without zeros at its end; 0 for what is no number, PostgreSQL refuses that."""
    try:
        number = Decimal(value.strip())
    except InvalidOperation:
        return 0
    return -min(number.normalize().as_tuple().exponent, 0) if number.is_finite() else 0


def _moment_fault(kind: str, value: str) -> tuple[str, str | None] | None:
    found = _MOMENT.fullmatch(value.strip())
    day, clock, zone = found.group("day", "clock", "zone") if found else (None, None, None)
    if not (clock if kind.startswith("time ") or kind == "time" else day):
        return f"{value!r} has no sure meaning as a date or time; write it like 2026-01-31, or set date_format", None
    if zone and "with time zone" not in kind:
        return f"{value!r} names a time zone; leave it out, or make the column one with time zone", None
    if kind == "date" and clock and not _MIDNIGHT.fullmatch(clock):
        return f"{value!r} has a time of day; leave it out, or make the column a timestamp", "timestamp without time zone"
    return None


def larger_type(kind: str, code: str, value: str | None) -> str | None:
    """The type that holds a value which PostgreSQL refused for a column of this type with this SQLSTATE; None when none does."""
    if code == _NOT_A_VALUE and kind in _WHOLE and value and re.fullmatch(PATTERNS["numeric"], value.strip()):
        return "numeric"
    return next((larger for start, larger in _LARGER.get(code, {}).items() if kind.startswith(start)), None)


@cache
def _plain_shape(kind: str) -> str | None:
    """One way to write a value of this type that breaks no rule here; None when there is no rule."""
    if scale := _SCALE.fullmatch(kind):
        return rf"[-+]?\d*(?:\.\d{{0,{scale.group(1)}}}0*)?"
    day, clock = r"\d{4}-\d\d-\d\d", r"\d\d:\d\d(?::\d\d(?:\.\d+)?)?"
    shapes = {"timestamp": rf"{day}(?:[ T]{clock})?", "time": clock, "date": day}
    return next((shape for start, shape in shapes.items() if kind.startswith(start)), None)


def doubtful_cells(delimiter: str, sql_types: Sequence[str], required: Sequence[bool]) -> re.Pattern[bytes] | None:
    """Finds, in the masked bytes of a chunk, a record with a cell that may break a rule here, or an empty one where required.

    A quoted cell counts as doubtful. None when no column has a rule or is required.
    """
    d = re.escape(delimiter)
    fields = []
    for kind, full in zip(sql_types, required, strict=True):
        shape, some = _plain_shape(kind), rf"(?!\0)[^{d}\r\n]" if full else ""
        fields.append(f"(?={some}){shape}" if shape and full else f"(?:{shape})?" if shape else f"{some}++" if full else None)
    while fields and fields[-1] is None:
        fields.pop()
    good = d.join(rf"[^{d}\n]*+" if field is None else field for field in fields)
    return re.compile(rf"\n(?!{good}[{d}\r\n])(?!\Z)".encode()) if fields else None
