"""Reports out: a report is claimed for its due time, built, sent once, and put on record; or tried without a record."""

import logging
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from html import escape

import psycopg2
from psycopg2.extensions import connection as Connection

import report_ledger as ledger
from directory_management import write_whole
from errors import ConfigError, DeliveryError, EtlError
from file_metadata import safe_file_name
from mailer import (
    Delivery,
    DeliveryUnknown,
    Mail,
    browser_page,
    build_message,
    message_id,
    recipients_of,
    send_message,
    write_to_outbox,
)
from models import Outcome
from report_building import Draft, build_draft, check_report, rows_text
from report_ledger import Report, ReportRun
from settings import Settings

log = logging.getLogger(__name__)

_ASK = "ask a recipient whether it arrived, and send it again with --resend if not"


@dataclass(frozen=True)
class SendOrder:
    """How reports are to be sent: `resend` also those that went out already; `dry_run` none, only build and say.

    `trial_address`: to this one address only, and not on record.
    """

    settings: Settings
    connection: Connection
    run_uuid: str
    dry_run: bool = False
    resend: bool = False
    trial_address: str | None = None


def send_reports(order: SendOrder, names: list[str]) -> Outcome:
    """Send each report named by number or name; one that fails does not stop the others.

    Raises ConfigError when none of the names is a report.
    """
    reports = {name: ledger.find_report(order.connection, name) for name in names}
    if not any(reports.values()):
        known = "; ".join(ledger.report_names(order.connection))
        raise ConfigError(f"no report is called {', '.join(names)}; there are: {known}")
    handle = _handling(order)
    statuses = Counter(_owned(order, name, report, handle) for name, report in reports.items())
    return _outcome(statuses)


def _handling(order: SendOrder) -> "Handling":
    if order.dry_run:
        return _dry_run
    return _send_trial if order.trial_address else _send_once


def _outcome(statuses: Counter[str]) -> Outcome:
    failed = sum(count for status, count in statuses.items() if status not in _GOOD)
    message = "reports: " + ", ".join(f"{count} {status}" for status, count in statuses.items())
    return Outcome(statuses.total() - failed, failed, message)


_GOOD = (
    "sent",
    "written to the outbox",
    "sent before",
    "skipped",
    "being sent by another run",
    "built, not sent",
    "sent as a trial",
    "previewed",
    "right",
)
Handling = Callable[[SendOrder, Report], str]


def _owned(order: SendOrder, name: str, report: Report | None, handle: Handling) -> str:
    """Handle one report; whatever goes wrong ends here, in one line and a status."""
    try:
        if report is None:
            raise ConfigError("no report has that number or name; look it up in dba.treportmanager")
        if not report.is_active and handle in (_send_once, _dry_run):
            raise ConfigError("it is switched off; set datastatusid to 1 in dba.treportmanager")
        return handle(order, report)
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
    status = _told(report, run)
    if status not in _GOOD:
        _tell_operator(order, report, status, run)
    return status


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
        draft = build_draft(order.settings, order.connection, report, claim.message_id)
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
        name = f"{_file_stem(report)}_{claim.due_at:%Y%m%dT%H%M%S}"
        return write_to_outbox(settings.path("outbox"), name, draft.message)
    ledger.mark_handover(order.connection, claim.reportrun_id, claim.message_id)
    try:
        return send_message(settings, draft.message, draft.recipients)
    except EtlError:
        raise
    except Exception as error:
        log.debug("traceback", exc_info=True)
        raise DeliveryUnknown(f"unexpected {type(error).__name__} while sending: {error}; {_ASK}") from error


# --- telling the operator ---------------------------------------------------------------------------------------


def _told(report: Report, run: ReportRun) -> str:
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


