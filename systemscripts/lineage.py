"""Where rows come from and where they went: mails, files, datasets and the reports that read them, out of the ledgers."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from psycopg2.extensions import connection as Connection
from psycopg2.extensions import cursor as Cursor

from report_queries import QueryError, read_grid


@dataclass(frozen=True)
class MailFact:
    """A mail that was looked at."""

    inboxmessageid: int
    subject: str | None
    sender: str | None
    sent_at: datetime | None
    mailbox: str
    message_key: str
    status: str
    reason: str | None
    eml_path: str | None


@dataclass(frozen=True)
class AttachmentFact:
    """An attachment of a mail."""

    inboxattachmentid: int
    inboxmessageid: int
    original_name: str | None
    saved_name: str | None
    sha256: str | None
    status: str
    reason: str | None


@dataclass(frozen=True)
class FileFact:
    """A file that a feed handled. `source` tells where it came from, as far as it is known."""

    importfileid: int
    inboxattachmentid: int | None
    file_name: str
    sha256: str
    source: str | None
    status: str
    finished_at: datetime
    rows_read: int
    rows_loaded: int
    rows_rejected: int
    rows_skipped: int
    target_table: str | None
    archived_path: str | None
    datasetid: int | None
    error: str | None


@dataclass(frozen=True)
class DatasetFact:
    """A dataset, its table, and from when to when it was the active one (None: never, or until now)."""

    datasetid: int
    datasettypename: str
    datasourcename: str
    label: str
    datasetdate: date
    statusname: str
    efffromdate: datetime | None
    effthrudate: datetime | None
    row_count: int | None
    target_table: str | None


@dataclass(frozen=True)
class DeliveryFact:
    """One delivery of a report."""

    reportrunid: int
    reportid: int
    reportname: str
    due_at: datetime
    attempt: int
    status: str
    recipients: list[str]
    message_id: str | None
    output_path: str | None
    claimed_at: datetime
    finished_at: datetime | None


def _columns(kind: type) -> str:
    return ", ".join(kind.__dataclass_fields__)


_MAILS = f"SELECT {_columns(MailFact)} FROM dba.tinboxmessage"
_ATTACHMENTS = f"SELECT {_columns(AttachmentFact)} FROM dba.tinboxattachment"
_FILES = f"SELECT {_columns(FileFact)} FROM dba.timportfile"
_DATASETS = (
    f"SELECT {_columns(DatasetFact)} FROM dba.tdataset JOIN dba.tdatasettype USING (datasettypeid)"
    " JOIN dba.tdatasource USING (datasourceid) JOIN dba.tdatastatus USING (datastatusid) CROSS JOIN LATERAL"
    " (SELECT max(target_table) AS target_table FROM dba.timportfile AS file WHERE file.datasetid = tdataset.datasetid) AS went"
)
_DELIVERIES = f"SELECT {_columns(DeliveryFact)} FROM dba.treportrun JOIN dba.treportmanager USING (reportid)"


def _all(cursor: Cursor, kind: type, query: str, *values: object) -> list:
    cursor.execute(query, values)
    return [kind(*row) for row in cursor]


def mails_called(cursor: Cursor, wanted: str) -> list[MailFact]:
    """The mails of that number, Message-ID, subject or kept file."""
    condition = "inboxmessageid::text = %s OR message_key IN (%s, '<' || %s || '>') OR subject = %s OR eml_path = %s"
    return _all(cursor, MailFact, f"{_MAILS} WHERE {condition} ORDER BY inboxmessageid", *[wanted] * 5)


def files_called(cursor: Cursor, wanted: str) -> list[FileFact]:
    """The handled files of that number, name, archived path or SHA-256."""
    condition = "importfileid::text = %s OR file_name = %s OR archived_path = %s OR sha256 = %s"
    return _all(cursor, FileFact, f"{_FILES} WHERE {condition} ORDER BY importfileid", *[wanted] * 4)


def deliveries_called(cursor: Cursor, wanted: str) -> list[DeliveryFact]:
    """The deliveries of the report of that number or name, or the one with that Message-ID; the newest last."""
    condition = "reportid::text = %s OR reportname = %s OR message_id IN (%s, '<' || %s || '>')"
    return _all(cursor, DeliveryFact, f"{_DELIVERIES} WHERE {condition} ORDER BY claimed_at", *[wanted] * 4)


def datasets(cursor: Cursor, ids: list[int]) -> list[DatasetFact]:
    """The datasets of these numbers."""
    return _all(cursor, DatasetFact, f"{_DATASETS} WHERE datasetid = ANY(%s) ORDER BY datasetid", ids)


def datasets_counting(cursor: Cursor, tables: list[str], delivery: DeliveryFact) -> list[DatasetFact]:
    """The datasets of these tables that were active while the delivery was made."""
    condition = "target_table = ANY(%s) AND efffromdate <= coalesce(%s, now()) AND coalesce(effthrudate, 'infinity') >= %s"
    values = tables, delivery.finished_at, delivery.claimed_at
    return _all(cursor, DatasetFact, f"{_DATASETS} WHERE {condition} ORDER BY datasetid", *values)


def deliveries_reading(cursor: Cursor, report_ids: list[int], dataset: DatasetFact) -> list[DeliveryFact]:
    """The deliveries of these reports that were made while the dataset was active."""
    condition = "reportid = ANY(%s) AND coalesce(finished_at, now()) >= %s AND claimed_at <= coalesce(%s, now())"
    values = report_ids, dataset.efffromdate, dataset.effthrudate
    return _all(cursor, DeliveryFact, f"{_DELIVERIES} WHERE {condition} ORDER BY claimed_at", *values)


def files_of_datasets(cursor: Cursor, ids: list[int]) -> list[FileFact]:
    """Every handled file of these datasets, duplicates too."""
    return _all(cursor, FileFact, f"{_FILES} WHERE datasetid = ANY(%s) ORDER BY importfileid", ids)


def files_of_attachments(cursor: Cursor, ids: list[int]) -> list[FileFact]:
    """The handled files that these attachments became."""
    return _all(cursor, FileFact, f"{_FILES} WHERE inboxattachmentid = ANY(%s) ORDER BY importfileid", ids)


def attachments(cursor: Cursor, *, ids: list[int] = (), of_mails: list[int] = ()) -> list[AttachmentFact]:
    """The attachments of these numbers, and those of these mails."""
    condition = "inboxattachmentid = ANY(%s) OR inboxmessageid = ANY(%s)"
    return _all(cursor, AttachmentFact, f"{_ATTACHMENTS} WHERE {condition} ORDER BY inboxattachmentid", list(ids), list(of_mails))


def mails(cursor: Cursor, ids: list[int]) -> list[MailFact]:
    """The mails of these numbers."""
    return _all(cursor, MailFact, f"{_MAILS} WHERE inboxmessageid = ANY(%s) ORDER BY inboxmessageid", ids)


# --- what a report reads ----------------------------------------------------------------------------------------------------


def report_queries(cursor: Cursor) -> dict[int, list[str]]:
    """Every query of every report {reportid: queries}, of reports that are switched off too."""
    cursor.execute(
        "SELECT reportid, ARRAY(SELECT value FROM jsonb_each_text(emailbodyqueries)) ||"
        " ARRAY(SELECT value ->> 'query' FROM jsonb_array_elements(attachmentqueries || charts) AS item (value))"
        " FROM dba.treportmanager ORDER BY reportid"
    )
    return dict(cursor.fetchall())


def tables_read(session: Connection, query: str) -> set[str]:
    """The tables {schema.table} that PostgreSQL would read for a query of a report, also through views; runs nothing.

    Raises QueryError when the query cannot be planned. What a function reads inside is not seen.
    """
    plan = read_grid(session, f"EXPLAIN (VERBOSE, FORMAT JSON) {query}").rows[0][0]
    return {f"{node['Schema']}.{node['Relation Name']}" for node in _nodes(plan) if "Relation Name" in node}


def _nodes(plan: object) -> Iterator[dict]:
    if isinstance(plan, dict):
        yield plan
    for part in plan.values() if isinstance(plan, dict) else plan if isinstance(plan, list) else ():
        yield from _nodes(part)


def reports_by_table(session: Connection, queries: dict[int, list[str]]) -> dict[int, set[str]]:
    """The tables that each report reads {reportid: tables}; a query that cannot be planned reads none."""
    tables: dict[int, set[str]] = {}
    for reportid, texts in queries.items():
        for text in texts:
            with contextlib.suppress(QueryError):
                tables.setdefault(reportid, set()).update(tables_read(session, text))
    return tables
