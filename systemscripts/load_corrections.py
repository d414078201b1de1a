"""What a person changes after a load: a dataset taken back, rejected rows corrected. All SQL of it; the caller commits."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from psycopg2 import sql
from psycopg2.extensions import cursor as Cursor
from psycopg2.extras import execute_values

from column_plan import LINEAGE
from db_config import identifier
from models import Reject

DELETED = 3


@dataclass(frozen=True)
class LoadedFile:
    """A handled file with its dataset and its feed. `datastatusid` None: it made no dataset."""

    importfileid: int
    config_id: int
    file_name: str
    status: str
    target_table: str
    archived_path: str | None
    datasetid: int | None
    datastatusid: int | None
    row_count: int | None
    source_directory: str
    post_import_procedure: str | None


_FILE = f"SELECT {', '.join(LoadedFile.__dataclass_fields__)} FROM (SELECT file.*, datastatusid, row_count, source_directory,"
_FILE += " post_import_procedure FROM dba.timportfile AS file JOIN dba.timportconfig USING (config_id)"
_FILE += " LEFT JOIN dba.tdataset USING (datasetid)) AS file"


def file_of_dataset(cursor: Cursor, datasetid: int) -> LoadedFile | None:
    """The file whose rows the dataset holds; None when no file made a dataset of that number."""
    cursor.execute(f"{_FILE} WHERE datasetid = %s AND status <> 'Duplicate' ORDER BY importfileid DESC LIMIT 1", (datasetid,))
    row = cursor.fetchone()
    return LoadedFile(*row) if row else None


def file_called(cursor: Cursor, wanted: str) -> LoadedFile | None:
    """The handled file of that number or name; of several with one name, the latest that is loaded, else the latest."""
    number = int(wanted) if wanted.isdecimal() and len(wanted) < 19 else None
    cursor.execute(
        f"{_FILE} WHERE importfileid = %s OR file_name = %s OR archived_path = %s"
        " ORDER BY importfileid = %s DESC NULLS LAST, status = 'Loaded' DESC, importfileid DESC LIMIT 1",
        (number, wanted, wanted, number),
    )
    row = cursor.fetchone()
    return LoadedFile(*row) if row else None


# --- undo -----------------------------------------------------------------------------------------------------------------


def lock_dataset(cursor: Cursor, datasetid: int) -> int:
    """The state of the dataset, which nobody else changes until the transaction ends."""
    cursor.execute("SELECT datastatusid FROM dba.f_lock_dataset(%s)", (datasetid,))
    return cursor.fetchone()[0]


def undo_load(cursor: Cursor, file: LoadedFile) -> tuple[int, int | None]:
    """Take a dataset back: its rows, its place among the active ones, its file's row in the ledger.

    Returns (rows removed, number of the dataset that is active again or None).
    """
    cursor.execute("SELECT dba.f_dataset_undo(%s)", (file.datasetid,))
    predecessor = cursor.fetchone()[0]
    removed = _remove_rows(cursor, file)
    cursor.execute(
        "UPDATE dba.timportfile SET status = 'Undone', rows_skipped = rows_skipped + rows_loaded, rows_loaded = 0 WHERE importfileid = %s",
        (file.importfileid,),
    )
    return removed, predecessor


def _remove_rows(cursor: Cursor, file: LoadedFile) -> int:
    table = identifier(file.target_table)
    cursor.execute("SELECT to_regclass(%s) IS NULL", (table.as_string(cursor),))
    if cursor.fetchone()[0]:
        return 0
    cursor.execute(sql.SQL("DELETE FROM {} WHERE {} = %s").format(table, sql.Identifier(LINEAGE)), (file.datasetid,))
    return cursor.rowcount


def forget_archived(cursor: Cursor, importfileid: int) -> None:
    """Record that the file is in the archive no more."""
    cursor.execute("UPDATE dba.timportfile SET archived_path = NULL WHERE importfileid = %s", (importfileid,))


# --- rejected rows --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class OpenReject:
    """A rejected row: its number, where it stood and what is wrong with it; `corrected`: it has been loaded since."""

    importrejectid: int
    reject: Reject
    corrected: bool


def rejects_of(cursor: Cursor, importfileid: int) -> list[OpenReject]:
    """Every rejected row of a file, in the file's order."""
    cursor.execute(
        "SELECT importrejectid, line_number, raw_text, column_name, error_code, message, sheet_name, corrected_at IS NOT NULL"
        " FROM dba.timportreject WHERE importfileid = %s ORDER BY line_number, importrejectid",
        (importfileid,),
    )
    return [OpenReject(number, Reject(*reject), corrected) for number, *reject, corrected in cursor]


def continue_dataset(cursor: Cursor, datasetid: int) -> None:
    """Rows that this transaction copies carry the number of this dataset."""
    cursor.execute("SELECT set_config('etl.datasetid', %s, true)", (str(datasetid),))


def record_corrected(cursor: Cursor, file: LoadedFile, corrected: Mapping[int, str]) -> None:
    """Put on record that these rejected rows {importrejectid: text} have been loaded after all."""
    execute_values(
        cursor,
        "UPDATE dba.timportreject AS reject SET corrected_text = text, corrected_at = clock_timestamp()"
        " FROM (VALUES %s) AS corrected (id, text) WHERE importrejectid = id",
        list(corrected.items()),
    )
    rows: Sequence[int] = (len(corrected), len(corrected), file.importfileid)
    cursor.execute(
        "UPDATE dba.timportfile SET rows_loaded = rows_loaded + %s, rows_rejected = rows_rejected - %s WHERE importfileid = %s", rows
    )
    cursor.execute("UPDATE dba.tdataset SET row_count = row_count + %s WHERE datasetid = %s", (len(corrected), file.datasetid))
