"""One file into its table: open, plan, shape the table, copy, check. The caller owns the transaction."""

import itertools
import logging
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import psycopg2
import psycopg2.errors
from psycopg2 import sql
from psycopg2.extensions import cursor as Cursor

from cell_rules import larger_type
from column_plan import Plan, Strategy, base_name, header_keys, make_plan
from csv_dialect import TableSource
from csv_files import open_csv
from db_config import identifier
from errors import BadFileError, ConfigError
from import_messages import first_line, reject_line
from load_target import LoadTarget
from models import Counts, ImportConfig
from row_refusals import ROW_ERRORS, Refusal, refused_cell
from table_loader import SHOWN_REJECTS, CarefulLoader, NeedsCare, TypesChanged, load_quickly
from target_table import apply_plan, ensure_lineage, index_lineage, known_headers, lock_shape, remember_headers, retype, table_columns
from transformed_table import transformed
from transforms import make_rewrite
from type_inference import ColumnType, ColumnTypes, holds_only, infer_types
from workbook_files import open_workbook

log = logging.getLogger(__name__)


class RefusedFile(BadFileError):
    """A file with more bad rows than its config allows, with what was found in it."""

    def __init__(self, message: str, counts: Counts) -> None:
        super().__init__(message)
        self.counts = counts


def open_table(path: Path, config: ImportConfig) -> TableSource:
    return transformed(open_workbook(path, config) or open_csv(path, config), config)


@dataclass(frozen=True)
class Load:
    """A file on its way into its table: `seen` is told the bytes of every chunk that was read.

    `changed` is the word for what becomes of a column's type: a load may be tried only.
    """

    cursor: Cursor
    config: ImportConfig
    source: TableSource
    seen: Callable[[int], None] = lambda _bytes: None
    changed: str = "changed"

    @property
    def name(self) -> str:
        return self.source.path.name


def load_table(load: Load) -> tuple[Counts, Plan]:
    """Load every row; returns what became of them and the plan that was followed.

    With inferred types the first rows suggest them and every other value is held against them on its way to COPY. The
    first one that does not fit stops the load, and all values are looked at before it starts again.
    """
    if load.config.column_types != "infer":
        return _load(load)
    types = ColumnTypes(_known_formats(load), load.config.null_tokens, load.config.decimal_mark)
    guess = infer_types(itertools.islice(load.source.chunks(), 1), load.source.dialect, types)
    if all(column.settled for column in guess):
        load.cursor.execute("SAVEPOINT guess")
        expected = holds_only(load.source.dialect, guess, load.config.null_tokens, load.config.decimal_mark)
        try:
            return _load(load, guess, expected)
        except TypesChanged:
            load.cursor.execute("ROLLBACK TO SAVEPOINT guess")
    found = whole_types(load)
    for name, column in zip(load.source.header, found, strict=True):
        if column.undecided:
            log.warning("%s: column %s looks like dates, but nothing tells day from month: it is text; set date_format", load.name, name)
    return _load(load, found)


def whole_types(load: Load) -> list[ColumnType]:
    """The type of each column of the file after a look at every value."""
    types = ColumnTypes(_known_formats(load), load.config.null_tokens, load.config.decimal_mark)
    return infer_types(load.source.chunks(), load.source.dialect, types)


def _known_formats(load: Load) -> list[str | None]:
    formats = known_headers(load.cursor, load.config.target_table)[1]
    return [formats.get(key) for key in header_keys(load.source.header)]


def _load(load: Load, types: Sequence[ColumnType] = (), expected: re.Pattern[bytes] | None = None) -> tuple[Counts, Plan]:
    plan = planned(load, types)
    if plan.changes_table:
        lock_shape(load.cursor, load.config.target_table)
        plan = planned(load, types)  # another importer may have changed it while we waited
        apply_plan(load.cursor, load.config.target_table, plan)
        for column, old, new in plan.retyped:
            log.warning("%s: column %s of %s %s from %s to %s", load.name, column, load.config.target_table, load.changed, old, new)
    for name in plan.unmatched:
        has = ", ".join(load.source.header)
        log.warning("%s: dba.timportcolumn names a column %r, which the file does not have; it has %s", load.name, name, has)
    ensure_lineage(load.cursor, load.config, table_columns(load.cursor, load.config.target_table))
    remember_headers(load.cursor, load.config.target_table, plan)
    while True:
        try:
            counts = _copy(load, _target(load, plan, types, expected))
        except _TooNarrow as error:
            retype(load.cursor, load.config.target_table, error.column, error.kind)
            log.warning("%s: column %s of %s %s to %s", load.name, error.column, load.config.target_table, load.changed, error.kind)
            continue
        if load.config.importstrategyid == Strategy.CREATE_COLUMNS:
            index_lineage(load.cursor, load.config.target_table)
        return counts, plan


