"""Takes the mails in an inbox one by one: which rule, which files, then out of the inbox. Serves every mailbox.

The order loses nothing. Committed first: what will be saved where. Then the files, whole. Then the ledger says
processed, and only then the mail leaves the inbox. A run that is killed anywhere is finished by the next one.
"""

import errno
import hashlib
import logging
import os
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from psycopg2.extensions import connection as Connection

import mail_ledger as ledger
from errors import BadFileError, ConfigError, EtlError, SourceError
from mail_files import Target, day_of, holds, in_words, plan_eml, plan_files, write_once, write_planned
from mail_ledger import KnownMail, MailRow
from mail_models import AttachmentRow, InboxMail, InboxRule, Mail, Mailbox, SavedFile
from mail_parts import one_line, parse_mail
from mail_rules import Choice, bad_patterns, choose_rule
from mailbox_folder import FolderMailbox
from models import Outcome
from settings import Settings

log = logging.getLogger(__name__)

MAX_TRIES = 3
UNMATCHED_LABEL = "ErrorFolder"
EML_FOLDER = "archive/mail"
_EXTRA = {"again": "handled before", "left": "left in the inbox"}
_DISK_TROUBLE = {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO, errno.ESTALE}


@dataclass(frozen=True)
class _Run:
    """What every mail of a run is handled with. `only` None means every rule; `off` grows when a pattern runs away.

    `planned` holds, in a dry run, the files that would be there by now, by rule and SHA-256.
    """

    mailbox: Mailbox
    settings: Settings
    connection: Connection
    run_uuid: str
    rules: list[InboxRule]
    only: InboxRule | None
    off: dict[int, str]
    planned: defaultdict[tuple[int, str], list[SavedFile]]


@dataclass(frozen=True)
class _Item:
    """The mail at hand. `known` is what the ledger says of it, None when it was never begun."""

    mail_id: str
    found: InboxMail
    mail: Mail
    sha256: str
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


def open_mailbox(settings: Settings) -> Mailbox:
    """The mailbox that ETL_MAILBOX names. Raises ConfigError when it names none."""
    kind, _, rest = settings.mailbox.partition(":")
    if kind != "folder" or not rest:
        raise ConfigError(f"ETL_MAILBOX={settings.mailbox!r} is not a mailbox; write folder:PATH, as in folder:mailbox")
    return FolderMailbox(settings.path(rest))


def process_inbox(
    mailbox: Mailbox,
    settings: Settings,
    connection: Connection,
    *,
    run_uuid: str,
    only_config: str | None = None,
    dry_run: bool = False,
) -> Outcome:
    """Handle every mail in the inbox, or only those that the named rule takes; a dry run says what it would do.

    Raises ConfigError, with no mail touched, when there is no active rule or none of that name or number.
    """
    from tqdm import tqdm

    with connection:
        rules = ledger.load_rules(connection)
    only = _named(rules, only_config)
    run = _Run(mailbox, settings, connection, run_uuid, rules, only, bad_patterns(rules), defaultdict(list))
    for config_id, fault in run.off.items():
        _report_off(run, config_id, fault)
    handle = _explain if dry_run else _handle
    tally: Counter[str] = Counter()
    for mail_id in tqdm(mailbox.waiting(), unit="mail", disable=None, leave=False):
        tally.update(_one_mail(run, mail_id, handle))
    return Outcome(tally["seen"] - tally["failed"] - tally["left"], tally["failed"] + len(run.off), _summary(run, tally, dry_run))


def _named(rules: list[InboxRule], only_config: str | None) -> InboxRule | None:
    if not rules:
        raise ConfigError("dba.tinboxconfig has no active rule, so no mail was touched; add a row or set is_active to true")
    if only_config is None:
        return None
    for rule in rules:
        if only_config in (rule.config_name, str(rule.config_id)):
            return rule
    names = ", ".join(rule.config_name for rule in rules)
    raise ConfigError(f"{only_config!r} is not an active rule of dba.tinboxconfig; choose one of: {names}")


def _report_off(run: _Run, config_id: int, fault: str) -> None:
    name = next(rule.config_name for rule in run.rules if rule.config_id == config_id)
    log.error("rule %r is off in this run: %s", name, fault)


def _summary(run: _Run, tally: Counter[str], dry_run: bool) -> str:
    if not tally["seen"]:
        return f"no mail is waiting in {run.mailbox.name}; nothing to do"
    parts = [f"{tally[name]} {name}" for name in ("seen", "processed", "unmatched", "failed", "duplicate")]
    parts += [f"{tally[name]} {words}" for name, words in _EXTRA.items() if tally[name]]
    parts += [f"{tally['files']} files", f"{tally['bytes']:,} bytes"]
    return f"{'would be: ' if dry_run else ''}mails in {run.mailbox.name}: {', '.join(parts)}"


