"""Takes the mails in an inbox one by one: which rule, which files, then out of the inbox. Serves every mailbox.

The order loses nothing. Committed first: what will be saved where. Then the files, whole. Then the ledger says
processed, and only then the mail leaves the inbox. A run that is killed anywhere is finished by the next one.
"""

import logging
from collections import Counter, defaultdict
from collections.abc import Callable

from psycopg2.extensions import connection as Connection

import mail_ledger as ledger
from errors import BadFileError, ConfigError, SourceError
from mail_files import plan_files
from mail_handling import (
    UNMATCHED_LABEL,
    Item,
    Run,
    choice_of,
    file_counts,
    handle,
    item_of,
    looked_up,
    reason_of,
    report_off,
    target_of,
    unreadable,
)
from mail_models import AttachmentRow, InboxRule, Mailbox, SavedFile
from mail_parts import one_line
from mail_rules import bad_patterns
from models import Outcome
from settings import Settings

log = logging.getLogger(__name__)

_EXTRA = {"again": "handled before", "left": "left in the inbox"}


def open_mailbox(settings: Settings) -> Mailbox:
    """The mailbox that ETL_MAILBOX names. Raises ConfigError when it names none. Libraries are imported where used."""
    kind, _, rest = settings.mailbox.partition(":")
    if kind == "gmail" and not rest:
        from gmail_client import GmailMailbox

        return GmailMailbox(settings)
    if kind in ("imap", "imaps") and rest.startswith("//"):
        from mailbox_imap import ImapMailbox

        return ImapMailbox(settings)
    if kind == "folder" and rest:
        from mailbox_folder import FolderMailbox

        return FolderMailbox(settings.path(rest))
    raise ConfigError(f"ETL_MAILBOX={settings.mailbox!r} is not a mailbox; write gmail, imaps://USER@SERVER, or folder:PATH")


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
    run = Run(mailbox, settings, connection, run_uuid, rules, only, bad_patterns(rules), defaultdict(list), {})
    for config_id, fault in run.off.items():
        report_off(run, config_id, fault)
    work = _explain if dry_run else handle
    tally: Counter[str] = Counter()
    for mail_id in tqdm(mailbox.waiting(), unit="mail", disable=None, leave=False):
        tally.update(_one_mail(run, mail_id, work))
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


def _summary(run: Run, tally: Counter[str], dry_run: bool) -> str:
    if not tally["seen"]:
        return f"no mail is waiting in {run.mailbox.name}; nothing to do"
    parts = [f"{tally[name]} {name}" for name in ("seen", "processed", "unmatched", "failed", "duplicate")]
    parts += [f"{tally[name]} {words}" for name, words in _EXTRA.items() if tally[name]]
    parts += [f"{tally['files']} files", f"{tally['bytes']:,} bytes"]
    return f"{'would be: ' if dry_run else ''}mails in {run.mailbox.name}: {', '.join(parts)}"


def _one_mail(run: Run, mail_id: str, work: Callable[[Run, Item], Counter[str]]) -> Counter[str]:
    """Work on one mail; whatever is wrong with it is its own failure. Raises only what stops the whole run."""
    try:
        try:
            found = run.mailbox.read(mail_id)
        except BadFileError as error:
            if work is not handle:
                raise
            return Counter(seen=1) + unreadable(run, mail_id, error)
        return Counter(seen=1) + work(run, item_of(mail_id, found)) if found else Counter()
    except SourceError:
        raise
    except Exception as error:  # this mail is the item; a database that is gone shows in the lines below
        log.error("mail %s failed and stays in the inbox: %s", ascii(mail_id), reason_of(error))
        log.debug("traceback", exc_info=True)
        return Counter(seen=1, failed=1)
    finally:
        run.connection.rollback()
        with run.connection:
            ledger.release_locks(run.connection)


def _explain(run: Run, item: Item) -> Counter[str]:
    """Say what would become of the mail, and why each other rule does not take it. Writes nothing, locks nothing."""
    item = looked_up(run, item)
    known = item.known
    log.info("%s, sent %s", item.title, f"{item.found.sent_at.astimezone(run.settings.timezone):%d %b %Y %H:%M}")
    if known and known.status == "processed":
        log.info("  was handled before; would only be moved to %s", known.processed_label or InboxRule.processed_label)
        return Counter(again=1)
    choice = choice_of(run, item)
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


def _explain_files(run: Run, item: Item, rule: InboxRule) -> Counter[str]:
    target = target_of(run, item, rule, item.known and item.known.inboxmessageid)
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
    return file_counts(rows) + Counter(processed=1)


def _as_saved(item: Item, row: AttachmentRow) -> SavedFile:
    """A file of this dry run as the next mail would find it."""
    facts = {"subject": item.mail.subject, "sent_at": item.found.sent_at, "import_status": "Loaded"}
    names = {"saved_name": row.saved_name, "saved_path": row.saved_path, "sha256": row.sha256}
    return SavedFile(inboxmessageid=0, part_number=row.part_number, **names, **facts)
