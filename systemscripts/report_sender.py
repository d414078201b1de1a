"""Reports out: a report is claimed for its due time, its queries run, its mail built, sent once, and put on record."""

import logging
import re
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, tzinfo
from email.message import EmailMessage
from functools import partial
from pathlib import Path

import psycopg2
from psycopg2.extensions import connection as Connection

import report_ledger as ledger
from directory_management import free_name
from errors import ConfigError, DeliveryError, EtlError
from file_metadata import safe_file_name
from mailer import (
    Delivery,
    DeliveryUnknown,
    Mail,
    build_message,
    message_id,
    recipients_of,
    send_message,
    write_to_outbox,
)
from models import Outcome
from report_attachments import WRITERS, Writer
from report_ledger import Attachment, Report, ReportRun
from report_rendering import NO_DATA, check_template, render_body, render_line, template_values
from report_tables import Grid, tables_of
from settings import Settings

log = logging.getLogger(__name__)

_ASK = "ask a recipient whether it arrived, and send it again with --resend if not"


@dataclass(frozen=True)
class SendOrder:
    """How reports are to be sent: `resend` also those that went out already; `dry_run` none, only build and say."""

    settings: Settings
    connection: Connection
    run_uuid: str
    dry_run: bool = False
    resend: bool = False


@dataclass(frozen=True)
class Draft:
    """A built mail: its recipients (bcc among them), the rows of each grid and file, and the queries that failed."""

    message: EmailMessage
    recipients: list[str]
    row_counts: dict[str, int]
    failures: tuple[str, ...] = ()


def send_reports(order: SendOrder, names: list[str]) -> Outcome:
    """Send each report named by number or name; one that fails does not stop the others.

    Raises ConfigError when none of the names is a report.
    """
    reports = {name: ledger.find_report(order.connection, name) for name in names}
    if not any(reports.values()):
        known = "; ".join(ledger.report_names(order.connection))
        raise ConfigError(f"no report is called {', '.join(names)}; there are: {known}")
    statuses = Counter(_owned(order, name, report) for name, report in reports.items())
    failed = sum(count for status, count in statuses.items() if status not in _GOOD)
    message = "reports: " + ", ".join(f"{count} {status}" for status, count in statuses.items())
    return Outcome(statuses.total() - failed, failed, message)


_GOOD = ("sent", "written to the outbox", "sent before", "skipped", "being sent by another run", "built, not sent")


def _owned(order: SendOrder, name: str, report: Report | None) -> str:
    """Handle one report; whatever goes wrong ends here, in one line and a status."""
    try:
        if report is None:
            raise ConfigError("no report has that number or name; look it up in dba.treportmanager")
        if not report.is_active:
            raise ConfigError("it is switched off; set datastatusid to 1 in dba.treportmanager")
        return _dry_run(order, report) if order.dry_run else _send_once(order, report)
    except EtlError as error:
        log.error("%s: %s", report.name if report else name, error)
    except (psycopg2.OperationalError, psycopg2.InterfaceError):
        raise  # no ledger, no sending: the frame says that the database is away
    except Exception as error:
        log.error("%s: unexpected %s: %s; the traceback is in the log file", name, type(error).__name__, error)
        log.debug("traceback", exc_info=True)
    return "failed"


# --- once per due time ------------------------------------------------------------------------------------------


def due_time(frequency: str | None, now: datetime) -> datetime:
    """The latest moment at or before `now` at which a cron expression was due; `now` itself when there is none.

    >>> due_time("20 11 * * 1-5", datetime(2026, 11, 22, 9, 0, tzinfo=UTC))  # a Sunday
    datetime.datetime(2026, 11, 20, 11, 20, tzinfo=datetime.timezone.utc)
    """
    if not frequency:
        return now
    from cronsim import CronSim, CronSimError

    try:
        # Backwards from an hour later: in the hour that the clocks repeat, the wall clock alone would name yesterday's.
        later = (now.astimezone(UTC) + timedelta(hours=1, seconds=1)).astimezone(now.tzinfo)
        return next(due for due in CronSim(frequency, later, reverse=True) if due.astimezone(UTC) <= now.astimezone(UTC))
    except (CronSimError, StopIteration) as error:
        raise ConfigError(f"frequency {frequency!r} names no time; correct it in dba.treportmanager") from error


def _send_once(order: SendOrder, report: Report) -> str:
    due = due_time(report.frequency, order.settings.now())
    with ledger.report_lock(order.connection, report.report_id) as mine:
        if not mine:
            log.info("%s: is being sent by another run right now; nothing to do here", report.name)
            return "being sent by another run"
        ledger.settle_dead_claims(order.connection, report.report_id)
        earlier = ledger.earlier_run(order.connection, report.report_id, due)
        this_id = _message_id(order, report, due, earlier)
        claimed = ledger.claim(order.connection, report.report_id, due, run_uuid=order.run_uuid, resend=order.resend)
        if claimed is None:
            return _refused_again(report, due, earlier[0])
        run = _run(order, report, _Claim(claimed, due, this_id))
        ledger.finish(order.connection, claimed, run)
    return _told(order.settings, report, run)


