"""What becomes of one mail: which rule takes it, which files it leaves, under which label it ends.

The order loses nothing. Committed first: what will be saved where. Then the files, whole. Then the ledger says
processed, and only then the mail leaves the inbox. A run that is killed anywhere is finished by the next one.
"""

import errno
import hashlib
import logging
import os
from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from pathlib import Path

from psycopg2.extensions import connection as Connection

import mail_ledger as ledger
from errors import BadFileError, ConfigError, EtlError, SourceError
from mail_files import Target, day_of, holds, in_words, plan_eml, plan_files, write_once, write_planned
from mail_ledger import KnownMail, MailRow
from mail_models import AttachmentRow, InboxMail, InboxRule, Mail, Mailbox, SavedFile
from mail_parts import one_line, parse_mail
from mail_rules import Choice, choose_rule
from settings import Settings

log = logging.getLogger(__name__)

MAX_TRIES = 3
UNMATCHED_LABEL = "ErrorFolder"
EML_FOLDER = "archive/mail"
_DISK_TROUBLE = {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO, errno.ESTALE}


@dataclass(frozen=True)
class Run:
    """What every mail of a run is handled with. `only` None means every rule; `off` grows when a pattern runs away.

    `numbers` is Target's; `planned` holds, in a dry run, the files that would be there by now, by rule and SHA-256.
    """

    mailbox: Mailbox
    settings: Settings
    connection: Connection
    run_uuid: str
    rules: list[InboxRule]
    only: InboxRule | None
    off: dict[int, str]
    planned: defaultdict[tuple[int, str], list[SavedFile]]
    numbers: dict[Path, int]

    @property
    def labels(self) -> set[str]:
        """Every label that this pipeline puts on a mail."""
        return {label for rule in self.rules for label in (rule.processed_label, rule.error_label)} | {UNMATCHED_LABEL}


@dataclass(frozen=True)
class Item:
    """The mail at hand. `known` is what the ledger says of it, None when it was never begun."""

    mail_id: str
    found: InboxMail
    mail: Mail
    sha256: str | None
    key: str
    known: KnownMail | None = None

    @property
    def title(self) -> str:
        return f"{self.mail.subject[:100]!r} from {self.mail.sender or 'nobody in particular'}"


@dataclass(frozen=True)
class _Begun:
    """Work on a mail that is on record: its number, which try this is, and the rule that takes it, None for no rule."""

    number: int
    tries: int
    rule: InboxRule | None


def report_off(run: Run, config_id: int, fault: str) -> None:
    name = next(rule.config_name for rule in run.rules if rule.config_id == config_id)
    log.error("rule %r is off in this run: %s", name, fault)


def item_of(mail_id: str, found: InboxMail) -> Item:
    mail, sha256 = parse_mail(found.raw), hashlib.sha256(found.raw).hexdigest()
    return Item(mail_id, found, mail, sha256, key=mail.message_id or f"sha256:{sha256}")


def handle(run: Run, item: Item) -> Counter[str]:
    with run.connection:
        if not ledger.try_lock_mail(run.connection, run.mailbox.name, item.key):
            log.info("%s: another run is working on it", item.title)
            return Counter(left=1)
    item = looked_up(run, item)
    if item.known and item.known.status == "processed":
        return _again(run, item, item.known)
    choice = choice_of(run, item)
    if (run.only and choice.rule != run.only) or (choice.undecided and not item.mail.damage):
        return _leave(run, item, choice)
    return _work(run, item, choice)


def looked_up(run: Run, item: Item) -> Item:
    """The mail with what the ledger says of it. Other bytes under a Message-ID that was used are another mail."""
    with run.connection:
        known = ledger.find_mail(run.connection, run.mailbox.name, item.key)
        if known and known.sha256 != item.sha256:
            item = replace(item, key=f"{item.key} sha256:{item.sha256}")
            known = ledger.find_mail(run.connection, run.mailbox.name, item.key)
    return replace(item, known=known)


