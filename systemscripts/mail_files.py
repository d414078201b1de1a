"""The files of a mail in their target folders: what is saved under which name, and what is there already."""

import contextlib
import hashlib
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, tzinfo
from pathlib import Path

from directory_management import sha256_of, write_whole
from errors import BadFileError
from file_metadata import safe_file_name
from mail_models import Attachment, AttachmentRow, InboxRule, Mail, SavedFile
from mail_parts import one_line
from mail_rules import wanted

MAX_ATTACHMENT_BYTES = 100 * 2**20
MAX_ATTACHMENTS = 5000
_IMPORTED = {"Loaded", "Empty", "Duplicate"}


@dataclass(frozen=True)
class Target:
    """Where a mail's files go: its attachments to `folder`, the mail itself to `eml_folder`.

    `day` is the day it was sent, `same_bytes` finds the files that hold a SHA-256.
    `mail_number` is the mail's number in the ledger; None in a dry run of a mail that was never begun.
    `numbers` remembers, for every mail of a run, how many numbered names of a name are taken.
    """

    folder: Path
    eml_folder: Path
    day: str
    mail_number: int | None
    same_bytes: Callable[[str], list[SavedFile]]
    timezone: tzinfo
    numbers: dict[Path, int]


@dataclass(frozen=True)
class FilePlan:
    """An attachment's row of the ledger, and the bytes to write; None when there is nothing to write."""

    row: AttachmentRow
    content: bytes | None = None


def day_of(sent_at: datetime, timezone: tzinfo) -> str:
    """The day in a zone as it stands before a saved name: 20261120."""
    return f"{sent_at.astimezone(timezone):%Y%m%d}"


def plan_files(mail: Mail, rule: InboxRule, target: Target) -> list[FilePlan]:
    """What becomes of every attachment, in the order of the mail.

    Raises BadFileError when the rule wants files by name and the mail has none, or one that cannot be saved as it is.
    """
    chosen = [attachment for attachment in mail.attachments if wanted(rule, attachment.shown_name)]
    if rule.attachment_name_pattern and not chosen:
        names = ", ".join(one.shown_name for one in mail.attachments[:20]) or "none"
        raise BadFileError(f"no attachment fits attachment_name_pattern {rule.attachment_name_pattern} (attachments: {names})")
    _refuse_unfit(chosen)
    numbers = {attachment.number for attachment in chosen}
    plans: list[FilePlan] = []
    for attachment in mail.attachments:
        row = _row(attachment)
        if attachment.number in numbers:
            plans.append(_place(row, attachment, target, plans))
        else:
            plans.append(FilePlan(replace(row, reason=f"its name does not fit {rule.attachment_name_pattern}")))
    return plans


def plan_eml(subject: str, sha256: str, target: Target) -> Path:
    """The path for the whole mail: the day and the subject."""
    return _free_path(target.eml_folder / f"{target.day}_{safe_file_name(f'{subject}.eml', 'mail.eml')}", sha256, set(), target.numbers)


def write_planned(plan: FilePlan) -> AttachmentRow:
    """Write a planned file; returns its row, with another name when the planned one was taken meanwhile."""
    row = plan.row
    if plan.content is None:
        return row
    path = write_once(Path(row.saved_path), plan.content, row.sha256)
    return replace(row, saved_name=path.name, saved_path=str(path))


def write_once(path: Path, content: bytes, sha256: str) -> Path:
    """Write the bytes whole under the name or the next free one, unless they are there; returns where they are."""
    for candidate in _numbered(path):
        if holds(candidate, sha256):
            break
        with contextlib.suppress(FileExistsError):
            write_whole(candidate, content)
            break
    return candidate


