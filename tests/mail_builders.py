"""Mails, inboxes and rules for tests: every default filled in, the text of the mail as a sender would send it."""

import os
import struct
from email import policy
from email.message import EmailMessage
from pathlib import Path

from mail_models import InboxRule

ACME = "Acme Orders <orders@acme.example>"


def rule(**given) -> InboxRule:
    """A rule that takes mails of Acme, with other columns as given."""
    return InboxRule(**{
        "config_id": 1, "config_name": "Acme", "local_repository_path": "file_watcher",
        "sender_filter": r"^orders@acme\.example$", **given,
    })  # fmt: skip


def mail(*files: tuple[str | None, bytes], sender: str = ACME, subject: str = "Acme orders", **headers: str) -> bytes:
    """The bytes of a mail with the given (name, content) files; headers as in message_id="<1@x>", date=""."""
    message = EmailMessage(policy=policy.SMTP)
    given = {"from": sender, "subject": subject, "date": "Fri, 20 Nov 2026 09:00:00 -0500", **headers}
    for name, value in given.items():
        if value:
            message[name.replace("_", "-").title()] = value
    message.set_content("Good morning\n")
    for name, content in files:
        message.add_attachment(content, maintype="application", subtype="octet-stream", filename=name)
    return message.as_bytes()


def put(inbox: Path, name: str, raw: bytes) -> Path:
    """Lay a mail into a folder as one that has been there for a while."""
    inbox.mkdir(parents=True, exist_ok=True)
    path = inbox / name
    path.write_bytes(raw)
    os.utime(path, (1_795_000_000, 1_795_000_000))
    return path


def add_rule(connection, **columns) -> int:
    """A row of dba.tinboxconfig, for mails of Acme unless it says otherwise; returns its config_id."""
    row = {"config_name": "Acme", "sender_filter": r"^orders@acme\.example$", "save_eml": False, **columns}
    with connection, connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO dba.tinboxconfig ({', '.join(row)}) VALUES ({', '.join(['%s'] * len(row))}) RETURNING config_id",
            list(row.values()),
        )
        return cursor.fetchone()[0]


def rows(connection, query: str, *values) -> list[tuple]:
    """What a query returns, read in a transaction of its own."""
    with connection, connection.cursor() as cursor:
        cursor.execute(query, values)
        return cursor.fetchall()


def files_in(folder: Path) -> dict[str, bytes]:
    """The visible files of a folder and the folders in it, by relative path."""
    found = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
    return {name: path.read_bytes() for name, path in sorted(found.items()) if not path.name.startswith(".part-")}


def winmail(*files: tuple[str, bytes]) -> bytes:
    """A winmail.dat (MS-OXTNEF) with the given files, as Outlook packs them."""

    def attribute(level: int, number: int, kind: int, data: bytes) -> bytes:
        head = struct.pack("<BHHI", level, number, kind, len(data))
        return head + data + struct.pack("<H", sum(data) & 0xFFFF)

    packed = struct.pack("<IH", 0x223E9F78, 1) + attribute(1, 0x9006, 8, struct.pack("<I", 0x10000))
    packed += attribute(1, 0x9007, 6, struct.pack("<II", 1252, 0))
    for name, content in files:
        packed += attribute(2, 0x9002, 6, b"\1\0" + b"\0" * 12)
        packed += attribute(2, 0x8010, 1, name.encode("ascii") + b"\0") + attribute(2, 0x800F, 6, content)
    return packed
