"""SQL of mail in: the rules (dba.tinboxconfig), the ledgers (dba.tinboxmessage, dba.tinboxattachment), their locks.

Every function runs in the caller's transaction and leaves the commit to it. Locks belong to the session: they survive
commits and die with the process, on any host.
"""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime

from psycopg2.extensions import connection as Connection
from psycopg2.extras import RealDictCursor, execute_values

from mail_models import AttachmentRow, InboxRule, SavedFile

_RULE_COLUMNS = tuple(InboxRule.__dataclass_fields__)


@dataclass(frozen=True)
class KnownMail:
    """What the ledger says of a mail. `processed_label` is its rule's; None when the rule is gone or none won.

    `finished_at` None: a run has begun with the mail, or wants to try again; else it was put under a label then.
    """

    inboxmessageid: int
    message_key: str
    sha256: str | None
    status: str
    attempts: int
    config_id: int | None
    processed_label: str | None
    eml_path: str | None
    finished_at: datetime | None


@dataclass(frozen=True)
class MailRow:
    """What is put on record when work on a mail begins."""

    mailbox: str
    message_key: str
    sha256: str | None
    subject: str
    sender: str
    sent_at: datetime | None
    config_id: int | None
    run_uuid: str


def load_rules(connection: Connection) -> list[InboxRule]:
    """The active rules, in the order in which they are asked."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(_RULE_COLUMNS)} FROM dba.tinboxconfig WHERE is_active ORDER BY priority, config_id")
        return [InboxRule(**dict(zip(_RULE_COLUMNS, row, strict=True))) for row in cursor]


def try_lock_mail(connection: Connection, mailbox: str, message_key: str) -> bool:
    """True when this session now holds the mail; False when another one does."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(hashtextextended('mail:' || %s || ' ' || %s, 0))", (mailbox, text(message_key)))
        return cursor.fetchone()[0]


def lock_folder(connection: Connection, folder: str) -> None:
    """Wait until this session alone saves mail files into the folder, so that names and duplicates are seen by one."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(hashtextextended('mail folder:' || %s, 0))", (folder,))


def release_locks(connection: Connection) -> None:
    """Let go of every lock that this session holds."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_unlock_all()")


def commit_lazily(connection: Connection) -> None:
    """Let this transaction's commit not wait for the disk. For plans: after a power cut without it they are made again, alike.

    A later commit that does wait, ours or the import's, takes it to the disk too.
    """
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL synchronous_commit TO off")


def find_mail(connection: Connection, mailbox: str, message_key: str) -> KnownMail | None:
    """What the ledger says of a mail, None when it was never begun."""
    return _one(
        connection,
        KnownMail,
        "SELECT inboxmessageid, message_key, sha256, status, attempts, config_id, processed_label, eml_path,"
        " finished_at FROM dba.tinboxmessage LEFT JOIN dba.tinboxconfig USING (config_id) WHERE mailbox = %s AND message_key = %s",
        (mailbox, text(message_key)),
    )


def begin_mail(connection: Connection, row: MailRow) -> tuple[int, int]:
    """Put on record that work on a mail begins; returns its number and which try this is.

    A mail that had been put under a label and lies in the inbox again starts over with its first try.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO dba.tinboxmessage AS known"
            " (mailbox, message_key, sha256, subject, sender, sent_at, config_id, run_uuid, status)"
            " VALUES (%(mailbox)s, %(message_key)s, %(sha256)s, %(subject)s, %(sender)s, %(sent_at)s, %(config_id)s,"
            " %(run_uuid)s, 'processing')"
            " ON CONFLICT (mailbox, message_key) DO UPDATE SET config_id = EXCLUDED.config_id,"
            " run_uuid = EXCLUDED.run_uuid, status = 'processing', reason = NULL, finished_at = NULL,"
            " attempts = CASE WHEN known.finished_at IS NULL THEN known.attempts + 1 ELSE 1 END"
            " RETURNING inboxmessageid, attempts",
            {name: text(value) if isinstance(value, str) else value for name, value in asdict(row).items()},
        )
        return cursor.fetchone()


def finish_mail(connection: Connection, inboxmessageid: int, status: str, reason: str | None = None) -> None:
    """Put on record how a mail ended."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE dba.tinboxmessage SET status = %s, reason = %s, finished_at = clock_timestamp() WHERE inboxmessageid = %s",
            (status, reason and text(reason), inboxmessageid),
        )