def _message_id(order: SendOrder, report: Report, due: datetime, earlier: tuple[str | None, str | None]) -> str:
    """The same for every try to deliver one mail: programs show one message per id. A mail sent again after it arrived
    may correct the first one and must be seen beside it."""
    status, earlier_id = earlier
    if status == "unknown" and earlier_id:
        return earlier_id
    again = [f"again-{order.run_uuid[:8]}"] if status == "sent" else []
    return message_id(order.settings, f"report-{report.report_id}", f"{due.astimezone(UTC):%Y%m%dT%H%M%SZ}", *again)


def _refused_again(report: Report, due: datetime, before: str | None) -> str:
    if before == "unknown":
        raise DeliveryError(f"nobody knows whether the mail of {due:%Y-%m-%d %H:%M} arrived; {_ASK}")
    log.info("%s: already sent for %s; use --resend to send it again", report.name, f"{due:%Y-%m-%d %H:%M}")
    return "sent before"


@dataclass(frozen=True)
class _Claim:
    reportrun_id: int
    due_at: datetime
    message_id: str


def _run(order: SendOrder, report: Report, claim: _Claim) -> ReportRun:
    """Build and send a claimed report; every way it can end is a ReportRun."""
    try:
        draft = _draft(order.settings, report, claim.message_id)
    except EtlError as error:
        log.debug("traceback", exc_info=True)
        return ReportRun("held", str(error))
    except Exception as error:
        log.debug("traceback", exc_info=True)
        return ReportRun("held", f"unexpected {type(error).__name__}: {error}; the traceback is in the log file")
    if report.when_empty == "skip" and not draft.failures and not any(draft.row_counts.values()):
        return ReportRun("skipped", row_counts=draft.row_counts)
    error = "; ".join(draft.failures) or None
    run = ReportRun("sent", error, claim.message_id, tuple(draft.recipients), row_counts=draft.row_counts)
    try:
        delivery = _delivered(order, report, claim, draft)
    except EtlError as error:
        return replace(run, status="unknown" if isinstance(error, DeliveryUnknown) else "failed", error=str(error))
    path = str(delivery.path) if delivery.path else None
    return replace(run, refused=delivery.refused, output_path=path, size_bytes=delivery.size_bytes)


def _delivered(order: SendOrder, report: Report, claim: _Claim, draft: Draft) -> Delivery:
    settings = order.settings
    if not settings.smtp_host:
        name = f"{safe_file_name(report.name, 'report').replace(' ', '_')}_{claim.due_at:%Y%m%dT%H%M%S}"
        return write_to_outbox(settings.path("outbox"), name, draft.message)
    ledger.mark_handover(order.connection, claim.reportrun_id, claim.message_id)
    try:
        return send_message(settings, draft.message, draft.recipients)
    except EtlError:
        raise
    except Exception as error:
        log.debug("traceback", exc_info=True)
        raise DeliveryUnknown(f"unexpected {type(error).__name__} while sending: {error}; {_ASK}") from error


# --- building ---------------------------------------------------------------------------------------------------


def _draft(settings: Settings, report: Report, stable_id: str) -> Draft:
    """Run the report's queries and build its mail. Raises EtlError: the report is held, nothing leaves the house."""
    if report.unsupported:
        raise ConfigError(f"its column {report.unsupported[0]} is set, but this version does not use it; empty it")
    check_template(report.template, report.queries)
    with tempfile.TemporaryDirectory(prefix="etl-report-") as folder, ledger.report_session(settings) as session:
        now = settings.now()
        values = template_values(report.name, now)
        failures: list[str] = []
        grids = _grids(session, report, failures)
        files = _files(session, _file_paths(report, Path(folder), values), settings.timezone, failures)
        if failures and report.on_error == "hold":
            raise DeliveryError("; ".join(failures))
        counts = {name: grid.total for name, grid in grids.items() if grid}
        counts |= {path.name: rows for path, rows in files.items()}
        body = render_body(
            _notes(report, counts, len(files), bool(failures)) + report.template,
            tables_of(grids, settings.timezone),
            values=values,
            footer=_footer(now, grids, files),
        )
        mail = Mail(
            subject=render_line(report.subject, values),
            to=report.to,
            cc=report.cc,
            bcc=report.bcc,
            html=body.html,
            text=body.text,
            message_id=stable_id,
            sent_at=now,
            attachments=tuple(files),
        )
        return Draft(build_message(settings, mail), recipients_of(mail), counts, tuple(failures))


