"""Which rule takes a mail. Pure: rows of dba.tinboxconfig and a parsed mail in, a choice with its reasons out."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import regex  # like re, and it stops at a time limit

from mail_models import InboxRule, Mail

SECONDS_PER_MATCH = 1.0
_PATTERN_COLUMNS = ("subject_pattern", "sender_filter", "attachment_name_pattern")


@dataclass(frozen=True)
class Choice:
    """The rule that takes a mail, or None.

    `reasons` says per rule that was looked at and does not take it why; `broken` holds what made a rule unusable for
    this mail; `undecided` names rules that are off and might have taken the mail: it must not be called unmatched.
    """

    rule: InboxRule | None
    reasons: dict[str, tuple[str, ...]] = field(default_factory=dict)
    broken: dict[int, str] = field(default_factory=dict)
    undecided: tuple[str, ...] = ()


class _Unusable(Exception):
    """A pattern of the rule cannot be used; the text says why."""


def bad_patterns(rules: Iterable[InboxRule]) -> dict[int, str]:
    """The rules that cannot be used, by config_id, each with the column, its value and the fault."""
    bad = {}
    for rule in rules:
        for column in _PATTERN_COLUMNS:
            try:
                _compiled(rule, column)
            except _Unusable as error:
                bad[rule.config_id] = str(error)
    return bad


def choose_rule(rules: Iterable[InboxRule], mail: Mail, account: str, off: dict[int, str]) -> Choice:
    """The rule that takes the mail: the smallest priority wins, then the smallest config_id.

    `account` is the name of the mailbox; `off` holds the rules that do not count, as bad_patterns gives them.
    """
    reasons: dict[str, tuple[str, ...]] = {}
    broken: dict[int, str] = {}
    undecided: list[str] = []
    winner = None
    for rule in sorted(rules, key=lambda rule: (rule.priority, rule.config_id)):
        failed, fault = _failed_conditions(rule, mail, account)
        if fault and rule.config_id not in off:
            broken[rule.config_id] = fault
        if fault or rule.config_id in off:
            if not failed and winner is None:
                undecided.append(rule.config_name)
            failed = (*failed, f"the rule is off in this run: {off.get(rule.config_id, fault)}")
        elif not failed and winner is None:
            winner = rule
            continue
        elif not failed:
            failed = (f"it would take the mail too, but rule {winner.config_name!r} comes first",)
        reasons[rule.config_name] = failed
    return Choice(winner, reasons, broken, tuple(undecided) if winner is None else ())


def wanted(rule: InboxRule, name: str) -> bool:
    """Whether a rule that was chosen saves an attachment of that name."""
    return rule.attachment_name_pattern is None or _found(rule, "attachment_name_pattern", name, whole=True)


def _failed_conditions(rule: InboxRule, mail: Mail, account: str) -> tuple[tuple[str, ...], str | None]:
    """Why the rule does not take the mail (nothing: it does), and what is wrong with the rule itself."""
    failed, fault = [], None
    for condition in _CONDITIONS:
        try:
            reason = condition(rule, mail, account)
        except _Unusable as error:
            fault = str(error)
        except TimeoutError:
            fault = f"a pattern took over {SECONDS_PER_MATCH:g} s on one mail; write it without repeats of repeats, (a+)+"
        else:
            failed += [reason] if reason else []
    return tuple(failed), fault


def _account(rule: InboxRule, _mail: Mail, account: str) -> str | None:
    if rule.gmail_account and rule.gmail_account.casefold() != account.casefold():
        return f"gmail_account is {rule.gmail_account}, this mailbox is {account}"
    return None


def _sender(rule: InboxRule, mail: Mail, _account: str) -> str | None:
    if rule.sender_filter and not _found(rule, "sender_filter", mail.sender):
        return f"sender {mail.sender or '(no single address)'} does not match sender_filter {rule.sender_filter}"
    return None


def _subject_text(rule: InboxRule, mail: Mail, _account: str) -> str | None:
    if rule.subject_contains and rule.subject_contains.casefold() not in mail.subject.casefold():
        return f"subject {mail.subject!r} does not contain {rule.subject_contains!r}"
    return None


def _subject_pattern(rule: InboxRule, mail: Mail, _account: str) -> str | None:
    if rule.subject_pattern and not _found(rule, "subject_pattern", mail.subject):
        return f"subject {mail.subject!r} does not match subject_pattern {rule.subject_pattern}"
    return None


def _attachment(rule: InboxRule, mail: Mail, _account: str) -> str | None:
    if rule.has_attachment is None or rule.has_attachment == bool(mail.attachments):
        return None
    return "it has no attachment, the rule wants one" if rule.has_attachment else "it has an attachment, the rule wants none"


def _attachment_names(rule: InboxRule, mail: Mail, _account: str) -> str | None:
    """Not a condition, but a name filter that runs away must put the rule off before the rule is chosen."""
    for attachment in mail.attachments:
        wanted(rule, attachment.shown_name)
    return None


_CONDITIONS: tuple[Callable[[InboxRule, Mail, str], str | None], ...] = (
    _account,
    _sender,
    _subject_text,
    _subject_pattern,
    _attachment,
    _attachment_names,
)


def _found(rule: InboxRule, column: str, text: str, *, whole: bool = False) -> bool:
    pattern = _compiled(rule, column)
    search = pattern.fullmatch if whole else pattern.search
    return search(text, timeout=SECONDS_PER_MATCH) is not None


def _compiled(rule: InboxRule, column: str) -> regex.Pattern | None:
    """The pattern of a column, upper and lower case alike; regex keeps compiled patterns, so this is cheap."""
    text = getattr(rule, column)
    if text is None:
        return None
    try:
        return regex.compile(text, regex.IGNORECASE)
    except (regex.error, RecursionError, OverflowError) as error:
        raise _Unusable(f"{column} {text!r} is not a regular expression ({error}); correct it in dba.tinboxconfig") from error
