"""Silence is an alarm: what failed, was missed or is late is mailed to the operator once, and once when it is over."""

import html
import json
import logging
import shutil
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from pathlib import Path

from psycopg2.extensions import connection as Connection

import alarm_ledger as ledger
from alarm_ledger import Alarm, Problem
from cron_jobs import Request, update_cron_jobs
from cron_system import CRON_FILE, cron_zone
from cron_table import KINDS, last_due, shown_time
from errors import ConfigError, EtlError
from mailer import Mail, build_message, message_id, recipients_of, send_message, write_to_outbox
from models import Outcome
from run_history import log_lines
from schedule_tables import Promise, promises
from scheduled_task import run_as_task
from settings import Settings
from user_utils import host_name, user_name

log = logging.getLogger(__name__)

_REMIND_AFTER = timedelta(hours=24)
_GRACE = timedelta(minutes=5)  # cron has started it by then, and the run is on record
_MAIL_LINES = 20
_SECTIONS = ("What is late or broken", "What was rejected", "What arrived", "What ran", "What is backed up")

Tell = Callable[[str, list[str]], None]


def check_alarms(settings: Settings, connection: Connection, *, dry_run: bool = False) -> Outcome:
    """Find what is wrong and what is over, and tell the operator of both once; a lasting problem again after a day.

    Done counts the mails. Raises EtlError when a mail cannot be sent: the next check sends it then.
    """
    now = settings.now()
    problems = _problems(settings, connection, now)
    if dry_run:
        for problem in problems:
            log.info("%s", problem.text)
        return Outcome(0, 0, f"{len(problems)} problem(s); nothing was mailed")
    ledger.record(connection, problems, now)
    alarms = ledger.open_alarms(connection)
    lasting = [a for a in alarms if not a.recovered_at and (a.told_at is None or now - a.told_at >= _REMIND_AFTER)]
    over = [alarm for alarm in alarms if alarm.recovered_at]
    if lasting:
        runs = {problem.key: problem.run_uuid for problem in problems}
        tell(settings, _subject("ALARM", lasting), [line for alarm in lasting for line in _alarm_lines(connection, alarm, runs[alarm.key])])
        ledger.set_told(connection, [alarm.alarm_id for alarm in lasting], now)
    if over:
        tell(settings, _subject("Recovered", over), [f"{alarm.text}\n  since {shown_time(alarm.raised_at)}, now over" for alarm in over])
        ledger.set_closed(connection, [alarm.alarm_id for alarm in over], now)
    return Outcome(bool(lasting) + bool(over), 0, f"{len(problems)} problem(s), told of {len(lasting)}; {len(over)} over")


def _problems(settings: Settings, connection: Connection, now: datetime) -> list[Problem]:
    free_gb = shutil.disk_usage(settings.home).free / 1e9
    token = token_days(settings.gmail_token, now)
    return [
        *ledger.failed_schedules(connection),
        *(_missed_problem(promise, due) for promise, due in missed(promises(connection), datetime.now(cron_zone()))),
        *ledger.broken_expectations(connection, now, free_gb, token),
        *_cron_drift(settings, connection),
    ]


def missed(rows: Iterable[Promise], now: datetime) -> list[tuple[Promise, datetime]]:
    """The rows that cron should have started and did not, with the time when it should have; `now` in the zone of cron's clock."""
    found = []
    for promise in rows:
        due = last_due(promise.row.frequency, now - _GRACE)
        if promise.changed_at <= due and (promise.started_at is None or promise.started_at < due):
            found.append((promise, due))
    return found


def _missed_problem(promise: Promise, due: datetime) -> Problem:
    row = promise.row
    text = f"{row.name!r} ({KINDS[row.table].key} {row.row_id}) was due {shown_time(due)} and did not start; was the machine off?"
    return Problem(f"missed {row.table} {row.row_id}", text)


def _cron_drift(settings: Settings, connection: Connection) -> list[Problem]:
    """The cron table, when there is one of ours that does not say what the rows say."""
    me = user_name()
    request = Request(check=True, user_crontab=not CRON_FILE.exists(), run_user=me if me != "root" else settings.run_user)
    try:
        outcome = update_cron_jobs(settings, connection, request)
    except EtlError as error:
        return [Problem("cron", f"cron cannot be compared with the rows: {error}")] if CRON_FILE.exists() else []
    return [Problem("cron", outcome.message)] if outcome.failed else []


