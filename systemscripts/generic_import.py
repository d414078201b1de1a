"""Imports the waiting files of one config: each file whole in one transaction, on record, and then out of the way."""

import contextlib
import json
import logging
import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path

import psycopg2
import psycopg2.errors
from psycopg2.extensions import cursor as Cursor

import import_ledger as ledger
from column_plan import Plan
from csv_dialect import TableSource
from datasets import activate_dataset, create_dataset, dataset_key, mark_empty
from directory_management import free_name, is_same_file, move_no_overwrite, sha256_of, shown_name, write_whole
from errors import BadFileError, ConfigError, EtlError, NoRowsError, SourceError
from file_load import Load, RefusedFile, check_counts, load_table, open_table, post_import
from import_forecast import forecast
from import_ledger import FileRecord
from import_messages import first_line, loaded_line, reject_line
from import_queue import Importer, claimed, has_settled, strangers, waiting
from models import Counts, Outcome, Reject
from row_refusals import ROW_ERRORS, blames_file
from settings import Settings

log = logging.getLogger(__name__)

_SHOWN_IN_LOG = 5


@dataclass(frozen=True)
class Arrival:
    """A file that waits, identified by its bytes; their checksum is made while they are loaded."""

    path: Path
    digest: Future[str]
    stat: os.stat_result
    modified_at: datetime

    @property
    def sha256(self) -> str:
        return self.digest.result()

    @property
    def name(self) -> str:
        return shown_name(self.path)

    @property
    def stored_name(self) -> str:
        """The name as dba.timportfile keeps it."""
        return os.fsencode(self.path.name).decode(errors="backslashreplace")


def run_import(importer: Importer, only: Path | None = None) -> Outcome:
    """Import every waiting file of the config, or only the given one. One bad file never stops the others.

    Raises ConfigError after the last file when the config did not allow to import some of them: they wait.
    """
    _check_there(only)
    done = failed = 0
    wrong: ConfigError | None = None
    for path in claimed(importer, only):
        try:
            ok = _import_owned(importer, path)
        except ConfigError as error:
            if wrong:
                log.error("%s", wrong)
            ok, wrong = False, ConfigError(_named(path, error))
        done, failed = done + ok, failed + (not ok)
    if wrong:
        raise wrong
    return Outcome(done, failed, _summary(importer, done, failed))


def run_imports(importers: Sequence[Importer]) -> Outcome:
    """Import every waiting file of several feeds, one feed after the other, and warn of files that no feed takes.

    Raises ConfigError after the last feed when something is wrong with one: its files wait, the others are done.
    """
    done = failed = 0
    wrong: ConfigError | None = None
    folders: dict[str, Importer] = {}
    for importer in importers:
        try:
            outcome = run_import(importer)
        except ConfigError as error:
            wrong = error
            log.error("%s", error)
            continue
        done, failed = done + outcome.done, failed + outcome.failed
        folders[importer.config.source_directory] = importer
    for folder, importer in folders.items():
        for name in strangers(importer):
            log.warning("%s: lies in %s and fits no feed; correct its name, or file_pattern of a feed", name, folder)
    if wrong:
        raise ConfigError(f"{done} file(s) done, {failed} failed, and a feed is wrong: {wrong}")
    return Outcome(done, failed, f"{len(importers)} feeds: {done} file(s) done, {failed} failed" if done or failed else "no new files")


def plan_import(importer: Importer, only: Path | None = None) -> Outcome:
    """Say for every waiting file what an import would do: its load is done and undone."""
    failed = 0
    _check_there(only)
    paths = [path for path in waiting(importer, only) if has_settled(path)]
    importer.connection.rollback()
    importer.connection.set_session(readonly=False)
    for path in paths:
        try:
            with ThreadPoolExecutor(1) as pool:
                log.info("%s", _forecast(importer, _identify(path, importer.settings, pool)))
        except (BadFileError, *ROW_ERRORS) as error:
            failed += 1
            log.error("%s; it would be refused", _refusal(path, error))
    return Outcome(len(paths) - failed, failed, f"{importer.config.config_name}: {len(paths)} file(s) waiting; nothing was changed")


def files_of_this_run(importer: Importer) -> list[dict]:
    """What became of the files of this run, one dictionary a file with the names of dba.timportfile's columns."""
    with importer.connection, importer.connection.cursor() as cursor:
        return ledger.files_of_run(cursor, importer.run_uuid)


