"""The config row that a file nobody has described yet would need, with the reason for each guess."""

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from column_plan import base_name, header_keys
from csv_dialect import TableSource
from csv_files import open_csv
from directory_management import shown_name
from models import ImportConfig
from type_inference import ColumnType, ColumnTypes, infer_types
from workbook_files import open_workbook

_BLANK = ImportConfig(0, "", "", "", "", "", ".*", "AUTO", "static", "x", "mtime", None, None, "_", "feeds.x", 1, null_tokens=())
_HEADER_ROWS = 20
# A day written yyyyMMdd or yyyy-MM-dd in a file's name.
_DAY = re.compile(r"(?<!\d)(?:19|20)\d\d(-?)(?:0[1-9]|1[0-2])\1(?:0[1-9]|[12]\d|3[01])(?!\d)")


@dataclass(frozen=True)
class Suggestion:
    """The columns of an INSERT into dba.timportconfig with their values, and a line for each reason and each open question."""

    values: dict[str, object]
    reasons: tuple[str, ...]

    def sql(self) -> str:
        """The statement, ready to be read, corrected and run."""
        comments = "".join(f"-- {reason}\n" for reason in self.reasons)
        names, values = ", ".join(self.values), ",\n        ".join(_literal(value) for value in self.values.values())
        return f"{comments}INSERT INTO dba.timportconfig ({names})\nVALUES ({values});"


def suggest(path: Path) -> Suggestion:
    """What a look at the whole file suggests. Raises BadFileError when it cannot be read."""
    header_row, source = _with_header(path)
    stem = base_name(re.sub(r"\d+", " ", path.stem), 1)
    types = infer_types(source.chunks(), source.dialect, ColumnTypes([None] * len(source.header), (), "."))
    values = {
        "config_name": stem.replace("_", " "),
        "datasource": stem,
        "datasettype": stem,
        "file_pattern": _pattern(path.name),
        "target_table": f"feeds.{stem}",
        "header_row": header_row,
        "column_types": "infer",
        **_date_rule(path.name),
    }
    facts = source.facts
    if facts["format"] == "CSV":
        values |= {"field_delimiter": facts["delimiter"]}
    reasons = [
        f"{shown_name(path)}: {facts['format']}, {', '.join(source.notes) or facts.get('encoding')}, header in row {header_row}",
        *_column_reasons(source.header, types),
        "check datasource, datasettype and config_name: they name the client and the kind of data",
    ]
    if "dateconfig" not in values:
        reasons.append("no day in the file's name: the dataset gets the day the file was last changed; else set dateconfig")
    return Suggestion(values, tuple(reasons))


def _with_header(path: Path) -> tuple[int, TableSource]:
    """(header row, source): the first of the rows with the most filled cells, so that title lines are passed over."""
    source = _opened(path, 0)
    rows = (row for chunk in source.chunks(1 << 16) for row in source.dialect.rows(chunk.data))
    filled = [sum(1 for cell in row if cell.strip()) for row in itertools.islice(rows, _HEADER_ROWS)]
    header_row = filled.index(max(filled)) + 1 if filled else 1
    return header_row, _opened(path, header_row)


def _opened(path: Path, header_row: int) -> TableSource:
    config = replace(_BLANK, header_row=header_row)
    return open_workbook(path, config) or open_csv(path, config)


def _pattern(name: str) -> str:
    """The name as a pattern, with any digits where it has a number of four digits or more."""
    return re.sub(r"\d{4,}", lambda match: rf"\d{{{len(match.group())}}}", re.escape(name).replace(r"\-", "-").replace(r"\ ", " "))


def _date_rule(name: str) -> dict[str, object]:
    match = _DAY.search(name)
    if not match:
        return {}
    parts = name.rpartition(".")[0].split("_")
    place = next((number for number, part in enumerate(parts, 1) if part == match.group()), None)
    form = "yyyy-MM-dd" if match.group(1) else "yyyyMMdd"
    return {"dateconfig": "filename", "datelocation": str(place), "dateformat": form} if place else {}


def _column_reasons(header: Sequence[str], types: Sequence[ColumnType]) -> list[str]:
    lines = []
    for position, ((text, _), kind) in enumerate(zip(header_keys(header), types, strict=True), 1):
        why = f"dates written {kind.date_format}" if kind.date_format else "every value fits" if kind.kind else "no value seen"
        if kind.undecided:
            why = "looks like dates, but nothing tells the day from the month: set date_format in dba.timportcolumn"
        elif kind.kind == "text":
            why = "other than numbers, dates or true and false, or codes with leading zeros"
        lines.append(f"column {text!r} -> {base_name(text, position)} {kind.sql}: {why}")
    return lines


def _literal(value: object) -> str:
    return str(value) if isinstance(value, int) else "'" + str(value).replace("'", "''") + "'"