def _one_mail(run: _Run, mail_id: str, handle: Callable[[_Run, _Item], Counter[str]]) -> Counter[str]:
    """Handle one mail; whatever is wrong with it is its own failure. Raises only what stops the whole run."""
    try:
        found = run.mailbox.read(mail_id)
        if found is None:
            return Counter()
        return Counter(seen=1) + handle(run, _item(mail_id, found))
    except SourceError:
        raise
    except Exception as error:  # this mail is the item; a database that is gone shows in the lines below
        log.error("mail %s failed and stays in the inbox: %s", ascii(mail_id), _reason(error))
        log.debug("traceback", exc_info=True)
        return Counter(seen=1, failed=1)
    finally:
        run.connection.rollback()
        with run.connection:
            ledger.release_locks(run.connection)


def _item(mail_id: str, found: InboxMail) -> _Item:
    mail, sha256 = parse_mail(found.raw), hashlib.sha256(found.raw).hexdigest()
    return _Item(mail_id, found, mail, sha256, key=mail.message_id or f"sha256:{sha256}")


def _handle(run: _Run, item: _Item) -> Counter[str]:
    with run.connection:
        if not ledger.try_lock_mail(run.connection, run.mailbox.name, item.key):
            log.info("%s: another run is working on it", item.title)
            return Counter(left=1)
    item = _looked_up(run, item)
    if item.known and item.known.status == "processed":
        return _again(run, item, item.known)
    choice = _choice(run, item)
    if (run.only and choice.rule != run.only) or (choice.undecided and not item.mail.damage):
        return _leave(run, item, choice)
    return _work(run, item, choice)


def _looked_up(run: _Run, item: _Item) -> _Item:
    """The mail with what the ledger says of it. Other bytes under a Message-ID that was used are another mail."""
    with run.connection:
        known = ledger.find_mail(run.connection, run.mailbox.name, item.key)
        if known and known.sha256 != item.sha256:
            item = replace(item, key=f"{item.key} sha256:{item.sha256}")
            known = ledger.find_mail(run.connection, run.mailbox.name, item.key)
    return replace(item, known=known)


def _again(run: _Run, item: _Item, known: KnownMail) -> Counter[str]:
    """A mail whose files are safe lies in the inbox: its run was stopped before the move, or somebody put it back."""
    if run.only and known.config_id != run.only.config_id:
        return Counter(left=1)
    label = known.processed_label or InboxRule.processed_label
    log.info("%s: was handled before, nothing is saved twice; to %s", item.title, label)
    return Counter(again=1) if _moved(run, item, label) else Counter(failed=1)


def _choice(run: _Run, item: _Item) -> Choice:
    choice = choose_rule(run.rules, item.mail, run.mailbox.name, run.off)
    for config_id, fault in choice.broken.items():
        run.off[config_id] = fault
        _report_off(run, config_id, fault)
    return choice


def _leave(run: _Run, item: _Item, choice: Choice) -> Counter[str]:
    if choice.undecided:
        log.warning("%s: left in the inbox until rule %s works again", item.title, ", ".join(choice.undecided))
    else:
        log.debug("%s: left in the inbox, not for rule %s", item.title, run.only and run.only.config_name)
    return Counter(left=1)


def _work(run: _Run, item: _Item, choice: Choice) -> Counter[str]:
    """Put the mail on record, handle it, and put on record how it ended."""
    begun = _begin(run, item, choice.rule)
    try:
        if begun.tries > MAX_TRIES:
            raise BadFileError(f"{MAX_TRIES} runs stopped in the middle of it")
        if item.mail.damage:
            raise ValueError(item.mail.damage)
        return _take(run, item, begun) if begun.rule else _unmatched(run, item, begun, choice)
    except Exception as error:  # this mail is the item
        run.connection.rollback()
        return _failed(run, item, begun, error)


def _begin(run: _Run, item: _Item, rule: InboxRule | None) -> _Begun:
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
        return _Begun(*ledger.begin_mail(run.connection, row), rule)


def _unmatched(run: _Run, item: _Item, begun: _Begun, choice: Choice) -> Counter[str]:
    reason = "; ".join(f"{name}: {', '.join(reasons)}" for name, reasons in choice.reasons.items())
    with run.connection:
        ledger.finish_mail(run.connection, begun.number, "unmatched", f"no rule takes it. {reason}"[:4000])
    log.info("%s: no rule takes it; to %s", item.title, UNMATCHED_LABEL)
    return Counter(unmatched=1) if _moved(run, item, UNMATCHED_LABEL) else Counter(failed=1)