def token_days(path: Path, now: datetime) -> float | None:
    """For how many more days the Gmail login is valid; None when its file names no end, 0 when it is of no use."""
    try:
        ends = json.loads(path.read_text(encoding="utf-8")).get("refresh_token_expires_at")
        return (datetime.fromisoformat(ends) - now).total_seconds() / 86_400 if ends else None
    except (OSError, ValueError, AttributeError, TypeError):
        return 0.0


def _subject(word: str, alarms: list[Alarm]) -> str:
    first = alarms[0].text if len(alarms[0].text) <= 80 else alarms[0].text[:77] + "..."
    more = f" and {len(alarms) - 1} more" if len(alarms) > 1 else ""
    return f"{word}: {first}{more} [{host_name()}]"


def _alarm_lines(connection: Connection, alarm: Alarm, run_uuid: str | None) -> list[str]:
    since = [] if alarm.told_at is None else [f"  still so since {shown_time(alarm.raised_at)}"]
    lines = log_lines(connection, run_uuid, _MAIL_LINES) if run_uuid else []
    return [
        alarm.text,
        *since,
        *(f"  | {level}: {part}" for _, level, message in lines for part in message.splitlines()[-_MAIL_LINES:]),
        "",
    ]


def tell(settings: Settings, subject: str, lines: list[str]) -> None:
    """Mail the operator; into the outbox while no mail server is set. Raises EtlError when the mail is not taken."""
    if settings.smtp_host and not settings.operator_email:
        raise ConfigError(
            "nobody is told of alarms; set ETL_OPERATOR_EMAIL in env.local.sh, for example ETL_OPERATOR_EMAIL=you@example.com"
        )
    now = settings.now()
    stamp = f"{now:%Y%m%dT%H%M%S%f}"
    text = "\n".join(lines) + "\n"
    mail = Mail(
        subject=" ".join("".join(c if c.isprintable() else " " for c in subject).split()),
        to=settings.operator_email or "operator@localhost",
        html=f"<pre>{html.escape(text)}</pre>",
        text=text,
        message_id=message_id(settings, "alarm", stamp),
        sent_at=now,
    )
    message = build_message(settings, mail)
    if settings.smtp_host:
        send_message(settings, message, recipients_of(mail))
    else:
        write_to_outbox(settings.path("outbox"), f"alarm_{stamp}", message)
    log.info("told the operator: %s", mail.subject)


def send_digest(settings: Settings, connection: Connection, *, dry_run: bool = False) -> Outcome:
    """Mail what ran, arrived, is late and was rejected in the last 24 hours, and when a backup was last made and proven."""
    found = ledger.digest_lines(connection, settings.now() - timedelta(hours=24))
    lines = []
    for section in _SECTIONS:
        lines += [section, *([f"  {line}" for name, line in found if name == section] or ["  nothing"]), ""]
    if dry_run:
        log.info("%s", "\n".join(lines))
        return Outcome(0, 0, "nothing was mailed")
    late = sum(name == _SECTIONS[0] for name, _ in found)
    tell(settings, f"Digest of {settings.now():%a %d %b %Y}: {f'{late} problem(s)' if late else 'all well'} [{host_name()}]", lines)
    return Outcome(1, 0, "the digest is out")


def run_missed(settings: Settings, connection: Connection, *, dry_run: bool = False) -> Outcome:
    """Run once each task with catch_up last whose latest due time passed without a start."""
    late = [(p, due) for p, due in missed(promises(connection), datetime.now(cron_zone())) if p.catch_up]
    failed = 0
    for promise, due in late:
        log.info("%s was due %s and %s", promise.row.name, shown_time(due), "would run now" if dry_run else "runs now")
        failed += not dry_run and run_as_task(promise.row.row_id, settings.root)
    return Outcome(len(late) - failed, failed, f"{len(late)} missed task(s) {'would be ' if dry_run else ''}caught up, {failed} failed")
