"""What an import of a file would do, said without doing it."""

from collections.abc import Sequence
from datetime import date

from csv_dialect import TableSource
from errors import BadFileError
from file_load import Load, planned, whole_types

_PREVIEW_ROWS = 3


def forecast(load: Load, label: str, day: date) -> str:
    """What would become of a file with rows: what is created, added, widened, left out, and its first rows as they would be loaded.

    Raises BadFileError and ConfigError where an import would.
    """
    source, table = load.source, load.config.target_table
    plan = planned(load, whole_types(load) if load.config.column_types == "infer" else ())
    rows = sum(chunk.rows for chunk in source.chunks() if not chunk.skipped)
    if rows < load.config.min_rows:
        raise BadFileError(f"{rows:,} rows, min_rows asks for {load.config.min_rows:,}: part of the file may be missing")
    parts = [f"{rows:,} row(s) would be loaded into {table} as a dataset {label!r} of {day}"]
    if plan.create:
        parts.append(f"creating the table with column(s) {_listed(plan.added)}")
    elif plan.added:
        parts.append(f"adding column(s) {_listed(plan.added)}")
    parts += [f"widening column {name} from {old} to {new}" for name, old, new in plan.retyped]
    if plan.ignored:
        parts.append(f"leaving out column(s) {', '.join(plan.ignored)}")
    if plan.missing:
        parts.append(f"with nothing for column(s) {', '.join(plan.missing)}")
    return "\n".join(["; ".join([*parts, *source.notes]), *_preview(source)])


def _listed(columns: Sequence[tuple[str, str]]) -> str:
    return ", ".join(f"{name} {kind}" for name, kind in columns)


def _preview(source: TableSource) -> list[str]:
    first = next((chunk for chunk in source.chunks(1 << 16) if not chunk.skipped and not chunk.fault), None)
    rows = source.dialect.rows(first.data)[:_PREVIEW_ROWS] if first else []
    return ["    " + ", ".join(f"{name}={value!r}" for name, value in zip(source.header, row, strict=False)) for row in rows]
