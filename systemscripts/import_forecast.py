"""What an import of a file would do, in the words of the operator; the load itself was done and undone."""

from collections.abc import Sequence
from datetime import date

from column_plan import Plan
from csv_dialect import TableSource
from models import Counts, ImportConfig

_PREVIEW_ROWS = 3


def forecast(config: ImportConfig, source: TableSource, counts: Counts, plan: Plan, day: date) -> str:
    """What would become of a file with rows: what is created, added, widened, left out, and its first rows as they are read."""
    parts = [
        f"{counts.read:,} rows read, {counts.loaded:,} would be loaded into {config.target_table} as a dataset of {day}, "
        f"{len(counts.rejects):,} rejected, {counts.skipped:,} skipped"
    ]
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
