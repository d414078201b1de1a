"""What a refusal of a row says, in a bookkeeper's words: column, code, message."""

import re

import psycopg2
import psycopg2.errors

from csv_dialect import encoding_fault
from load_target import LoadTarget

# The value, or without a column the line, that the context quotes: COPY t, line 3, column amount: "two"
COPY_VALUE = re.compile(r"^COPY [^,]+, \S+ \d+(?:, \S+ (.+?))?: \"(.*)\"$", re.MULTILINE | re.DOTALL)
FIELD_COUNT = "22P04"
_ENCODING = "22021"
# invalid text, datetime format, datetime field
_WRONG_VALUE = frozenset({"22P02", "22007", "22008"})
# number out of range, text too long
_TOO_LARGE = frozenset({"22003", "22001"})
_PLAIN_TYPES = {
    "smallint": "a whole number between -32768 and 32767",
    "integer": "a whole number up to 2147483647",
    "bigint": "a whole number",
    "numeric": "a number",
    "real": "a number",
    "double": "a number",
    "boolean": "true or false",
    "date": "a date such as 2026-01-31",
    "timestamp": "a date and time such as 2026-01-31 17:30:00",
    "time": "a time such as 17:30:00",
}

# What PostgreSQL can hold against a single row; anything else is no fault of the row.
ROW_ERRORS = (
    psycopg2.DataError,
    psycopg2.IntegrityError,
    psycopg2.errors.ProgramLimitExceeded,
    psycopg2.errors.RaiseException,
)

Refusal = psycopg2.Error | ValueError
"""Why a row is not in: PostgreSQL's word, or a rule of ours."""


def blames_file(error: Exception) -> bool:
    """False for a constraint of our own tables or of PostgreSQL's catalogs: two sessions met there, and the file is as good as before."""
    return not isinstance(error, psycopg2.Error) or error.diag.schema_name not in ("dba", "pg_catalog")


def refused_cell(error: Refusal, target: LoadTarget) -> tuple[str | None, str, str | None]:
    """(column, its type, value) that a refusal is about, as far as it tells; the type is "" without a column."""
    column, value = getattr(error, "column", None), None
    if isinstance(error, psycopg2.Error):
        quoted = COPY_VALUE.search(error.diag.context or "")
        column, value = quoted.groups() if quoted and quoted.group(1) else (error.diag.column_name, None)
    return column, dict(zip(target.columns, target.types, strict=True)).get(column or "", ""), value


def describe(error: Refusal, target: LoadTarget, record: bytes) -> tuple[str | None, str, str]:
    """(column, code, message) of the refusal of a record; the code is PostgreSQL's SQLSTATE where PostgreSQL refused."""
    column, kind, value = refused_cell(error, target)
    if isinstance(error, ValueError):
        return column, "value", str(error)
    code = error.pgcode or "unknown"
    reason = " ".join(filter(None, (error.diag.message_primary or str(error).strip(), error.diag.message_detail)))
    if code == FIELD_COUNT:
        header = f"{len(target.columns):,} ({', '.join(target.columns[:5])}{', ...' if len(target.columns) > 5 else ''})"
        return None, code, f"the row has another number of fields than the header, which has {header}; correct the row, or field_delimiter"
    if code == _ENCODING and (fault := encoding_fault(record)):
        return None, code, fault
    plain = next((words for start, words in _PLAIN_TYPES.items() if kind.startswith(start)), None)
    if code in _WRONG_VALUE and value is not None:
        return column, code, f"{value!r} is not {plain}; correct the cell" if plain else f"{value!r}: {reason}; correct the cell"
    if code in _TOO_LARGE and value is not None:
        return column, code, f"{value!r} is more than a column of type {kind} holds; correct the cell, or give the column a larger type"
    return column, code, f"{reason}; correct the row"
