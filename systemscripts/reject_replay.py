"""The rejected rows of a file as a workbook for a person to correct, and the corrected rows into the file's own dataset."""

import logging
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from psycopg2.extensions import connection as Connection
from psycopg2.extensions import cursor as Cursor

import load_corrections as ledger
from column_plan import base_name
from config_tables import import_configs
from csv_dialect import Dialect, TableSource, line_ends
from csv_files import open_csv
from directory_management import free_name, write_whole
from errors import BadFileError, ConfigError
from file_load import Load, load_table, open_table, planned, post_import
from import_messages import reject_line
from load_corrections import DELETED, LoadedFile, OpenReject
from models import Counts, ImportConfig, Outcome
from reject_workbook import LEADING, SHEET, RejectRow, write_workbook
from settings import Settings
from transformed_table import line_numbers, transformed
from workbook_files import open_workbook

log = logging.getLogger(__name__)
_CSV = Dialect()


@dataclass(frozen=True)
class _Case:
    """A file with rejected rows: its config, its table as it is in the archive, and the cells of each rejected row."""

    file: LoadedFile
    config: ImportConfig
    source: TableSource
    rejects: list[OpenReject]
    cells: Mapping[int, tuple[str, ...]]


def write_rejects(settings: Settings, connection: Connection, wanted: str, output: Path | None, *, dry_run: bool) -> Outcome:
    """Write the rows of a file that are still rejected as a workbook, each with its reason; never overwrites.

    Raises ConfigError when there is no such file, SourceError or BadFileError when it cannot be read from the archive.
    """
    configs = import_configs(connection)
    with connection, connection.cursor() as cursor:
        case = _case(cursor, configs, wanted)
        targets = _targets(cursor, case)
    rows = [_row(case, targets, reject) for reject in case.rejects if not reject.corrected]
    if not rows:
        return Outcome(message=f"{case.file.file_name}: has no rejected rows left")
    path = output or free_name(settings.path("outbox"), f"{case.file.file_name}.rejects.xlsx")
    if not dry_run:
        try:
            write_whole(path, write_workbook(case.source.header, rows))
        except FileExistsError as error:
            raise ConfigError(f"{path} exists and is not overwritten; name another file with -o") from error
    verb = "would be written" if dry_run else "written"
    line = f"{case.file.file_name}: {len(rows):,} rejected row(s) {verb} to {path}"
    return Outcome(len(rows), 0, f"{line}; correct the cells and take it back with --corrected")


def load_corrected(connection: Connection, wanted: str, workbook: Path, *, dry_run: bool) -> Outcome:
    """Load the rows that were changed in a workbook of write_rejects into the dataset of their file, in one transaction.

    A row that is still bad stays rejected and counts as failed; one that was left as it was, or taken out of the
    sheet, stays rejected; one that has been loaded before is not loaded again.
    """
    if not workbook.is_file():
        raise ConfigError(f"{workbook}: there is no such file")
    configs = import_configs(connection)
    with connection, connection.cursor() as cursor:
        case = _case(cursor, configs, wanted)
        _check_open(cursor, case.file, lock=not dry_run)
        case = replace(case, rejects=ledger.rejects_of(cursor, case.file.importfileid))
        changed = _changed_rows(case, workbook)
        if dry_run:
            return Outcome(message=f"{case.file.file_name}: {len(changed):,} corrected row(s) would be tried; nothing was changed")
        bad = _load_rows(cursor, case, changed) if changed else set()
    loaded = len(changed) - len(bad)
    left = sum(not reject.corrected for reject in case.rejects) - loaded
    line = f"{case.file.file_name}: {loaded:,} corrected row(s) loaded into dataset {case.file.datasetid} of {case.file.target_table}"
    return Outcome(loaded, len(bad), f"{line}, {left:,} still rejected")