def _summary(importer: Importer, done: int, failed: int) -> str:
    name = importer.config.config_name
    if done or failed:
        return f"{name}: {done} file(s) done, {failed} failed"
    left = strangers(importer)
    if not left:
        return f"{name}: no new files"
    shown = ", ".join(left[:3]) + (", ..." if len(left) > 3 else "")
    folder = importer.config.source_directory
    return f"{name}: no new files; {len(left)} file(s) in {folder} fit no feed (file_pattern must fit the whole name): {shown}"


def _check_there(only: Path | None) -> None:
    if only is not None and not only.is_file():
        raise ConfigError(f"{only}: there is no such file")


# --- identify ----------------------------------------------------------------------------------------------------------


def _import_owned(importer: Importer, path: Path) -> bool:
    """Import one claimed file; True when it is done. The one place where whatever goes wrong with a file ends."""
    name = shown_name(path)
    try:
        with ThreadPoolExecutor(1) as pool:
            _take_in(importer, _identify(path, importer.settings, pool))
        return True
    except ConfigError:
        raise
    except psycopg2.errors.InsufficientPrivilege as error:
        raise ConfigError(
            f"{importer.config.config_name}: {first_line(error)}; let etl_user own the table {importer.config.target_table}"
        ) from error
    except EtlError as error:
        caught, line = error, _named(path, error)
    except psycopg2.errors.LockNotAvailable as error:
        held = "a long query or an open transaction holds the table (see onboarding/sql/usefulqueries.sql)"
        caught, line = error, f"{name}: left for the next run, {importer.config.target_table} was not free for a minute: {held}"
    except (psycopg2.OperationalError, psycopg2.InterfaceError) as error:
        if importer.connection.closed:
            raise
        caught, line = error, f"{name}: left for the next run, PostgreSQL says: {first_line(error)}"
    except OSError as error:
        where = error.filename2 or error.filename or ""
        caught, line = error, f"{name}: stays where it is, {error.strerror or error}: {where}"
    except Exception as error:  # the file owns it: the others go on
        caught = error
        line = f"{name}: stays where it is, an unexpected error: {type(error).__name__}: {error}; details are in the log file"
    log.error("%s", line)
    log.debug("traceback", exc_info=caught)
    return False


def _take_in(importer: Importer, arrival: Arrival) -> None:
    known = None if importer.force else _known(importer, arrival)
    if known and _is_left_over(arrival, known):
        _finish_archiving(importer, arrival, known)
    elif known and importer.config.on_duplicate == "skip":
        _set_aside(importer, arrival, known)
    else:
        _import(importer, arrival)


def _named(path: Path, error: Exception) -> str:
    name, text = shown_name(path), str(error).replace(path.name, shown_name(path))
    return text if text.startswith(name) else f"{name}: {text}"


def _identify(path: Path, settings: Settings, pool: Executor) -> Arrival:
    try:
        before = path.stat()
        path.open("rb").close()
    except OSError as error:
        raise SourceError(f"{path.name}: cannot be read ({error.strerror}); correct its owner or mode") from error
    return Arrival(path, pool.submit(sha256_of, path), before, datetime.fromtimestamp(before.st_mtime, settings.timezone))


def _known(importer: Importer, arrival: Arrival) -> ledger.KnownFile | None:
    """The earlier arrival of the same bytes. A size that was never seen is new without waiting for the checksum."""
    with importer.connection, importer.connection.cursor() as cursor:
        if not ledger.size_is_known(cursor, importer.config.config_id, arrival.stat.st_size):
            return None
        return ledger.known_file(cursor, importer.config.config_id, arrival.sha256)


def _is_left_over(arrival: Arrival, known: ledger.KnownFile) -> bool:
    """True when this is the very file that a run loaded and could not archive any more."""
    if is_same_file(arrival.path, Path(known.archived_path)):
        return True
    same = (known.file_name, known.modified_at) == (arrival.stored_name, arrival.modified_at)
    return same and not Path(known.archived_path).exists()


def _finish_archiving(importer: Importer, arrival: Arrival, known: ledger.KnownFile) -> None:
    planned = Path(known.archived_path)
    if planned.exists():
        arrival.path.unlink()
    else:
        _archive(importer, arrival, planned, known.importfileid)
    log.info("%s: was loaded by a run that stopped before archiving it; archived now", arrival.name)


