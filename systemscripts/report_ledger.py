"""The SQL of reports: dba.treportmanager and dba.treportrun."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import psycopg2
from psycopg2.extensions import connection as Connection
from psycopg2.extras import Json

from report_charts import Chart


@dataclass(frozen=True)
class Attachment:
    """A file of a report: its name as written, its query, and its format csv or xlsx."""

    name: str
    query: str
    format: str


@dataclass(frozen=True)
class Report:
    """One row of dba.treportmanager. `frequency` None: by hand only; `max_data_age` None: data of any age will do."""

    report_id: int
    name: str
    frequency: str | None
    subject: str
    to: str
    cc: str
    bcc: str
    template: str
    queries: dict[str, str]
    attachments: tuple[Attachment, ...]
    charts: tuple[Chart, ...]
    when_empty: str
    on_error: str
    is_active: bool
    max_data_age: timedelta | None

    def all_queries(self) -> dict[str, str]:
        """Every query of the report, under the words that name it in a message."""
        named = {f"query {name}": query for name, query in self.queries.items()}
        named |= {f"chart {chart.name}": chart.query for chart in self.charts}
        return named | {f"attachment {file.name}": file.query for file in self.attachments}


@dataclass(frozen=True)
class SourceFile:
    """The newest active dataset of a table that a report reads: since when it counts, and the file it came from."""

    active_since: datetime
    file_name: str
    received_at: datetime


@dataclass(frozen=True)
class ReportRun:
    """How one delivery ended, as dba.treportrun keeps it. Status: sent, held, skipped, failed or unknown.

    `size_bytes`, the size of the whole mail, is for the log only.
    """

    status: str
    error: str | None = None
    message_id: str | None = None
    recipients: tuple[str, ...] = ()
    refused: dict[str, str] = field(default_factory=dict)
    row_counts: dict[str, int] = field(default_factory=dict)
    output_path: str | None = None
    size_bytes: int = 0


# --- the reports ------------------------------------------------------------------------------------------------

_FIND = """
SELECT reportid, reportname, frequency, subjectheader, toheader, coalesce(cc, ''), coalesce(bcc, ''), emailbodytemplate,
       emailbodyqueries, CASE WHEN hasattachment THEN attachmentqueries ELSE '[]' END, attachment_format,
       charts, when_empty, on_error, is_active, max_data_age
