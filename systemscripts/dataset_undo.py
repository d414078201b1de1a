"""Takes a loaded dataset back: its rows go, its predecessor counts again, its file may be put back for another import."""

import logging
from pathlib import Path

import psycopg2.errors
from psycopg2.extensions import connection as Connection

import load_corrections as ledger
from directory_management import move_no_overwrite
from errors import ConfigError, SourceError
from load_corrections import DELETED, LoadedFile
from models import Outcome
from settings import Settings

log = logging.getLogger(__name__)


def undo_dataset(settings: Settings, connection: Connection, datasetid: int, *, put_back: bool) -> Outcome:
    """Undo a load in one transaction; with `put_back`, also for one undone before, its file lies where it came from.

    Raises ConfigError when no file made that dataset, SourceError when the file cannot be put back.
    """
    with connection, connection.cursor() as cursor:
        file = _file(cursor, datasetid)
        known = ledger.lock_dataset(cursor, datasetid) == DELETED
        done = f"dataset {datasetid} is undone already" if known else _undone(cursor, file)
    if put_back:
        done = f"{done}; {_put_back(settings, connection, file)}"
    return Outcome(done=1, message=done)


def plan_undo(settings: Settings, connection: Connection, datasetid: int, *, put_back: bool) -> Outcome:
    """Say what undo_dataset would do, and do nothing."""
    with connection, connection.cursor() as cursor:
        file = _file(cursor, datasetid)
    if file.datastatusid == DELETED:
        todo = f"dataset {datasetid} is undone already"
    else:
        todo = f"dataset {datasetid}: {file.row_count or 0:,} rows of {file.file_name} would be removed from {file.target_table}"
    if put_back:
        todo = f"{todo}; {file.file_name} would be put back into {settings.path(file.source_directory)}"
    return Outcome(message=todo)


def _file(cursor, datasetid: int) -> LoadedFile:
    file = ledger.file_of_dataset(cursor, datasetid)
    if file is None:
        raise ConfigError(f"no file made a dataset {datasetid}; look its number up in dba.timportfile, or with trace.py file NAME")
    return file


def _undone(cursor, file: LoadedFile) -> str:
    try:
        removed, predecessor = ledger.undo_load(cursor, file)
    except psycopg2.errors.InsufficientPrivilege as error:
        raise ConfigError(f"{file.target_table}: {error.diag.message_primary}; let etl_user own the table {file.target_table}") from error
    if removed != (file.row_count or 0):
        log.warning("%s held %s rows of the dataset, %s were loaded", file.target_table, f"{removed:,}", f"{file.row_count or 0:,}")
    if file.post_import_procedure:
        log.warning("what %s did elsewhere for the dataset stays; undo that by hand", file.post_import_procedure)
    before = f"dataset {predecessor} is active again" if predecessor else "no earlier dataset takes its place"
    return f"dataset {file.datasetid}: {removed:,} rows of {file.file_name} removed from {file.target_table}; {before}"


def _put_back(settings: Settings, connection: Connection, file: LoadedFile) -> str:
    if not file.archived_path or not Path(file.archived_path).is_file():
        raise SourceError(f"{file.file_name}: is not in the archive any more ({file.archived_path or 'it was put back before'})")
    folder = settings.path(file.source_directory)
    try:
        went = move_no_overwrite(Path(file.archived_path), folder / file.file_name)
    except OSError as error:
        raise SourceError(f"{file.file_name}: cannot be put back into {folder} ({error.strerror}); mend that, run this again") from error
    with connection, connection.cursor() as cursor:
        ledger.forget_archived(cursor, file.importfileid)
    return f"the file is back as {went}"