def _case(cursor: Cursor, configs: Sequence[ImportConfig], wanted: str) -> _Case:
    file = ledger.file_called(cursor, wanted)
    if file is None:
        raise ConfigError(f"no file called {wanted!r} has been handled; look its name or number up in dba.timportfile")
    config = next((config for config in configs if config.config_id == file.config_id), None)
    if config is None:
        raise ConfigError(f"{file.file_name}: its feed is switched off; set is_active of config_id {file.config_id} in dba.timportconfig")
    if any(step["step"] == "dedupe" for step in config.transform or ()):
        raise ConfigError(f"{file.file_name}: the step dedupe of its feed needs the whole file; correct the file itself and drop it again")
    if not file.archived_path or not Path(file.archived_path).is_file():
        raise ConfigError(f"{file.file_name}: is not in the archive any more ({file.archived_path}), so its columns are not known")
    config = replace(config, target_table=file.target_table or config.target_table)
    source = open_table(Path(file.archived_path), replace(config, transform=()))
    rejects = ledger.rejects_of(cursor, file.importfileid)
    return _Case(file, config, source, rejects, _cells(config, source, rejects))


def _check_open(cursor: Cursor, file: LoadedFile, *, lock: bool) -> None:
    """Raise ConfigError unless the file has a dataset that can take more rows."""
    state = file.datastatusid
    if state is not None and lock:
        state = ledger.lock_dataset(cursor, file.datasetid)
    if file.status != "Loaded" or state in (None, DELETED):
        raise ConfigError(
            f"{file.file_name}: is {file.status}, so there is no dataset to load rows into; correct the file itself and drop it again"
        )


# --- out ------------------------------------------------------------------------------------------------------------------


def _targets(cursor: Cursor, case: _Case) -> Sequence[str | None]:
    """The column of the table that each column of the file goes to; behind steps only the names can tell."""
    if case.config.transform:
        return [base_name(name, position) for position, name in enumerate(case.source.header, 1)]
    return planned(Load(cursor, case.config, case.source)).targets


def _row(case: _Case, targets: Sequence[str | None], item: OpenReject) -> RejectRow:
    column = item.reject.column_name
    wrong = targets.index(column) if column in targets else None
    return RejectRow(item.importrejectid, item.reject, case.cells[item.importrejectid], wrong)


def _cells(config: ImportConfig, source: TableSource, rejects: Sequence[OpenReject]) -> dict[int, tuple[str, ...]]:
    """The cells of each rejected row as the file has them: a row refused behind the steps is on record as these left it."""
    found = _rows_at(source, {(item.reject.sheet, item.reject.line_number) for item in rejects}) if config.transform else {}
    return {item.importrejectid: found.get((item.reject.sheet, item.reject.line_number)) or _fields(source, item) for item in rejects}


def _rows_at(source: TableSource, places: set[tuple[str | None, int]]) -> dict[tuple[str | None, int], tuple[str, ...]]:
    rows: dict[tuple[str | None, int], tuple[str, ...]] = {}
    for chunk in source.chunks():
        try:
            records = source.dialect.rows(chunk.data)
        except ValueError:
            continue  # its text is on record as it is
        for number, record in zip(line_numbers(chunk, records), records, strict=True):
            if (chunk.sheet, number) in places:
                rows[chunk.sheet, number] = tuple(record)
    return rows


def _fields(source: TableSource, item: OpenReject) -> tuple[str, ...]:
    """The cells of a rejected row's text; the whole text as one cell when it does not fall into cells."""
    text = item.reject.raw_text
    try:
        rows = source.dialect.rows(text.encode())
    except ValueError:
        rows = []
    cells = rows[0] if len(rows) == 1 else [text]
    while len(cells) > len(source.header) and not cells[-1]:
        cells.pop()
    return tuple(cells)


# --- and in ---------------------------------------------------------------------------------------------------------------


