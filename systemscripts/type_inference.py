"""The narrowest type that holds every value of a column, looking at all of them. Pure.

A type is found for a whole column or not at all: codes with leading zeros stay text, whole numbers never become floats,
and a day such as 02/01/2014 counts as a date only when another value of its column shows which number is the day.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from csv_dialect import Chunk, Dialect, leading_run

_YEAR = r"(?!0000)\d{4}"
# every leap year has a 29 February: divisible by 4, centuries by 400
_LEAP_YEAR = r"(?:\d\d(?:0[48]|[2468][048]|[13579][26])|(?:0[48]|[2468][048]|[13579][26])00)"
_ISO_DAY = (
    rf"(?:{_YEAR}-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12]\d|3[01])|(?:0[469]|11)-(?:0[1-9]|[12]\d|30)|02-(?:0[1-9]|1\d|2[0-8]))"
    rf"|{_LEAP_YEAR}-02-29)"
)
_CLOCK = r"(?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d{1,6})?)?"
_DAY, _MONTH = r"(?:0?[1-9]|[12]\d|3[01])", r"(?:0?[1-9]|1[0-2])"

# Each kind with the pattern of its values; where the values of one are values of another, the narrower comes first.
PATTERNS = {
    "bigint": r"(?:0|-?[1-9]\d{0,17})",
    "numeric": r"-?(?:0|[1-9]\d*)(?:\.\d+)?",
    "boolean": r"(?:true|false|True|False|TRUE|FALSE)",
    "date": _ISO_DAY,
    "timestamp without time zone": rf"{_ISO_DAY}(?:[ T]{_CLOCK})?",
    "timestamp with time zone": rf"{_ISO_DAY}[ T]{_CLOCK}(?:Z|[+-]\d\d(?::?\d\d)?)",
}
_NUMERIC_COMMA = r"-?(?:0|[1-9]\d*|[1-9]\d{0,2}(?:\.\d{3})+)(?:,\d+)?"
_WIDER = {
    ("smallint", "integer"): "integer",
    ("smallint", "bigint"): "bigint",
    ("smallint", "numeric"): "numeric",
    ("integer", "bigint"): "bigint",
    ("integer", "numeric"): "numeric",
    ("bigint", "numeric"): "numeric",
    ("real", "double precision"): "double precision",
    ("date", "timestamp without time zone"): "timestamp without time zone",
}
_FAMILIES = ("smallint", "integer", "bigint", "numeric")


_FULL_NAMES = {
    "int": "integer",
    "timestamp": "timestamp without time zone",
    "timestamptz": "timestamp with time zone",
    "time": "time without time zone",
}


def full_type_name(name: str) -> str:
    """A type as PostgreSQL's catalogue writes it.

    >>> full_type_name("int"), full_type_name("varchar(50)"), full_type_name("numeric(12, 2)")
    ('integer', 'character varying(50)', 'numeric(12,2)')
    """
    base, bracket, size = name.lower().replace(", ", ",").partition("(")
    base = {"varchar": "character varying", "char": "character"}.get(base, base)
    return _FULL_NAMES.get(base, base) + bracket + size


@dataclass(frozen=True)
class ColumnType:
    """A column's type. `kind` None: no value seen. `date_format`: how its dates are written when not as ISO.

    `undecided`: looks like dates, but nothing tells the day from the month, so it is text.
    """

    kind: str | None = None
    date_format: str | None = None
    undecided: bool = False

    @property
    def sql(self) -> str:
        return self.kind or "text"

    @property
    def settled(self) -> bool:
        """False while further values may still narrow it down."""
        return self.kind is not None and not self.undecided


TEXT = ColumnType("text")


def wider(one: str, other: str) -> str:
    """The narrowest type that holds what both hold.

    >>> wider("bigint", "numeric"), wider("date", "bigint")
    ('numeric', 'text')
    """
    if one == other or (one.startswith("numeric") and other in _FAMILIES and "(" not in one):
        return one
    return _WIDER.get((one, other)) or _WIDER.get((other, one)) or "text"


class ColumnTypes:
    """Narrows down the types of a file's columns, a batch of rows at a time."""

    def __init__(self, formats: Sequence[str | None], null_tokens: Iterable[str], decimal_mark: str) -> None:
        """`formats` has one entry per column: how earlier files wrote its dates, None when that is not known."""
        patterns = PATTERNS | ({"numeric": _NUMERIC_COMMA} if decimal_mark == "," else {})
        self._columns = [_Column(patterns, date_format) for date_format in formats]
        self._nulls = {"", *null_tokens}

    def add(self, rows: Sequence[Sequence[str]]) -> None:
        """Look at every value of these rows; rows of another width are bad rows and have no say."""
        width = len(self._columns)
        columns = zip(*(row for row in rows if len(row) == width), strict=True)
        for column, values in zip(self._columns, columns, strict=False):
            if not column.is_text:
                column.add([value for value in values if value not in self._nulls])

    def types(self) -> list[ColumnType]:
        return [column.type() for column in self._columns]


class _Column:
    def __init__(self, patterns: dict[str, str], date_format: str | None) -> None:
        self._open = {kind: re.compile(rf"(?:{pattern})\n") for kind, pattern in patterns.items()}
        self._slashed: _SlashedDates | None = _SlashedDates(date_format)
        self._seen = False
        self.is_text = False

    def add(self, values: list[str]) -> None:
        if not values:
            return
        self._seen = True
        text = "\n".join(values) + "\n"
        if text.count("\n") != len(values):  # a line break inside a value: no number, no date
            self._open, self._slashed = {}, None
        self._open = {kind: pattern for kind, pattern in self._open.items() if leading_run(pattern, text)[0] == len(values)}
        if self._slashed and not self._slashed.add(values, text):
            self._slashed = None
        self.is_text = not self._open and self._slashed is None

    def type(self) -> ColumnType:
        """The narrowest kind still open; a date in another form only when no ISO form is."""
        if not self._seen:
            return ColumnType()
        if self._open:
            return ColumnType(next(iter(self._open)))
        return self._slashed.type() if self._slashed else TEXT


