"""The whole chain around a mail, file, dataset or report, as lines: mail, attachment, file, dataset, reports that read it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from psycopg2.extensions import connection as Connection
from psycopg2.extensions import cursor as Cursor

import lineage
from errors import ConfigError
from lineage import AttachmentFact, DatasetFact, DeliveryFact, FileFact, MailFact
from report_queries import report_session
from settings import Settings

KINDS = ("mail", "file", "dataset", "report")


@dataclass(frozen=True)
class _Chain:
    """Everything that hangs together, in no order; `read_by` says which deliveries read which dataset."""

    mails: list[MailFact]
    attachments: list[AttachmentFact]
    files: list[FileFact]
    datasets: list[DatasetFact]
    read_by: dict[int, list[DeliveryFact]]


def trace(settings: Settings, connection: Connection, kind: str, wanted: str) -> list[str]:
    """The chain as indented lines, one thing a line. Raises ConfigError when the ledgers know nothing of that name."""
    with report_session(settings) as session, connection, connection.cursor() as cursor:
        tables = lineage.reports_by_table(session, lineage.report_queries(cursor))
        if kind == "report":
            return list(_report_lines(cursor, tables, wanted, settings))
        files = _START[kind](cursor, wanted)
        chain = _chain(cursor, files, tables, lineage.mails_called(cursor, wanted) if kind == "mail" else [])
    if not (chain.mails or chain.files):
        raise ConfigError(f"no {kind} called {wanted!r} is on record; look it up in {_LEDGER[kind]}")
    return list(_lines(chain, settings))


_LEDGER = {"mail": "dba.tinboxmessage", "file": "dba.timportfile", "dataset": "dba.tdataset", "report": "dba.treportrun"}


def _files_of_mail(cursor: Cursor, wanted: str) -> list[FileFact]:
    parts = lineage.attachments(cursor, of_mails=[mail.inboxmessageid for mail in lineage.mails_called(cursor, wanted)])
    return lineage.files_of_attachments(cursor, [part.inboxattachmentid for part in parts])


def _files_of_dataset(cursor: Cursor, wanted: str) -> list[FileFact]:
    if not wanted.isdecimal() or len(wanted) > 18:
        raise ConfigError(f"{wanted!r} is not the number of a dataset; look it up in {_LEDGER['dataset']}")
    return lineage.files_of_datasets(cursor, [int(wanted)])


_START = {"mail": _files_of_mail, "file": lineage.files_called, "dataset": _files_of_dataset}


def _chain(cursor: Cursor, files: list[FileFact], tables: dict[int, set[str]], mails: list[MailFact]) -> _Chain:
    datasets = lineage.datasets(cursor, [file.datasetid for file in files if file.datasetid])
    parts = lineage.attachments(cursor, ids=[file.inboxattachmentid for file in files if file.inboxattachmentid])
    parts += [part for part in lineage.attachments(cursor, of_mails=[mail.inboxmessageid for mail in mails]) if part not in parts]
    known = [mail.inboxmessageid for mail in mails]
    mails = mails + lineage.mails(cursor, [part.inboxmessageid for part in parts if part.inboxmessageid not in known])
    read_by = {dataset.datasetid: _deliveries(cursor, dataset, tables) for dataset in datasets}
    return _Chain(mails, parts, files, datasets, read_by)


def _deliveries(cursor: Cursor, dataset: DatasetFact, tables: dict[int, set[str]]) -> list[DeliveryFact]:
    if dataset.efffromdate is None:
        return []
    return lineage.deliveries_reading(cursor, [number for number, read in tables.items() if dataset.target_table in read], dataset)


# --- lines ----------------------------------------------------------------------------------------------------------------


def _lines(chain: _Chain, settings: Settings) -> Iterator[str]:
    known = {part.inboxattachmentid for part in chain.attachments}
    for mail in chain.mails:
        yield _mail_line(mail, settings)
        for part in (part for part in chain.attachments if part.inboxmessageid == mail.inboxmessageid):
            yield f"  {_attachment_line(part)}"
            for file in (file for file in chain.files if file.inboxattachmentid == part.inboxattachmentid):
                yield from (f"    {line}" for line in _file_lines(file, chain, settings))
    for file in (file for file in chain.files if file.inboxattachmentid not in known):
        yield f"{file.source or 'put into the folder by hand, or by a program that leaves no record'}"
        yield from (f"  {line}" for line in _file_lines(file, chain, settings))


def _report_lines(cursor: Cursor, tables: dict[int, set[str]], wanted: str, settings: Settings) -> Iterator[str]:
    deliveries = lineage.deliveries_called(cursor, wanted)
    if not deliveries:
        raise ConfigError(f"no delivery of a report called {wanted!r} is on record; look it up in {_LEDGER['report']}")
    delivery = deliveries[-1]
    yield _delivery_line(delivery, settings)
    datasets = lineage.datasets_counting(cursor, sorted(tables.get(delivery.reportid, ())), delivery)
    files = lineage.files_of_datasets(cursor, [dataset.datasetid for dataset in datasets])
    chain = _chain(cursor, [file for file in files if file.status != "Duplicate"], {}, [])
    yield from (f"  {line}" for line in _lines(chain, settings))


def _moment(value: datetime | None, settings: Settings) -> str:
    return value.astimezone(settings.timezone).strftime("%Y-%m-%d %H:%M:%S") if value else "-"


def _mail_line(mail: MailFact, settings: Settings) -> str:
    kept = f", kept as {mail.eml_path}" if mail.eml_path else ""
    why = f" ({mail.reason})" if mail.reason else ""
    about = f"{mail.subject!r} from {mail.sender} of {_moment(mail.sent_at, settings)}"
    return f"mail {mail.inboxmessageid} {about}, {mail.message_key} in {mail.mailbox}: {mail.status}{why}{kept}"


def _attachment_line(part: AttachmentFact) -> str:
    saved = f" as {part.saved_name}" if part.saved_name else f", not saved: {part.reason}" if part.reason else ""
    return f"attachment {part.original_name!r}, SHA-256 {part.sha256 or '-'}: {part.status}{saved}"


def _file_lines(file: FileFact, chain: _Chain, settings: Settings) -> Iterator[str]:
    rows = f"{file.rows_read:,} rows read, {file.rows_loaded:,} loaded, {file.rows_rejected:,} rejected, {file.rows_skipped:,} skipped"
    where = f", archived as {file.archived_path}" if file.archived_path else ""
    why = f" ({file.error})" if file.error else ""
    about = f"file {file.importfileid} {file.file_name}, SHA-256 {file.sha256}"
    yield f"{about}: {file.status} {_moment(file.finished_at, settings)}{why}, {rows}{where}"
    for dataset in (dataset for dataset in chain.datasets if dataset.datasetid == file.datasetid):
        yield f"  {_dataset_line(dataset, settings)}"
        for delivery in chain.read_by[dataset.datasetid]:
            yield f"    {_delivery_line(delivery, settings)}"


def _dataset_line(dataset: DatasetFact, settings: Settings) -> str:
    until = f" to {_moment(dataset.effthrudate, settings)}" if dataset.effthrudate else ""
    active = f" since {_moment(dataset.efffromdate, settings)}{until}" if dataset.efffromdate else ""
    name = f"{dataset.datasourcename} {dataset.datasettypename} {dataset.label!r} of {dataset.datasetdate}"
    there = "removed from" if dataset.statusname == "Deleted" else "in"
    rows = f"{dataset.row_count or 0:,} rows {there} {dataset.target_table}"
    return f"dataset {dataset.datasetid}, {name}: {dataset.statusname}{active}, {rows}"


def _delivery_line(delivery: DeliveryFact, settings: Settings) -> str:
    to = f" to {', '.join(delivery.recipients)}" if delivery.recipients else ""
    how = f", {delivery.output_path}" if delivery.output_path else f", Message-ID {delivery.message_id}" if delivery.message_id else ""
    again = f", attempt {delivery.attempt}" if delivery.attempt > 1 else ""
    name = f"report {delivery.reportid} {delivery.reportname!r} due {_moment(delivery.due_at, settings)}{again}"
    return f"{name}: {delivery.status} {_moment(delivery.finished_at, settings)}{to}{how}"