def _tell_operator(order: SendOrder, report: Report, status: str, run: ReportRun) -> None:
    """Mail the operator that a report did not go out as it should; the exit code and the ledger say it in any case."""
    settings = order.settings
    if not settings.operator_email:
        return
    what = {"held": "was held, nothing was sent", "failed": "was not sent", "unknown": "may not have arrived"}.get(
        status, "was sent in part"
    )
    refused = "\n".join(f"{address}: {answer}" for address, answer in run.refused.items())
    text = "\n".join(filter(None, [f"The report {report.name} {what}.", run.error, refused, f"Run {order.run_uuid} in dba.treportrun."]))
    mail = Mail(
        subject=f"Report {report.name} {what}",
        to=settings.operator_email,
        html=f'<pre style="white-space:pre-wrap">{escape(text)}</pre>',
        text=text,
        message_id=message_id(settings, f"notice-{report.report_id}", order.run_uuid),
        sent_at=settings.now(),
    )
    try:
        if settings.smtp_host:  # without waits: other reports are still to be sent
            send_message(settings, build_message(settings, mail), recipients_of(mail), sleep=lambda _seconds: None)
        else:
            write_to_outbox(settings.path("outbox"), f"notice_{report.report_id}_{order.run_uuid[:8]}", build_message(settings, mail))
    except EtlError as error:
        log.warning("%s: the operator %s could not be told by mail: %s", report.name, settings.operator_email, error)


def _contents(row_counts: dict[str, int], size_bytes: int) -> str:
    return ", ".join([f"{name} {rows_text(count)}" for name, count in row_counts.items()] + [f"{size_bytes / 1024:,.0f} KB"])


def _dry_run(order: SendOrder, report: Report) -> str:
    due = due_time(report.frequency, order.settings.now())
    before, _ = ledger.earlier_run(order.connection, report.report_id, due)
    draft = build_draft(order.settings, order.connection, report, message_id(order.settings, "dry-run"))
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


# --- trying a report --------------------------------------------------------------------------------------------


def _send_trial(order: SendOrder, report: Report) -> str:
    """Send the report to the trial address and nobody else; nothing goes on record, so the real one is sent when due."""
    settings = order.settings
    only = replace(report, to=order.trial_address, cc="", bcc="")
    draft = build_draft(settings, order.connection, only, message_id(settings, f"trial-{report.report_id}", order.run_uuid))
    if settings.smtp_host:
        delivery = send_message(settings, draft.message, draft.recipients)
    else:
        delivery = write_to_outbox(settings.path("outbox"), f"trial_{_file_stem(report)}", draft.message)
    where = f"written to {delivery.path} for" if delivery.path else "sent to"
    log.info("%s: %s %s only; %s", report.name, where, order.trial_address, _contents(draft.row_counts, delivery.size_bytes))
    if draft.failures:
        raise DeliveryError("; ".join(draft.failures))
    return "sent as a trial"


def preview_reports(order: SendOrder, names: list[str]) -> Outcome:
    """Write the HTML of each report to outbox/preview_NAME.html and name the file; sends nothing, records nothing."""
    return _each(order, names, _preview)


def check_reports(order: SendOrder, names: list[str]) -> Outcome:
    """Check each report, by default every active one, without running its queries: template, queries planned, recipients."""
    return _each(order, names or ledger.active_reports(order.connection), _check)


def _each(order: SendOrder, names: list[str], handle: Handling) -> Outcome:
    return _outcome(Counter(_owned(order, name, ledger.find_report(order.connection, name), handle) for name in names))


def _preview(order: SendOrder, report: Report) -> str:
    settings = order.settings
    draft = build_draft(settings, order.connection, report, message_id(settings, f"preview-{report.report_id}"))
    path = settings.path("outbox") / f"preview_{_file_stem(report)}.html"
    try:
        write_whole(path, browser_page(draft.message).encode("utf-8"), overwrite=True)
    except OSError as error:
        raise DeliveryError(f"{path} cannot be written: {error}; make room or correct its owner") from error
    log.info("%s: open %s in a browser; %s; nothing was sent", report.name, path, _contents(draft.row_counts, path.stat().st_size))
    if draft.failures:
        raise DeliveryError("; ".join(draft.failures))
    return "previewed"


def _check(order: SendOrder, report: Report) -> str:
    faults = check_report(order.settings, report)
    if faults:
        raise ConfigError("; ".join(faults))
    log.info("%s: right; %d queries planned, none run", report.name, len(report.all_queries()))
    return "right"


def _file_stem(report: Report) -> str:
    return safe_file_name(report.name, "report").replace(" ", "_")