def _again(run: Run, item: Item, known: KnownMail) -> Counter[str]:
    """A mail whose files are safe lies in the inbox: its run was stopped before the move, or somebody put it back."""
    if run.only and known.config_id != run.only.config_id:
        return Counter(left=1)
    label = known.processed_label or InboxRule.processed_label
    log.info("%s: was handled before, nothing is saved twice; to %s", item.title, label)
    return Counter(again=1) if _moved(run, item, label) else Counter(failed=1)


def choice_of(run: Run, item: Item) -> Choice:
    choice = choose_rule(run.rules, item.mail, run.mailbox.name, run.off)
    for config_id, fault in choice.broken.items():
        run.off[config_id] = fault
        report_off(run, config_id, fault)
    return choice


def _leave(run: Run, item: Item, choice: Choice) -> Counter[str]:
    if choice.undecided:
        log.warning("%s: left in the inbox until rule %s works again", item.title, ", ".join(choice.undecided))
    else:
        log.debug("%s: left in the inbox, not for rule %s", item.title, run.only and run.only.config_name)
    return Counter(left=1)


def _work(run: Run, item: Item, choice: Choice) -> Counter[str]:
    """Put the mail on record, handle it, put on record how it ended, and only then move it."""
    begun = _begin(run, item, choice.rule)
    try:
        if begun.tries > MAX_TRIES:
            raise BadFileError(f"{MAX_TRIES} runs stopped in the middle of it")
        if item.mail.damage:
            raise ValueError(item.mail.damage)
        counts = _take(run, item, begun) if begun.rule else _unmatched(run, item, begun, choice)
    except Exception as error:  # this mail is the item
        run.connection.rollback()
        return _failed(run, item, begun, error)
    if _moved(run, item, begun.rule.processed_label if begun.rule else UNMATCHED_LABEL):
        return counts
    return Counter(failed=1, files=counts["files"], bytes=counts["bytes"], duplicate=counts["duplicate"])


def _begin(run: Run, item: Item, rule: InboxRule | None) -> _Begun:
    row = MailRow(
        mailbox=run.mailbox.name,
        message_key=item.key,
        sha256=item.sha256,
        subject=item.mail.subject,
        sender=item.mail.sender,
        sent_at=item.found.sent_at,
        config_id=rule and rule.config_id,
        run_uuid=run.run_uuid,
    )
    with run.connection:
        ledger.commit_lazily(run.connection)
        return _Begun(*ledger.begin_mail(run.connection, row), rule)


def _unmatched(run: Run, item: Item, begun: _Begun, choice: Choice) -> Counter[str]:
    reason = "; ".join(f"{name}: {', '.join(reasons)}" for name, reasons in choice.reasons.items())
    with run.connection:
        ledger.finish_mail(run.connection, begun.number, "unmatched", f"no rule takes it. {reason}"[:4000])
    log.info("%s: no rule takes it; to %s", item.title, UNMATCHED_LABEL)
    return Counter(unmatched=1)


def _failed(run: Run, item: Item, begun: _Begun, error: Exception) -> Counter[str]:
    """Try again in the next run, or give up: at once when trying again is useless, else after MAX_TRIES runs."""
    reason = reason_of(error)
    log.debug("traceback", exc_info=error)
    is_disk_trouble = isinstance(error, OSError) and error.errno in _DISK_TROUBLE
    if is_disk_trouble or (begun.tries < MAX_TRIES and not (isinstance(error, EtlError) and error.permanent)):
        with run.connection:
            ledger.keep_for_next_run(run.connection, begun.number, reason, counts=not is_disk_trouble)
        if is_disk_trouble:
            raise SourceError(f"mail files cannot be written ({reason}); make room, the next run goes on") from error
        log.error("%s: failed and stays in the inbox, try %d of %d: %s", item.title, begun.tries, MAX_TRIES, reason)
        return Counter(failed=1)
    return _given_up(run, item, begun, reason)


def unreadable(run: Run, mail_id: str, error: BadFileError) -> Counter[str]:
    """A mail that the mailbox cannot give out: on record by the mailbox's id, and under the error label after MAX_TRIES runs."""
    mail = Mail(message_id="", subject=f"(mail {mail_id}, cannot be read)", sender="")
    item = Item(mail_id, InboxMail(b"", None), mail, sha256=None, key=f"unread:{mail_id}")
    if run.only:
        log.error("%s: %s", item.title, error)
        return Counter(failed=1)
    begun = _begin(run, item, None)
    return _failed(run, item, begun, SourceError(str(error)) if begun.tries < MAX_TRIES else error)