def _set_aside(importer: Importer, arrival: Arrival, known: ledger.KnownFile) -> None:
    """Archive a file whose bytes are already in, and load nothing."""
    target = free_name(importer.archive / "duplicates", arrival.path.name)
    record = replace(_record(importer, arrival, "Duplicate", target), datasetid=known.datasetid)
    importfileid, planned = _put_on_record(importer, arrival, record)
    _archive(importer, arrival, planned or target, importfileid)
    log.info(
        "%s: duplicate, the same bytes were loaded as %s on %s (dataset %s); nothing was loaded again",
        arrival.name,
        known.file_name,
        known.finished_at.astimezone(importer.settings.timezone).strftime("%Y-%m-%d %H:%M"),
        known.datasetid,
    )


def _put_on_record(importer: Importer, arrival: Arrival, record: FileRecord, rejects: Sequence[Reject] = ()) -> tuple[int, Path | None]:
    """The importfileid of a file that is not loaded; when an earlier run could not move it, that run's, and where it meant to."""
    with importer.connection, importer.connection.cursor() as cursor:
        earlier = ledger.earlier_record(cursor, record)
        if earlier:
            planned = Path(earlier.archived_path)
            if not planned.exists() or is_same_file(arrival.path, planned):
                return earlier.importfileid, planned
        return ledger.record_file(cursor, record, rejects), None


def _record(importer: Importer, arrival: Arrival, status: str, archived: Path) -> FileRecord:
    return FileRecord(
        config_id=importer.config.config_id,
        run_uuid=importer.run_uuid,
        file_name=arrival.stored_name,
        sha256=arrival.sha256,
        size_bytes=arrival.stat.st_size,
        modified_at=arrival.modified_at,
        target_table=importer.config.target_table,
        status=status,
        archived_path=os.fsencode(archived).decode(errors="backslashreplace"),
    )


# --- load: one transaction ---------------------------------------------------------------------------------------------


def _import(importer: Importer, arrival: Arrival) -> None:
    started = time.monotonic()
    target = free_name(importer.archive, arrival.path.name)
    try:
        with _progress(arrival) as seen:
            importfileid, counts, line = _load_transaction(importer, arrival, target, seen)
    except (BadFileError, *ROW_ERRORS) as error:
        if not blames_file(error):
            raise
        _refuse(importer, arrival, error)
        return
    seconds = time.monotonic() - started
    _report_rejects(arrival.name, counts.rejects)
    log.info("%s: %s, %.2f s, %s rows/s", arrival.name, line, seconds, f"{counts.read / max(seconds, 0.001):,.0f}")
    _archive(importer, arrival, target, importfileid)


def _load_transaction(importer: Importer, arrival: Arrival, archived: Path, seen: Callable[[int], None]) -> tuple[int, Counts, str]:
    """Load one file, all or nothing. Returns (importfileid, counts, what to tell the operator)."""
    config = importer.config
    with importer.connection, importer.connection.cursor() as cursor:
        source, dataset, counts, plan = _load(importer, cursor, arrival, seen)
        record = replace(
            _record(importer, arrival, "Loaded" if counts.loaded else "Empty", archived),
            datasetid=dataset[0] if dataset else None,
            rows_read=counts.read,
            rows_loaded=counts.loaded,
            rows_rejected=len(counts.rejects),
            rows_skipped=counts.skipped,
            findings=json.dumps(source.facts),
        )
        importfileid = ledger.record_file(cursor, record, counts.rejects)
        _check_unchanged(arrival)
    return importfileid, counts, loaded_line(config, counts, dataset=dataset, plan=plan, notes=source.notes)


def _load(
    importer: Importer, cursor: Cursor, arrival: Arrival, seen: Callable[[int], None], changed: str = "changed"
) -> tuple[TableSource, tuple[int, date] | None, Counts, Plan | None]:
    """Everything of a load but its record and its end. `changed` is the word for what becomes of a column's type."""
    config = importer.config
    cursor.execute("SET LOCAL lock_timeout = '60s'")
    source = open_table(arrival.path, config)
    dataset, counts, plan = _load_dataset(importer, cursor, source, seen, changed)
    check_counts(arrival.name, config, counts)
    if counts.loaded:
        activate_dataset(cursor, dataset[0], counts.loaded)
        post_import(cursor, config, dataset[0], counts)
    elif dataset:
        mark_empty(cursor, dataset[0])
    return source, dataset, counts, plan