def keep_for_next_run(connection: Connection, inboxmessageid: int, reason: str, *, counts: bool) -> None:
    """Put on record that a mail failed and will be tried again.

    `counts` False takes the try back: the fault was not the mail's.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE dba.tinboxmessage SET status = 'failed', reason = %s, attempts = attempts - %s, finished_at = NULL"
            " WHERE inboxmessageid = %s",
            (text(reason), 0 if counts else 1, inboxmessageid),
        )


def set_eml_path(connection: Connection, inboxmessageid: int, eml_path: str | None) -> None:
    """Put on record where the whole mail is kept; None when it is not."""
    with connection.cursor() as cursor:
        cursor.execute("UPDATE dba.tinboxmessage SET eml_path = %s WHERE inboxmessageid = %s", (eml_path, inboxmessageid))


def save_attachments(connection: Connection, inboxmessageid: int, rows: Iterable[AttachmentRow]) -> None:
    """Put a mail's attachments on record; what an earlier try said of the same parts is replaced."""
    columns = tuple(AttachmentRow.__dataclass_fields__)
    values = [(inboxmessageid, *(text(value) if isinstance(value, str) else value for value in asdict(row).values())) for row in rows]
    if not values:
        return
    with connection.cursor() as cursor:
        execute_values(
            cursor,
            f"INSERT INTO dba.tinboxattachment (inboxmessageid, {', '.join(columns)}) VALUES %s"
            " ON CONFLICT (inboxmessageid, part_number) DO UPDATE SET " + ", ".join(f"{name} = EXCLUDED.{name}" for name in columns[1:]),
            values,
        )


def files_with_content(connection: Connection, config_id: int, folder: str, sha256: str) -> list[SavedFile]:
    """The files in a folder that a rule's attachments with these bytes were saved as, oldest first."""
    return _saved_files(
        connection,
        "config_id = %s AND attachment.sha256 = %s AND saved_path = %s || '/' || saved_name",
        (config_id, sha256, folder),
    )


def files_of_mail(connection: Connection, inboxmessageid: int) -> list[SavedFile]:
    """The files that a mail's attachments were saved as."""
    return _saved_files(connection, "attachment.inboxmessageid = %s", (inboxmessageid,))


def _saved_files(connection: Connection, condition: str, values: tuple) -> list[SavedFile]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT inboxmessageid, part_number, saved_name, saved_path, attachment.sha256, coalesce(subject, ''),"
            " sent_at, (SELECT file.status FROM dba.timportfile AS file"
            " WHERE file.inboxattachmentid = attachment.inboxattachmentid ORDER BY importfileid DESC LIMIT 1)"
            " FROM dba.tinboxattachment AS attachment JOIN dba.tinboxmessage USING (inboxmessageid)"
            f" WHERE attachment.status = 'saved' AND {condition} ORDER BY inboxattachmentid",
            values,
        )
        return [SavedFile(*row) for row in cursor]


def not_saved(connection: Connection, file: SavedFile, reason: str) -> None:
    """Put on record that an attachment was not saved after all."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE dba.tinboxattachment SET status = 'ignored', reason = %s, saved_name = NULL, saved_path = NULL"
            " WHERE inboxmessageid = %s AND part_number = %s",
            (text(reason), file.inboxmessageid, file.part_number),
        )


def text(value: str) -> str:
    """Text as PostgreSQL can hold it: no NUL, no half characters.

    >>> text("a" + chr(0) + "b")
    'a\\\\0b'
    """
    return value.replace("\0", "\\0").encode("utf-8", "backslashreplace").decode()


def _one(connection: Connection, made: type, query: str, values: tuple) -> object | None:
    with connection.cursor(cursor_factory=RealDictCursor) as cursor:
        cursor.execute(query, values)
        row = cursor.fetchone()
        return made(**row) if row else None
