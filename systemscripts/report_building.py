"""A report becomes a mail: its queries run, its template filled, its files written. Sends nothing, records nothing."""

import contextlib
import re
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, tzinfo
from email.message import EmailMessage
from functools import partial
from pathlib import Path

from psycopg2.extensions import connection as Connection

import report_ledger as ledger
import report_queries as queries
from directory_management import free_name
from errors import DeliveryError, EtlError
from file_metadata import safe_file_name
from mailer import MAX_ATTACHMENT_BYTES, Mail, build_message, recipients_of
from report_attachments import write_csv, write_xlsx, zipped_to_fit
from report_charts import Chart, chart_html, columns_of, draw_chart
from report_ledger import Attachment, Report, SourceFile
from report_rendering import NO_DATA, check_template, render_body, render_line, template_values
from report_tables import Grid, tables_of
from settings import Settings


@dataclass(frozen=True)
class Draft:
    """A built mail: its recipients (bcc among them), the rows of each grid and file, and the queries that failed."""

    message: EmailMessage
    recipients: list[str]
    row_counts: dict[str, int]
    failures: tuple[str, ...] = ()


def build_draft(settings: Settings, connection: Connection, report: Report, stable_id: str) -> Draft:
    """Run the report's queries and build its mail. Raises EtlError: the report is held, nothing leaves the house."""
    check_template(report.template, placeholders(report))
    with tempfile.TemporaryDirectory(prefix="etl-report-") as folder, queries.report_session(settings) as session:
        now = settings.now()
        values = template_values(report.name, now)
        failures: list[str] = []
        sources = _sources(session, connection, report)
        _check_age(report, sources, now)
        grids = _grids(session, report.queries, "query", failures)
        drawn = _grids(session, {chart.name: chart.query for chart in report.charts}, "chart", failures)
        images = {chart.name: draw_chart(chart, grid) for chart in report.charts if (grid := drawn[chart.name]) and grid.rows}
        files = _files(session, _file_paths(report, Path(folder), values), settings.timezone, failures)
        if failures and report.on_error == "hold":
            raise DeliveryError("; ".join(failures))
        files = zipped_to_fit(files, MAX_ATTACHMENT_BYTES)
        counts = {name: grid.total for name, grid in {**grids, **drawn}.items() if grid}
        counts |= {path.name: rows for path, rows in files.items()}
        body = render_body(
            _notes(report, counts, len(files), bool(failures)) + report.template,
            tables_of(grids, settings.timezone) | {chart.name: chart_html(chart, drawn[chart.name]) for chart in report.charts},
            values=values,
            footer=_footer(now, grids, files, sources),
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
            images=images,
        )
        return Draft(build_message(settings, mail), recipients_of(mail), counts, tuple(failures))


def placeholders(report: Report) -> dict[str, str]:
    """What the template may show: the name of each grid and chart, with its query."""
    return report.queries | {chart.name: chart.query for chart in report.charts}


def check_report(settings: Settings, report: Report) -> list[str]:
    """What is wrong with a report, found without running its queries or sending anything; one line per fault."""
    faults: list[str] = []
    values = template_values(report.name, settings.now())
    nothing = dict.fromkeys(placeholders(report), ("", ""))
    mail = Mail("", report.to, "", "", "", settings.now(), cc=report.cc, bcc=report.bcc)
    texts = [report.subject, *(file.name for file in report.attachments)]
    checks = [
        partial(check_template, report.template, placeholders(report)),
        partial(render_body, report.template, nothing, values=values, footer=""),
        *(partial(render_line, text, values) for text in texts),
        partial(recipients_of, mail),
    ]
    with queries.report_session(settings) as session:
        checks += [partial(_check_query, session, name, query) for name, query in report.all_queries().items()]
        checks += [partial(_check_chart, session, chart) for chart in report.charts]
        for check in checks:
            try:
                check()
            except EtlError as error:
                faults.append(str(error))
    return list(dict.fromkeys(faults))


def _check_query(session: Connection, name: str, query: str) -> None:
    try:
        queries.plan_query(session, query)
    except DeliveryError as error:
        raise DeliveryError(f"{name} {error}") from error


def _check_chart(session: Connection, chart: Chart) -> None:
    with contextlib.suppress(DeliveryError):  # said by _check_query
        columns_of(chart, queries.plan_query(session, chart.query).columns)


def _sources(session: Connection, connection: Connection, report: Report) -> list[SourceFile]:
    """The files that the report's tables were filled from. A query that cannot be planned is found when it runs."""
    tables: set[str] = set()
    for query in report.all_queries().values():
        with contextlib.suppress(DeliveryError):
            tables |= queries.plan_query(session, query).tables
    return ledger.files_behind(connection, tables)


def _check_age(report: Report, sources: list[SourceFile], now: datetime) -> None:
    """Raises DeliveryError when the newest data behind the report is older than its max_data_age."""
    if report.max_data_age is None:
        return
    if not sources:
        raise DeliveryError("no active dataset is behind its queries, so max_data_age cannot hold; import the data, or empty max_data_age")
    if now - sources[0].active_since > report.max_data_age:
        raise DeliveryError(
            f"its newest data is {sources[0].file_name} of {sources[0].active_since.astimezone(now.tzinfo):%Y-%m-%d %H:%M}, older than "
            f"max_data_age {report.max_data_age}; see why nothing newer arrived, import it, and send the report again"
        )


def _grids(session: Connection, named: dict[str, str], what: str, failures: list[str]) -> dict[str, Grid | None]:
    """The result of each query; None for one that failed, which is added to `failures`."""
    grids: dict[str, Grid | None] = {}
    for name, query in named.items():
        try:
            grids[name] = queries.read_grid(session, query)
        except DeliveryError as error:
            grids[name] = None
            failures.append(f"{what} {name} {error}")
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
        try:
            if attachment.format == "csv":
                files[path] = write_csv(path, lambda into, query=attachment.query: queries.copy_csv(session, query, into, zone))
            else:
                files[path] = queries.read_rows(session, attachment.query, partial(write_xlsx, path, zone))
        except DeliveryError as error:
            failures.append(f"attachment {attachment.name} {error}")
    return files


def _notes(report: Report, counts: dict[str, int], files: int, failed: bool) -> str:
    """What a reader must know before the report: that there is nothing, or that something is missing."""
    notes = [NO_DATA] if report.when_empty == "note" and not failed and not any(counts.values()) else []
    missing = len(report.attachments) - files
    if missing:
        notes.append(f"{missing} of the attachments {'is' if missing == 1 else 'are'} not available today.")
    return "".join(f'<p class="note">{note}</p>' for note in notes)


def _footer(now: datetime, grids: dict[str, Grid | None], files: dict[Path, int], sources: list[SourceFile]) -> str:
    shown = sum(grid.total for grid in grids.values() if grid)
    parts = [f"Data as of {now:%Y-%m-%d %H:%M %Z}"]
    parts += [rows_text(shown)] if grids else []
    parts += [f"attached: {path.name} ({rows_text(count)})" for path, count in files.items()]
    parts += [f"from file {file.file_name} received {file.received_at.astimezone(now.tzinfo):%Y-%m-%d %H:%M}" for file in sources]
    return ", ".join(parts)


def rows_text(count: int) -> str:
    return f"{count:,} row{'' if count == 1 else 's'}"