def _load_dataset(
    importer: Importer, cursor: Cursor, source: TableSource, seen: Callable[[int], None], changed: str
) -> tuple[tuple[int, date] | None, Counts, Plan | None]:
    """The dataset's number and day, what became of the rows, and the plan that was followed; without rows the table stays as it was.

    No dataset when the rows should tell which one it is and there are none.
    """
    try:
        _, _, label, day = dataset_key(importer.config, source.path, importer.settings.timezone, source)
    except NoRowsError:
        skipped = sum(chunk.rows for chunk in source.chunks())
        return None, Counts(read=skipped, skipped=skipped), None
    dataset = create_dataset(cursor, importer.config, label, day), day
    if not source.header:
        return dataset, Counts(), None
    cursor.execute("SAVEPOINT shape")
    counts, plan = load_table(Load(cursor, importer.config, source, seen, changed))
    if not counts.loaded:
        cursor.execute("ROLLBACK TO SAVEPOINT shape")
    return dataset, counts, plan if counts.loaded else None


def _check_unchanged(arrival: Arrival) -> None:
    now = arrival.path.stat()
    if (now.st_size, now.st_mtime_ns) != (arrival.stat.st_size, arrival.stat.st_mtime_ns):
        raise SourceError(f"{arrival.name}: was changed while it was read; nothing was loaded, the next run takes it again")


def _report_rejects(name: str, rejects: list[Reject]) -> None:
    for reject in rejects[:_SHOWN_IN_LOG]:
        log.warning("%s %s", name, reject_line(reject))
    if len(rejects) > _SHOWN_IN_LOG:
        log.warning("%s: %d more rejected rows are in dba.timportreject", name, len(rejects) - _SHOWN_IN_LOG)


# --- archive, or refuse -----------------------------------------------------------------------------------------------


def _archive(importer: Importer, arrival: Arrival, target: Path, importfileid: int) -> None:
    """Move the file to its place; when that was taken meanwhile, put the true place on record."""
    if is_same_file(arrival.path, target):  # an earlier run was stopped between the last two steps of its move
        arrival.path.unlink()
        return
    went = move_no_overwrite(arrival.path, target)
    if went != target:
        with importer.connection, importer.connection.cursor() as cursor:
            ledger.correct_archived_path(cursor, importfileid, str(went))


def _refusal(path: Path, error: Exception) -> str:
    return _named(path, error) if isinstance(error, EtlError) else f"{shown_name(path)}: {first_line(error)}"


def _refuse(importer: Importer, arrival: Arrival, error: Exception) -> None:
    """Put a bad file on record with its bad rows, move it to rejected/ beside an explanation, and say so."""
    importer.connection.rollback()
    counts = error.counts if isinstance(error, RefusedFile) else Counts()
    message = _refusal(arrival.path, error)
    target = free_name(importer.archive / "rejected", arrival.path.name)
    record = replace(
        _record(importer, arrival, "Failed", target),
        rows_read=counts.read,
        rows_rejected=len(counts.rejects),
        rows_skipped=counts.read - len(counts.rejects),
        error=message,
    )
    importfileid, planned = _put_on_record(importer, arrival, record, counts.rejects)
    target = planned or target
    explanation = target.with_name(target.name + ".error.txt")
    lines = [message, *(f"{reject_line(reject)} | {reject.raw_text}" for reject in counts.rejects)]
    write_whole(explanation, "\n".join([*lines, ""]).encode(), overwrite=True)
    _archive(importer, arrival, target, importfileid)
    raise BadFileError(f"{message}; nothing was loaded, the file is in {target.parent}, correct it and drop it again")


# --- telling ----------------------------------------------------------------------------------------------------------


@contextlib.contextmanager
def _progress(arrival: Arrival) -> Iterator[Callable[[int], None]]:
    """A bar on a terminal, nothing under cron."""
    if not sys.stderr.isatty() or arrival.stat.st_size < 1 << 20:
        yield lambda _bytes: None
        return
    from tqdm import tqdm

    with tqdm(total=arrival.stat.st_size, unit="B", unit_scale=True, desc=arrival.name, leave=False) as bar:
        yield bar.update


def _forecast(importer: Importer, arrival: Arrival) -> str:
    config = importer.config
    known = _known(importer, arrival)
    if known and config.on_duplicate == "skip" and not importer.force:
        return f"{arrival.name}: would be archived as a duplicate of {known.file_name} (dataset {known.datasetid})"
    with importer.connection, importer.connection.cursor() as cursor, _progress(arrival) as seen:
        try:
            source, dataset, counts, plan = _load(importer, cursor, arrival, seen, "would change")
        finally:
            if not importer.connection.closed:
                importer.connection.rollback()
    _report_rejects(arrival.name, counts.rejects)
    if not plan:
        return f"{arrival.name}: is empty and would be archived as such"
    return f"{arrival.name}: {forecast(config, source, counts, plan, dataset[1])}"