FROM dba.treportmanager WHERE reportname = %(key)s OR reportid::text = %(key)s
"""


def find_report(connection: Connection, number_or_name: str) -> Report | None:
    """The report of that number or name, or None."""
    with connection, connection.cursor() as cursor:
        cursor.execute(_FIND, {"key": number_or_name})
        row = cursor.fetchone()
    if row is None:
        return None
    *texts, queries, files, default_format, charts, when_empty, on_error, is_active, max_data_age = row
    attachments = tuple(Attachment(f["name"], f["query"], _file_format(f.get("format", default_format))) for f in files)
    return Report(*texts, queries, attachments, tuple(map(_chart, charts)), when_empty, on_error, is_active, max_data_age)


def _file_format(written: str) -> str:
    """XLS in a row means XLSX: nobody should write the old format any more."""
    return {"xls": "xlsx"}.get(written.lower(), written.lower())


def _chart(item: dict) -> Chart:
    y = item.get("y") or ()
    y = (y,) if isinstance(y, str) else tuple(y)
    return Chart(item["name"], item["query"], item.get("type", "bar"), item.get("x"), y, item.get("title", ""))


def active_reports(connection: Connection) -> list[str]:
    """The names of the reports that are switched on, by number."""
    with connection, connection.cursor() as cursor:
        cursor.execute("SELECT reportname FROM dba.treportmanager WHERE is_active ORDER BY reportid")
        return [name for (name,) in cursor]


def files_behind(connection: Connection, tables: set[str]) -> list[SourceFile]:
    """For each `schema.table` that a feed fills, the file of its newest active dataset; newest first."""
    with connection, connection.cursor() as cursor:
        cursor.execute(
            """SELECT DISTINCT ON (target_table) efffromdate, file_name, finished_at
               FROM dba.timportfile JOIN dba.tdataset USING (datasetid)
               WHERE status = 'Loaded' AND isactive AND target_table = ANY (%s)
               ORDER BY target_table, efffromdate DESC, importfileid DESC""",
            (sorted(tables),),
        )
        return sorted((SourceFile(*row) for row in cursor), key=lambda file: file.active_since, reverse=True)


def report_names(connection: Connection) -> list[str]:
    """Every report as 'number name', for a message that has to list them."""
    with connection, connection.cursor() as cursor:
        cursor.execute("SELECT reportid || ' ' || reportname FROM dba.treportmanager ORDER BY reportid")
        return [name for (name,) in cursor]


# --- once per due time ------------------------------------------------------------------------------------------


@contextlib.contextmanager
def report_lock(connection: Connection, report_id: int) -> Iterator[bool]:
    """True while this session alone works on the report. The lock dies with the session, so a dead run holds none."""
    key = f"report:{report_id}"
    with connection, connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(hashtextextended(%s, 0))", (key,))
        (mine,) = cursor.fetchone()
    try:
        yield mine
    finally:
        if mine:
            with contextlib.suppress(psycopg2.Error), connection, connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(hashtextextended(%s, 0))", (key,))


def settle_dead_claims(connection: Connection, report_id: int) -> None:
    """End the claims that a dead run left behind; to be called under the report's lock.

    One whose mail was on its way (it has a message_id) may have arrived: unknown. The others were never sent: failed.
    """
    with connection, connection.cursor() as cursor:
        cursor.execute(
            """UPDATE dba.treportrun SET finished_at = now(),
                   status = CASE WHEN message_id IS NULL THEN 'failed' ELSE 'unknown' END,
                   error = CASE WHEN message_id IS NULL THEN 'the run ended before it was sent'
                                ELSE 'the run ended while the mail server was taking it' END
               WHERE reportid = %s AND status = 'claimed'""",
            (report_id,),
        )


def earlier_run(connection: Connection, report_id: int, due_at: datetime) -> tuple[str | None, str | None]:
    """The status and Message-ID of a delivery so far; (None, None) when nobody took it on yet."""
    with connection, connection.cursor() as cursor:
        cursor.execute(
            "SELECT status, message_id FROM dba.treportrun WHERE reportid = %s AND due_at = %s"
            " ORDER BY status IN ('sent', 'unknown') DESC, attempt DESC LIMIT 1",
            (report_id, due_at),
        )
        return cursor.fetchone() or (None, None)


def claim(connection: Connection, report_id: int, due_at: datetime, *, run_uuid: str, resend: bool) -> int | None:
    """The reportrunid of a delivery that is now this run's; None when it may have been sent and `resend` is off.

    A resend is an attempt of its own: what is known of the mail that went out before stays known.
    """
    with connection, connection.cursor() as cursor:
        cursor.execute(_CLAIM_AGAIN if resend else _CLAIM, {"report": report_id, "due": due_at, "run": run_uuid})
        row = cursor.fetchone()
    return row[0] if row else None


_CLAIM_AGAIN = """
    INSERT INTO dba.treportrun (reportid, due_at, attempt, run_uuid)
    SELECT %(report)s, %(due)s, coalesce(max(attempt), 0) + 1, %(run)s
    FROM dba.treportrun WHERE reportid = %(report)s AND due_at = %(due)s
    RETURNING reportrunid
"""
_CLAIM = """
    INSERT INTO dba.treportrun (reportid, due_at, run_uuid)
    SELECT %(report)s, %(due)s, %(run)s
    WHERE NOT EXISTS (SELECT FROM dba.treportrun WHERE reportid = %(report)s AND due_at = %(due)s
                      AND status NOT IN ('held', 'skipped', 'failed'))
    ON CONFLICT (reportid, due_at, attempt) DO UPDATE
    SET run_uuid = EXCLUDED.run_uuid, status = 'claimed', message_id = NULL, recipients = '{}', refused_recipients = '{}',
        row_counts = '{}', output_path = NULL, error = NULL, claimed_at = now(), finished_at = NULL
    RETURNING reportrunid
"""


def mark_handover(connection: Connection, reportrun_id: int, message_id: str) -> None:
    """Record that from now on the mail may arrive, whatever becomes of this run."""
    with connection, connection.cursor() as cursor:
        cursor.execute("UPDATE dba.treportrun SET message_id = %s WHERE reportrunid = %s", (message_id, reportrun_id))


def finish(connection: Connection, reportrun_id: int, run: ReportRun) -> None:
    """Record how a claimed delivery ended."""
    with connection, connection.cursor() as cursor:
        cursor.execute(
            """UPDATE dba.treportrun SET status = %s, error = %s, message_id = %s, recipients = %s::text[],
                   refused_recipients = %s, row_counts = %s, output_path = %s, finished_at = now()
               WHERE reportrunid = %s""",
            (
                run.status,
                run.error and run.error.replace("\0", ""),
                run.message_id,
                list(run.recipients),
                Json(run.refused),
                Json(run.row_counts),
                run.output_path,
                reportrun_id,
            ),
        )
