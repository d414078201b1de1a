"""The sentences an operator reads about a file. Pure."""

from collections.abc import Sequence
from datetime import date

from column_plan import Plan
from models import Counts, ImportConfig, Reject


def loaded_line(config: ImportConfig, counts: Counts, *, dataset: tuple[int, date] | None, plan: Plan | None, notes: Sequence[str]) -> str:
    """What became of a file, in one sentence; `dataset` is its number and day, `plan` None when there were no rows."""
    parts = [
        f"{counts.read:,} rows read, {counts.loaded:,} loaded into {config.target_table}, "
        f"{len(counts.rejects):,} rejected, {counts.skipped:,} skipped"
        if counts.loaded
        else f"empty, {counts.read:,} rows read, 0 loaded, {len(counts.rejects):,} rejected, {counts.skipped:,} skipped",
    ]
    if dataset:
        parts.append(f"dataset {dataset[0]} of {dataset[1]}")
    if plan and plan.create:
        parts.append("table created")
    elif plan and plan.added:
        parts.append(f"new column(s) {', '.join(name for name, _ in plan.added)}")
    if plan and plan.ignored:
        parts.append(f"left out column(s) {', '.join(plan.ignored)}")
    return ", ".join([*parts, *notes])


def reject_line(reject: Reject) -> str:
    column = f", column {reject.column_name}" if reject.column_name else ""
    place = f"sheet {reject.sheet!r} row" if reject.sheet else "line"
    return f"{place} {reject.line_number:,}{column}: {reject.message}"


def first_line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]
