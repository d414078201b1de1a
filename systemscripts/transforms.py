"""What happens to values between the file and COPY when the config asks for more than the file's own text. Pure."""

import re
from collections.abc import Callable, Sequence
from datetime import datetime

from column_plan import Plan
from csv_dialect import Dialect
from errors import CellFault
from file_metadata import cell_shape, strptime_format
from models import ImportConfig

_ISO = re.compile(r"\d{4}-\d\d-\d\d(?:[ T]\d\d:\d\d(?::\d\d(?:\.\d+)?)?)?")
# dots only where they separate thousands
_COMMA_NUMBER = re.compile(r"[-+]?(?:\d+|\d{1,3}(?:\.\d{3})+)(?:,\d+)?")
Convert = Callable[[str], str]
_NUMBERS = ("smallint", "integer", "bigint", "numeric", "real", "double precision")


def make_rewrite(config: ImportConfig, plan: Plan, dialect: Dialect) -> Callable[[bytes], bytes] | None:
    """A function from the file's records to the records COPY shall read; None when they are the same.

    It leaves out ignored columns, empties null tokens, and writes numbers and dates of the config's form in PostgreSQL's.
    The function raises ValueError for a row that breaks a rule.
    """
    kept = [index for index, name in enumerate(plan.targets) if name is not None]
    tokens = frozenset(config.null_tokens) - {""}
    converts = [_convert(config, plan, index) for index in kept]
    if len(kept) == len(plan.targets) and not tokens and not any(converts):
        return None
    width = len(plan.targets)

    def rewrite(data: bytes) -> bytes:
        rows = dialect.rows(data)
        if len(rows) == 1 and len(rows[0]) == width + 1 and rows[0][-1] == "":
            rows[0].pop()
        if any(len(row) != width for row in rows):
            raise ValueError(f"the row has {len(rows[0])} fields, the header has {width}")
        return dialect.lines([_row(row, kept, converts, tokens) for row in rows])

    return rewrite


def _row(row: list[str], kept: Sequence[int], converts: Sequence[Convert | None], tokens: frozenset[str]) -> list[str | None]:
    values = []
    for index, convert in zip(kept, converts, strict=True):
        value = row[index]
        if value in tokens:
            value = None
        elif convert and value:
            value = convert(value)
        values.append(value)
    return values


def _convert(config: ImportConfig, plan: Plan, index: int) -> Convert | None:
    target, kind, date_format = plan.targets[index], plan.types[index], plan.date_formats[index]
    if target is not None and date_format and kind.startswith(("date", "timestamp")):
        return _date_converter(target, date_format)
    if target is not None and config.decimal_mark == "," and kind.startswith(_NUMBERS):
        return _comma_converter(target)
    return None


def _date_converter(column: str, date_format: str) -> Convert:
    pattern, shape = strptime_format(date_format), cell_shape(date_format)

    def convert(value: str) -> str:
        text = value.strip()
        # a true date cell of a workbook arrives as ISO, whatever the feed's text cells look like
        if not date_format.startswith("yyyy") and _ISO.fullmatch(text):
            return text
        try:
            if not shape.fullmatch(text):  # strptime alone takes 2026113 for 3 November
                raise ValueError(text)
            return datetime.strptime(text, pattern).isoformat(sep=" ")
        except ValueError as error:
            raise CellFault(column, f"{value!r} is not a date written as {date_format}; correct the cell") from error

    return convert


def _comma_converter(column: str) -> Convert:
    def convert(value: str) -> str:
        if not _COMMA_NUMBER.fullmatch(value.strip()):
            raise CellFault(column, f"{value!r} is not a number with a decimal comma; correct the cell, or decimal_mark of the feed")
        return value.replace(".", "").replace(",", ".")

    return convert