def _given_up(run: Run, item: Item, begun: _Begun, reason: str) -> Counter[str]:
    label = begun.rule.error_label if begun.rule else UNMATCHED_LABEL
    eml_path = looked_up(run, item).known.eml_path
    with run.connection:
        for file in ledger.files_of_mail(run.connection, begun.number):
            if not file.import_status and not holds(Path(file.saved_path), file.sha256):
                ledger.not_saved(run.connection, file, f"the mail failed: {reason}")
        if eml_path and not holds(Path(eml_path), item.sha256):
            ledger.set_eml_path(run.connection, begun.number, None)
        ledger.finish_mail(run.connection, begun.number, "failed", reason)
    log.error("%s: failed, to %s: %s", item.title, label, reason)
    _moved(run, item, label)
    return Counter(failed=1)


def reason_of(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        return one_line(f"{error.strerror}: {error.filename or 'no file name'}")
    return one_line(str(error) if isinstance(error, EtlError | ValueError) else f"{type(error).__name__}: {error}")


def _moved(run: Run, item: Item, label: str) -> bool:
    try:
        run.mailbox.move(item.mail_id, label, run.labels - {label})
        return True
    except (OSError, ConfigError) as error:
        reason = reason_of(error)
        log.error("%s: cannot be moved to %s (%s); all else is done, the next run moves it", item.title, label, reason)
        return False


def _take(run: Run, item: Item, begun: _Begun) -> Counter[str]:
    """Save the mail's files and finish it."""
    rule, number = begun.rule, begun.number
    target = target_of(run, item, rule, number)
    with run.connection:
        ledger.commit_lazily(run.connection)
        ledger.lock_folder(run.connection, str(target.folder))
        if rule.save_eml:  # second, always: two rules that wait for each other's folder would wait for ever
            ledger.lock_folder(run.connection, str(target.eml_folder))
        plans = plan_files(item.mail, rule, target)
        ledger.save_attachments(run.connection, number, [plan.row for plan in plans])
        eml = _eml_path(item, target) if rule.save_eml else None
        ledger.set_eml_path(run.connection, number, eml and str(eml))
    if eml:
        eml = write_once(eml, item.found.raw, item.sha256)
    rows = [write_planned(plan) for plan in plans]
    renamed = [row for row, plan in zip(rows, plans, strict=True) if row != plan.row]
    with run.connection:
        ledger.save_attachments(run.connection, number, renamed)
        ledger.set_eml_path(run.connection, number, eml and str(eml))
        ledger.finish_mail(run.connection, number, "processed")
    log.info("%s: rule %r takes it; %s; to %s", item.title, rule.config_name, in_words(rows), rule.processed_label)
    return file_counts(rows) + Counter(processed=1)


def _eml_path(item: Item, target: Target) -> Path:
    """Where the whole mail goes: where an earlier try put it or meant to, else a new name."""
    if item.known and item.known.eml_path:
        return Path(item.known.eml_path)
    return plan_eml(item.mail.subject, item.sha256, target)


def target_of(run: Run, item: Item, rule: InboxRule, number: int | None) -> Target:
    folder, eml_folder = (Path(os.path.normpath(run.settings.path(path))) for path in (rule.local_repository_path, EML_FOLDER))

    def same_bytes(sha256: str) -> list[SavedFile]:
        on_record = ledger.files_with_content(run.connection, rule.config_id, str(folder), sha256)
        return on_record + run.planned[rule.config_id, sha256]

    return Target(
        folder=folder,
        eml_folder=eml_folder,
        day=day_of(item.found.sent_at, run.settings.timezone),
        mail_number=number,
        same_bytes=same_bytes,
        timezone=run.settings.timezone,
        numbers=run.numbers,
    )


def file_counts(rows: list[AttachmentRow]) -> Counter[str]:
    saved = [row for row in rows if row.status == "saved"]
    duplicates = sum(row.status == "duplicate" for row in rows)
    return Counter(files=len(saved), bytes=sum(row.size_bytes for row in saved), duplicate=duplicates)