class _SlashedDates:
    """Dates written with numbers, the year last: day first or month first, until a value above 12 tells."""

    def __init__(self, known: str | None) -> None:
        self._separator = known[2] if known else None
        self._orders = {known[:2] + known[3:5]} if known else {"ddMM", "MMdd"}

    def add(self, values: list[str], text: str) -> bool:
        """False when these are no such dates, or no one order fits all of them."""
        separator = next((mark for mark in "/.-" if mark in values[0]), None)
        if separator is None or self._separator not in (None, separator):
            return False
        self._separator = separator
        s = re.escape(separator)
        fits = {"ddMM": rf"{_DAY}{s}{_MONTH}{s}{_YEAR}\n", "MMdd": rf"{_MONTH}{s}{_DAY}{s}{_YEAR}\n"}
        self._orders = {order for order in self._orders if leading_run(re.compile(fits[order]), text)[0] == len(values)}
        return bool(self._orders)

    def type(self) -> ColumnType:
        if len(self._orders) > 1:
            return ColumnType("text", undecided=True)
        first, second = ("dd", "MM") if self._orders == {"ddMM"} else ("MM", "dd")
        return ColumnType("date", f"{first}{self._separator}{second}{self._separator}yyyy")


def infer_types(chunks: Iterable[Chunk], dialect: Dialect, types: ColumnTypes) -> list[ColumnType]:
    """The types of a table's columns after every value of these chunks has been looked at."""
    for chunk in chunks:
        if not chunk.fault and not chunk.skipped:
            try:
                types.add(dialect.rows(chunk.data))
            except ValueError:  # the careful pass will name the row
                continue
    return types.types()


def holds_only(dialect: Dialect, types: Sequence[ColumnType], null_tokens: Iterable[str], decimal_mark: str) -> re.Pattern[bytes]:
    """Matches a record all of whose values are of these types, at the speed of C instead of a look at each value.

    It may say no for records that are fine after all (an odd way to quote); it never says yes for a value of another type.
    """
    nulls = "|".join(re.escape(token) for token in null_tokens if token)
    return _records(dialect, [_value_pattern(kind, decimal_mark) for kind in types], nulls)


# What PostgreSQL surely takes for a type, by the start of its name; other types are not looked at.
_LOADABLE = {
    "smallint": r"[-+]?\d{1,4}",
    "integer": r"[-+]?\d{1,9}",
    "bigint": r"[-+]?\d{1,18}",
    "numeric": r"[-+]?\d+(?:\.\d*)?",
    "real": r"[-+]?\d{1,9}(?:\.\d*)?",
    "double": r"[-+]?\d{1,99}(?:\.\d*)?",
    "boolean": PATTERNS["boolean"],
    "date": PATTERNS["date"],
    "timestamp": PATTERNS["timestamp without time zone"],
    "time": _CLOCK,
}


def _loadable(kind: str) -> str | None:
    if scaled := re.fullmatch(r"numeric\(\d+,(\d+)\)", kind):
        return rf"[-+]?\d+(?:\.\d{{0,{scaled.group(1)}}}0*)?"
    return next((pattern for start, pattern in _LOADABLE.items() if kind.startswith(start)), None)


def looks_loadable(dialect: Dialect, sql_types: Sequence[str], required: Sequence[bool]) -> re.Pattern[bytes]:
    """Matches a record whose values look like their columns' types to PostgreSQL; where `required`, they are not empty."""
    values = [_loadable(kind) for kind in sql_types]
    return _records(dialect, values, "", required)


def _records(dialect: Dialect, values: Sequence[str | None], nulls: str, required: Sequence[bool] = ()) -> re.Pattern[bytes]:
    """A record whose fields match these patterns or, unless required, are empty; None is any text, '' no value at all."""
    q, d = re.escape(dialect.quote), re.escape(dialect.delimiter)
    text = rf"(?:{q}[^{q}]*+(?:{q}{q}[^{q}]*+)*+{q}|[^{d}{q}\r\n]*+)"
    fields = []
    for index, value in enumerate(values):
        full = bool(required) and required[index]
        bare = "(?:" + "|".join(pattern for pattern in (value, nulls) if pattern) + ")" + ("" if full else "?")
        typed = rf"(?:{bare}|{q}{bare}{q})"
        some = rf"(?!{q}{q}[{d}\r\n]|[{d}\r\n])" if full else ""
        fields.append(some + text if value is None else typed)
    return re.compile(rf"{d.join(fields)}\r?\n".encode())


def _value_pattern(kind: ColumnType, decimal_mark: str) -> str | None:
    """None for text; an empty pattern for a column without values."""
    if kind.kind is None:
        return ""
    if kind.kind == "text":
        return None
    if kind.date_format:
        day_first = kind.date_format.startswith("dd")
        separator = re.escape(kind.date_format[2])
        first, second = (_DAY, _MONTH) if day_first else (_MONTH, _DAY)
        return rf"{first}{separator}{second}{separator}{_YEAR}"
    if kind.kind == "numeric" and decimal_mark == ",":
        return _NUMERIC_COMMA
    return PATTERNS[kind.kind]