def _changed_rows(case: _Case, workbook: Path) -> dict[int, list[str]]:
    """The cells of each row of the sheet that differs from what was rejected, by importrejectid."""
    known = {item.importrejectid: item for item in case.rejects}
    changed: dict[int, list[str]] = {}
    seen: set[int] = set()
    for number, cells in _sheet_rows(case, workbook):
        if number not in known or number in seen:
            why = "stands in the sheet twice" if number in seen else f"is not a rejected row of {case.file.file_name}"
            raise BadFileError(f"{workbook.name}: the number {number} in column {LEADING[0]!r} {why}; leave that column as it was")
        seen.add(number)
        if not known[number].corrected and cells != _padded(case, case.cells[number]):
            changed[number] = cells
    return changed


def _padded(case: _Case, cells: Sequence[str]) -> list[str]:
    """As many cells as the header, more only when there is something in them."""
    width = len(case.source.header)
    padded = [*cells, *[""] * (width - len(cells))]
    while len(padded) > width and not padded[-1]:
        padded.pop()
    return padded


def _sheet_rows(case: _Case, workbook: Path) -> list[tuple[int, list[str]]]:
    """(importrejectid, cells) of each row of the sheet."""
    reading = replace(case.config, sheet=SHEET, header_row=1, skip_rows=0, skip_footer=0)
    sheet = open_workbook(workbook, reading)
    if sheet is None or sheet.header[: len(LEADING)] != LEADING:
        raise BadFileError(f"{workbook.name}: its first columns are not {', '.join(LEADING)}; take the workbook that was written here")
    rows = [row for chunk in sheet.chunks() for row in _CSV.rows(chunk.data)]
    for row in rows:
        if not row[0].isdecimal():
            raise BadFileError(f"{workbook.name}: {row[0]!r} in column {LEADING[0]!r} is no row number; leave that column as it was")
    return [(int(row[0]), _padded(case, row[len(LEADING) :])) for row in rows]


def _load_rows(cursor: Cursor, case: _Case, changed: dict[int, list[str]]) -> set[int]:
    """Load the rows and put that on record; returns the numbers of those that are still bad, which stay rejected."""
    ledger.continue_dataset(cursor, case.file.datasetid)
    records = {number: _CSV.lines([cells]) for number, cells in changed.items()}
    counts = _copied(cursor, case, list(records.values()))
    if counts.skipped:
        why = "are no data, such as a copy of the header, or are left out by a step of the feed"
        raise BadFileError(f"{counts.skipped} of the corrected rows {why}; take them out")
    bad = _numbers_at(case, records, [reject.line_number for reject in counts.rejects])
    for reject, number in zip(counts.rejects, bad, strict=True):
        log.warning("%s, still bad: %s", case.file.file_name, reject_line(replace(reject, line_number=_line_of(case, number))))
    loaded = {number: record.decode().rstrip("\n") for number, record in records.items() if number not in bad}
    if loaded:
        ledger.record_corrected(cursor, case.file, loaded)
        post_import(cursor, case.config, case.file.datasetid, counts)
    return set(bad)


def _copied(cursor: Cursor, case: _Case, records: list[bytes]) -> Counts:
    """The records through the same plan, rules and COPY as the file they come from."""
    plain = {"header_row": 1, "skip_rows": 0, "skip_footer": 0, "field_delimiter": ",", "quote_char": '"', "encoding": "utf-8"}
    config = replace(case.config, **plain, max_reject_rows=len(records))
    with tempfile.TemporaryDirectory(prefix="etl-replay-") as folder:
        path = Path(folder) / "corrected.csv"
        path.write_bytes(b"".join([_CSV.lines([list(case.source.header)]), *records]))
        return load_table(Load(cursor, config, transformed(open_csv(path, config), config)))[0]


def _numbers_at(case: _Case, records: dict[int, bytes], lines: Sequence[int]) -> list[int]:
    """Whose record stands at each of these lines of the file that _copied wrote."""
    starts, line = {}, 1 + line_ends(_CSV.lines([list(case.source.header)]))
    for number, record in records.items():
        starts[line] = number
        line += line_ends(record)
    return [starts[line] for line in lines]


def _line_of(case: _Case, number: int) -> int:
    return next(item.reject.line_number for item in case.rejects if item.importrejectid == number)