def planned(load: Load, types: Sequence[ColumnType] = ()) -> Plan:
    """What this load would do to the target table as it is now."""
    return make_plan(
        Strategy(load.config.importstrategyid),
        load.source.header,
        table_columns(load.cursor, load.config.target_table),
        known=known_headers(load.cursor, load.config.target_table)[0],
        overrides=load.config.columns,
        inferred=types,
    )


def _target(load: Load, plan: Plan, types: Sequence[ColumnType], expected: re.Pattern[bytes] | None) -> LoadTarget:
    existing = table_columns(load.cursor, load.config.target_table)
    columns = tuple(name for name in plan.targets if name is not None)
    guessed = zip(plan.targets, types, strict=True) if expected else ()
    return LoadTarget(
        load.config.target_table,
        columns,
        tuple(existing[name] for name in columns),
        load.source.dialect,
        make_rewrite(load.config, plan, load.source.dialect),
        expected,
        plan.required,
        frozenset(name for name, guess in guessed if name and existing[name] == guess.kind),
    )


class _TooNarrow(Exception):
    """A value is too large for a column that may grow."""

    def __init__(self, column: str, kind: str) -> None:
        super().__init__(column)
        self.column, self.kind = column, kind


def _copy(load: Load, target: LoadTarget) -> Counts:
    """Quickly; when that fails, once more as Windows-1252 if the bytes say so, else with care.

    Raises TypesChanged when types were only guessed, and _TooNarrow when a column has to grow first.
    """
    load.cursor.execute("SAVEPOINT quick")
    try:
        counts = load_quickly(load.cursor, target, load.source, load.seen)
        load.cursor.execute("RELEASE SAVEPOINT quick")
        return counts
    except NeedsCare as error:
        if isinstance(error.__cause__, ValueError):
            _grow(load, target, error.__cause__)
    except ROW_ERRORS as error:
        log.debug("row by row from here on, to find the bad ones: %s", first_line(error))
        _grow(load, target, error)
    load.cursor.execute("ROLLBACK TO SAVEPOINT quick")
    if (other := load.source.as_cp1252()) is not None:
        log.warning("%s: %s", load.name, other.notes[-1])
        return _copy(replace(load, source=other), target)
    if target.expected:
        raise TypesChanged
    loader = CarefulLoader(load.cursor, target, load.config.max_reject_rows, lambda error: _grow(load, target, error))
    return loader.load(load.source, load.seen)


def _grow(load: Load, target: LoadTarget, error: Refusal) -> None:
    """Raise _TooNarrow when strategy 1 may give the column that the refusal is about a type that holds the value."""
    fixed = {rule.target_name or base_name(rule.source_name, 0) for rule in load.config.columns}
    column, present, value = refused_cell(error, target)
    if load.config.importstrategyid != Strategy.CREATE_COLUMNS or not present or column in fixed:
        return
    kind = larger_type(present, error.pgcode, value) if isinstance(error, psycopg2.Error) else getattr(error, "wider", None)
    if kind:
        load.cursor.execute("ROLLBACK TO SAVEPOINT quick")
        raise _TooNarrow(column, kind)


def check_counts(name: str, config: ImportConfig, counts: Counts) -> None:
    bad = len(counts.rejects)
    if bad > config.max_reject_rows:
        found = f"{'at least ' if bad > SHOWN_REJECTS else ''}{bad:,} bad row(s)"
        allowed = f"max_reject_rows allows {config.max_reject_rows:,}"
        raise RefusedFile(f"{name}: {found}, {allowed}; the first: {reject_line(counts.rejects[0])}", counts)
    if bad and not counts.loaded:
        raise RefusedFile(
            f"{name}: not one of its {counts.read:,} row(s) can be loaded; the first: {reject_line(counts.rejects[0])}", counts
        )
    if counts.loaded < config.min_rows:
        raise RefusedFile(f"{name}: {counts.loaded:,} rows, min_rows asks for {config.min_rows:,}: part of the file may be missing", counts)


def post_import(cursor: Cursor, config: ImportConfig, datasetid: int, counts: Counts) -> None:
    """Run the feed's own procedure in the same transaction.

    Raises RefusedFile when it refuses the rows, ConfigError when it cannot do its work whatever they are.
    """
    if not config.post_import_procedure:
        return
    cursor.execute("SAVEPOINT post_import")
    try:
        cursor.execute(sql.SQL("CALL {}(%s)").format(identifier(config.post_import_procedure)), (datasetid,))
    except (psycopg2.DataError, psycopg2.IntegrityError, psycopg2.errors.RaiseException) as error:
        refusal = f"post_import_procedure {config.post_import_procedure} refused the file: {first_line(error)}"
        raise RefusedFile(refusal, counts) from error
    except (psycopg2.ProgrammingError, psycopg2.InternalError) as error:
        raise ConfigError(f"post_import_procedure {config.post_import_procedure} cannot do its work: {first_line(error)}") from error