def _grids(session: Connection, report: Report, failures: list[str]) -> dict[str, Grid | None]:
    """The result of each body query; None for one that failed, which is added to `failures`."""
    grids: dict[str, Grid | None] = {}
    for name, query in report.queries.items():
        try:
            grids[name] = ledger.read_grid(session, query)
        except DeliveryError as error:
            grids[name] = None
            failures.append(f"query {name} {error}")
    return grids


def _file_paths(report: Report, folder: Path, values: dict[str, object]) -> Iterator[tuple[Attachment, Path]]:
    """Where each attachment is written: its name with {{today}} and its like filled in, safe, with the right ending."""
    for attachment in report.attachments:
        name = safe_file_name(render_line(attachment.name, values), "attachment")
        stem = re.sub(r"\.(csv|xlsx?)$", "", name, flags=re.IGNORECASE)
        yield attachment, free_name(folder, f"{stem}.{attachment.format}")


def _files(session: Connection, targets: Iterable[tuple[Attachment, Path]], zone: tzinfo, failures: list[str]) -> dict[Path, int]:
    """The files written and the rows in each; a query that failed is added to `failures` and has no file."""
    files: dict[Path, int] = {}
    for attachment, path in targets:
        write = WRITERS[attachment.format]
        try:
            files[path] = ledger.read_rows(session, attachment.query, partial(_write, write, path, zone))
        except DeliveryError as error:
            failures.append(f"attachment {attachment.name} {error}")
    return files


def _write(write: Writer, path: Path, zone: tzinfo, columns: tuple[str, ...], rows: Iterator[tuple]) -> int:
    return write(path, columns, rows, zone)


def _notes(report: Report, counts: dict[str, int], files: int, failed: bool) -> str:
    """What a reader must know before the report: that there is nothing, or that something is missing."""
    notes = [NO_DATA] if report.when_empty == "note" and not failed and not any(counts.values()) else []
    missing = len(report.attachments) - files
    if missing:
        notes.append(f"{missing} of the attachments {'is' if missing == 1 else 'are'} not available today.")
    return "".join(f'<p class="note">{note}</p>' for note in notes)


def _footer(now: datetime, grids: dict[str, Grid | None], files: dict[Path, int]) -> str:
    shown = sum(grid.total for grid in grids.values() if grid)
    parts = [f"Data as of {now:%Y-%m-%d %H:%M %Z}"]
    parts += [_rows(shown)] if grids else []
    parts += [f"attached: {path.name} ({_rows(count)})" for path, count in files.items()]
    return ", ".join(parts)


def _rows(count: int) -> str:
    return f"{count:,} row{'' if count == 1 else 's'}"


# --- telling the operator ---------------------------------------------------------------------------------------


def _told(settings: Settings, report: Report, run: ReportRun) -> str:
    """Say how a delivery ended, in one line; returns the word for the summary."""
    if run.status == "skipped":
        log.info("%s: not sent, because there are no rows (when_empty is skip)", report.name)
        return "skipped"
    if run.status != "sent":
        what = {"held": "held, nothing was sent", "failed": "not sent", "unknown": "perhaps sent"}[run.status]
        log.error("%s: %s: %s", report.name, what, run.error)
        return run.status
    reached = [address for address in run.recipients if address not in run.refused]
    where = f"written to {run.output_path} for" if run.output_path else "sent to"
    log.info("%s: %s %s; %s", report.name, where, ", ".join(reached), _contents(run.row_counts, run.size_bytes))
    if run.refused:
        answers = "; ".join(f"{address}: {answer}" for address, answer in run.refused.items())
        log.error("%s: the mail server did not take it for %s", report.name, answers)
    if run.error:
        log.error("%s: sent without what could not be read: %s", report.name, run.error)
    if run.refused or run.error:
        return "sent in part"
    return "written to the outbox" if run.output_path else "sent"


def _contents(row_counts: dict[str, int], size_bytes: int) -> str:
    return ", ".join([f"{name} {_rows(count)}" for name, count in row_counts.items()] + [f"{size_bytes / 1024:,.0f} KB"])


def _dry_run(order: SendOrder, report: Report) -> str:
    due = due_time(report.frequency, order.settings.now())
    before, _ = ledger.earlier_run(order.connection, report.report_id, due)
    draft = _draft(order.settings, report, message_id(order.settings, "dry-run"))
    log.info(
        "%s: due %s, would go to %s; %s; nothing was sent",
        report.name,
        f"{due:%Y-%m-%d %H:%M}" + (f" ({before} before)" if before else ""),
        ", ".join(draft.recipients),
        _contents(draft.row_counts, len(draft.message.as_bytes())),
    )
    if draft.failures:
        raise DeliveryError("; ".join(draft.failures))
    return "built, not sent"
