"""dba.timportfile and its rejects: what became of every file, and the locks that share files between importers."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from psycopg2.extensions import cursor as Cursor
from psycopg2.extras import execute_values

from models import Reject


@dataclass(frozen=True)
class KnownFile:
    """An earlier arrival of the same bytes that was taken in."""

    importfileid: int
    file_name: str
    modified_at: datetime
    datasetid: int | None
    archived_path: str
    finished_at: datetime


@dataclass(frozen=True)
class FileRecord:
    """One row of dba.timportfile. rows_read = rows_loaded + rows_rejected + rows_skipped."""

    config_id: int
    run_uuid: str
    file_name: str
    sha256: str
    size_bytes: int
    modified_at: datetime
    target_table: str
    status: str
    archived_path: str
    datasetid: int | None = None
    rows_read: int = 0
    rows_loaded: int = 0
    rows_rejected: int = 0
    rows_skipped: int = 0
    error: str | None = None
    findings: str = "{}"


_COLUMNS = tuple(FileRecord.__dataclass_fields__)
# Where a file came from is found by its bytes; what was saved under its name comes first, then the newest.
_ORIGIN = (
    "(SELECT inboxattachmentid, left(source, 1000) AS source FROM ("
    "SELECT inboxattachmentid, concat('mail ', message_key, ' from ', sender, ': ', subject) AS source, saved_name AS name,"
    " attachment.status = 'saved' AS is_first, first_seen_at AS at"
    " FROM dba.tinboxattachment AS attachment JOIN dba.tinboxmessage USING (inboxmessageid)"
    " WHERE attachment.sha256 = %(sha256)s AND attachment.status IN ('saved', 'duplicate')"
    " UNION ALL SELECT NULL, CASE kind WHEN 'check' THEN 'MeetMax check ' || config_name ELSE 'web ' || url END, file_name, true,"
    " planned_at FROM dba.twebdownload WHERE sha256 = %(sha256)s AND status = 'done'"
    " UNION ALL SELECT NULL, concat('SFTP ', host, ':', transfer.remote_path), regexp_replace(transfer.local_path, '^.*/', ''), true,"
    " started_at FROM dba.tsftptransfer AS transfer JOIN dba.tsftpconfig USING (config_id)"
    " WHERE transfer.sha256 = %(sha256)s AND transfer.direction = 'pull' AND verified_at IS NOT NULL) AS origin"
    " ORDER BY (name = %(file_name)s) DESC NULLS LAST, is_first DESC, at DESC NULLS LAST, inboxattachmentid DESC LIMIT 1)"
)


def size_is_known(cursor: Cursor, config_id: int, size: int) -> bool:
    """True when a file of this config had this many bytes."""
    cursor.execute("SELECT EXISTS (SELECT FROM dba.timportfile WHERE config_id = %s AND size_bytes = %s)", (config_id, size))
    return cursor.fetchone()[0]


_KNOWN = "SELECT importfileid, file_name, modified_at, datasetid, archived_path, finished_at FROM dba.timportfile WHERE config_id = %s"


def known_file(cursor: Cursor, config_id: int, sha256: str) -> KnownFile | None:
    """The latest file of this config with these bytes that was loaded or found empty; None when the bytes are new."""
    cursor.execute(f"{_KNOWN} AND sha256 = %s AND status IN ('Loaded', 'Empty') ORDER BY importfileid DESC LIMIT 1", (config_id, sha256))
    row = cursor.fetchone()
    return KnownFile(*row) if row else None


def earlier_record(cursor: Cursor, record: FileRecord) -> KnownFile | None:
    """The latest record that the same became of this very file (name, bytes, time); None when there is none."""
    cursor.execute(
        f"{_KNOWN} AND sha256 = %s AND file_name = %s AND modified_at = %s AND status = %s ORDER BY importfileid DESC LIMIT 1",
        (record.config_id, record.sha256, record.file_name, record.modified_at, record.status),
    )
    row = cursor.fetchone()
    return KnownFile(*row) if row else None


def record_file(cursor: Cursor, record: FileRecord, rejects: Sequence[Reject] = ()) -> int:
    """Write what became of a file, with its rejected rows; returns the importfileid."""
    values = {name: getattr(record, name) for name in _COLUMNS}
    cursor.execute(
        f"INSERT INTO dba.timportfile ({', '.join(_COLUMNS)}, inboxattachmentid, source)"
        f" SELECT {', '.join(f'%({name})s' for name in _COLUMNS)}, origin.inboxattachmentid, origin.source"
        f" FROM (SELECT) AS file LEFT JOIN {_ORIGIN} AS origin ON true RETURNING importfileid",
        values,
    )
    importfileid = cursor.fetchone()[0]
    execute_values(
        cursor,
        "INSERT INTO dba.timportreject (importfileid, sheet_name, line_number, raw_text, column_name, error_code, message) VALUES %s",
        [(importfileid, r.sheet, r.line_number, r.raw_text.replace("\0", "\\0"), r.column_name, r.error_code, r.message) for r in rejects],
    )
    return importfileid


def correct_archived_path(cursor: Cursor, importfileid: int, path: str) -> None:
    """Record that the file went to another place than planned."""
    cursor.execute("UPDATE dba.timportfile SET archived_path = %s WHERE importfileid = %s", (path, importfileid))


def claim_queue(cursor: Cursor, config_id: int) -> None:
    """Wait for this config's turn to take the next file. Held until released or until the session ends."""
    cursor.execute("SELECT pg_advisory_lock(hashtextextended('import queue ' || %s, 0))", (config_id,))


def release_queue(cursor: Cursor, config_id: int) -> None:
    cursor.execute("SELECT pg_advisory_unlock(hashtextextended('import queue ' || %s, 0))", (config_id,))


def try_claim_file(cursor: Cursor, config_id: int, file_name: str) -> bool:
    """True when no other importer works on this file; the claim ends with release_claims or the session."""
    file_name = os.fsencode(file_name).decode(errors="backslashreplace")  # names of files need not be text
    cursor.execute(
        "SELECT pg_try_advisory_lock(hashtextextended(format('import file %%s %%s', %s, %s), 0))",
        (config_id, file_name),
    )
    return cursor.fetchone()[0]


def claim_dataset(cursor: Cursor, key: Sequence[object]) -> None:
    """Wait until no other importer loads a dataset of the same kind, source, label and date: the later file wins."""
    cursor.execute("SELECT pg_advisory_lock(hashtextextended('import dataset ' || %s, 0))", (repr([str(part) for part in key]),))


def release_claims(cursor: Cursor) -> None:
    """Give back every claim of this session."""
    cursor.execute("SELECT pg_advisory_unlock_all()")


def files_of_run(cursor: Cursor, run_uuid: str) -> list[dict]:
    """What became of the files of a run, one dictionary a file with the names of dba.timportfile's columns."""
    names = [*_COLUMNS, "importfileid"]
    cursor.execute(f"SELECT {', '.join(names)} FROM dba.timportfile WHERE run_uuid = %s ORDER BY importfileid", (run_uuid,))
    return [dict(zip(names, row, strict=True)) for row in cursor]