def in_words(rows: list[AttachmentRow]) -> str:
    """What became of a mail's attachments, in words; at most twenty of them by name."""
    texts = [f"saved {row.saved_name} ({row.size_bytes:,} bytes)" for row in rows if row.status == "saved"]
    texts += [f"{one_line(row.original_name)!r} not saved: {row.reason}" for row in rows if row.status != "saved"]
    return "; ".join(texts[:20] + [f"and {len(texts) - 20} more"] * (len(texts) > 20)) or "no attachment to save"


def holds(path: Path, sha256: str) -> bool:
    """Whether there is a plain file with these bytes."""
    return path.is_file() and not path.is_symlink() and sha256_of(path) == sha256


def _refuse_unfit(attachments: list[Attachment]) -> None:
    if len(attachments) > MAX_ATTACHMENTS:
        raise BadFileError(f"it has {len(attachments):,} attachments, at most {MAX_ATTACHMENTS:,} are saved")
    for attachment in attachments:
        if attachment.damage:
            raise BadFileError(f"attachment {attachment.shown_name!r}: {attachment.damage}; ask the sender to send it again")
        if len(attachment.content) > MAX_ATTACHMENT_BYTES:
            raise BadFileError(
                f"attachment {attachment.shown_name!r} has {len(attachment.content):,} bytes, at most "
                f"{MAX_ATTACHMENT_BYTES:,} are saved; ask for it in parts or another way"
            )


def _row(attachment: Attachment) -> AttachmentRow:
    return AttachmentRow(
        part_number=attachment.number,
        original_name=attachment.name,
        saved_name=None,
        saved_path=None,
        sha256=hashlib.sha256(attachment.content).hexdigest(),
        size_bytes=len(attachment.content),
        status="ignored",
    )


def _place(row: AttachmentRow, attachment: Attachment, target: Target, before: list[FilePlan]) -> FilePlan:
    """No file for bytes that are there, the file an earlier try made or meant to make, or a new file."""
    saved_here = {plan.row.sha256: plan.row for plan in before if plan.row.status == "saved"}
    if row.sha256 in saved_here:
        return _duplicate(row, saved_here[row.sha256].saved_name, "the same mail")
    files = target.same_bytes(row.sha256)
    for file in files:
        if (file.inboxmessageid, file.part_number) == (target.mail_number, row.part_number):
            mine = replace(row, saved_name=file.saved_name, saved_path=file.saved_path, status="saved")
            return FilePlan(mine, None if file.import_status else attachment.content)
    for file in files:
        if file.inboxmessageid != target.mail_number and (file.import_status in _IMPORTED or holds(Path(file.saved_path), row.sha256)):
            sent = f"{file.sent_at.astimezone(target.timezone):%d %b %Y %H:%M}"
            return _duplicate(row, file.saved_name, f"the mail {file.subject[:100]!r} of {sent}")
    name = safe_file_name(attachment.name, attachment.default_name)
    used = {plan.row.saved_path for plan in before}
    path = _free_path(target.folder / f"{target.day}_{name}", row.sha256, used, target.numbers)
    return FilePlan(replace(row, saved_name=path.name, saved_path=str(path), status="saved"), attachment.content)


def _duplicate(row: AttachmentRow, saved_name: str, source: str) -> FilePlan:
    return FilePlan(replace(row, status="duplicate", reason=f"the same bytes as {saved_name} from {source}"))


def _free_path(path: Path, sha256: str, used: set[str | None], numbers: dict[Path, int]) -> Path:
    """The first of the numbered names that is free, or that holds these bytes already. A name is looked at once a run."""
    for candidate in _numbered(path, numbers.get(path, 1)):
        numbers[path] = numbers.get(path, 1) + 1
        if str(candidate) not in used and (not os.path.lexists(candidate) or holds(candidate, sha256)):
            return candidate
    raise AssertionError("numbers do not end")


def _numbered(path: Path, number: int = 1) -> Iterator[Path]:
    """orders.csv, orders_2.csv, orders_3.csv ..."""
    while True:
        yield path.with_name(f"{path.stem}_{number}{path.suffix}") if number > 1 else path
        number += 1