def _failed(run: _Run, item: _Item, begun: _Begun, error: Exception) -> Counter[str]:
    """Try again in the next run, or give up: at once when trying again is useless, else after MAX_TRIES runs."""
    reason = _reason(error)
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


def _given_up(run: _Run, item: _Item, begun: _Begun, reason: str) -> Counter[str]:
    label = begun.rule.error_label if begun.rule else UNMATCHED_LABEL
    eml_path = _looked_up(run, item).known.eml_path
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


def _reason(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        return one_line(f"{error.strerror}: {error.filename or 'no file name'}")
    return one_line(str(error) if isinstance(error, EtlError | ValueError) else f"{type(error).__name__}: {error}")


def _moved(run: _Run, item: _Item, label: str) -> bool:
    try:
        run.mailbox.move(item.mail_id, label)
        return True
    except OSError as error:
        reason = _reason(error)
        log.error("%s: cannot be moved to %s (%s); all else is done, the next run moves it", item.title, label, reason)
        return False


def _take(run: _Run, item: _Item, begun: _Begun) -> Counter[str]:
    """Save the mail's files and finish it."""
    rule, number = begun.rule, begun.number
    target = _target(run, item, rule, number)
    with run.connection:
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
    moved = _moved(run, item, rule.processed_label)
    return _file_counts(rows) + Counter({"processed" if moved else "failed": 1})


def _eml_path(item: _Item, target: Target) -> Path:
    """Where the whole mail goes: where an earlier try put it or meant to, else a new name."""
    if item.known and item.known.eml_path:
        return Path(item.known.eml_path)
    return plan_eml(item.mail.subject, item.sha256, target)


def _target(run: _Run, item: _Item, rule: InboxRule, number: int | None) -> Target:
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
    )


def _file_counts(rows: list[AttachmentRow]) -> Counter[str]:
    saved = [row for row in rows if row.status == "saved"]
    duplicates = sum(row.status == "duplicate" for row in rows)
    return Counter(files=len(saved), bytes=sum(row.size_bytes for row in saved), duplicate=duplicates)


def _explain(run: _Run, item: _Item) -> Counter[str]:
    """Say what would become of the mail, and why each other rule does not take it. Writes nothing, locks nothing."""
    item = _looked_up(run, item)
    known = item.known
    log.info("%s, sent %s", item.title, f"{item.found.sent_at.astimezone(run.settings.timezone):%d %b %Y %H:%M}")
    if known and known.status == "processed":
        log.info("  was handled before; would only be moved to %s", known.processed_label or InboxRule.processed_label)
        return Counter(again=1)
    choice = _choice(run, item)
    for name, reasons in choice.reasons.items():
        log.info("  not %r: %s", name, "; ".join(reasons))
    if (run.only and choice.rule != run.only) or choice.undecided:
        log.info("  would stay in the inbox")
        return Counter(left=1)
    if item.mail.damage:
        log.info("  would fail: %s", item.mail.damage)
        return Counter(failed=1)
    if choice.rule is None:
        log.info("  no rule takes it; would be moved to %s", UNMATCHED_LABEL)
        return Counter(unmatched=1)
    return _explain_files(run, item, choice.rule)


def _explain_files(run: _Run, item: _Item, rule: InboxRule) -> Counter[str]:
    target = _target(run, item, rule, item.known and item.known.inboxmessageid)
    log.info("  rule %r takes it", rule.config_name)
    try:
        with run.connection:
            rows = [plan.row for plan in plan_files(item.mail, rule, target)]
    except BadFileError as error:
        log.info("  would fail and be moved to %s: %s", rule.error_label, error)
        return Counter(failed=1)
    for row in rows:
        if row.status == "saved":
            log.info("  would save %s (%s bytes) in %s", row.saved_name, f"{row.size_bytes:,}", target.folder)
            run.planned[rule.config_id, row.sha256].append(_as_saved(item, row))
        else:
            log.info("  would not save %r: %s", one_line(row.original_name), row.reason)
    log.info("  would be moved to %s", rule.processed_label)
    return _file_counts(rows) + Counter(processed=1)


def _as_saved(item: _Item, row: AttachmentRow) -> SavedFile:
    """A file of this dry run as the next mail would find it."""
    facts = {"subject": item.mail.subject, "sent_at": item.found.sent_at, "import_status": "Loaded"}
    names = {"saved_name": row.saved_name, "saved_path": row.saved_path, "sha256": row.sha256}
    return SavedFile(inboxmessageid=0, part_number=row.part_number, **names, **facts)
