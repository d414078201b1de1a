"""The datasets: every loaded file is one, and only the active one of its kind, source, label and date counts."""

from datetime import date, datetime, tzinfo
from pathlib import Path

from psycopg2.extensions import cursor as Cursor

from csv_dialect import TableSource
from errors import BadFileError, NoRowsError
from file_metadata import name_part, parse_date
from models import ImportConfig


def create_dataset(cursor: Cursor, config: ImportConfig, label: str, day: date) -> int:
    """The datasetid of a new, inactive dataset; rows that this transaction copies carry it."""
    cursor.execute("SELECT dba.f_dataset_iu(%s, %s, %s, %s)", (config.datasettype, config.datasource, label, day))
    datasetid = cursor.fetchone()[0]
    cursor.execute("SELECT set_config('etl.datasetid', %s, true)", (str(datasetid),))
    return datasetid


def activate_dataset(cursor: Cursor, datasetid: int, rows: int) -> None:
    """Retire the predecessor and make this dataset the one that counts."""
    cursor.execute("CALL dba.p_dataset_activate(%s, %s)", (datasetid, rows))


def mark_empty(cursor: Cursor, datasetid: int) -> None:
    """The file was read and held no rows: the dataset says so, its predecessor stays active."""
    cursor.execute("CALL dba.p_dataset_deactivate(%s, 6)", (datasetid,))


def dataset_key(config: ImportConfig, path: Path, timezone: tzinfo, source: TableSource | None = None) -> tuple[str, str, str, date]:
    """(type, source, label, date) of the dataset in a file; `timezone` tells on which day the file was last changed.

    Without a source, what stands in the content counts as the file's name: enough to keep the order of files apart. Raises
    BadFileError when name or content do not tell, NoRowsError when the rows should tell and there are none.
    """
    label = _told(config, "label", path, source)
    if config.dateconfig == "mtime":
        day = datetime.fromtimestamp(path.stat().st_mtime, timezone).date()
    elif config.dateconfig == "file_content" and source is None:
        day = date.min
    else:
        text = _told(config, "date", path, source)
        day = parse_date(text, config.dateformat or "yyyyMMdd", f"{path.name}: date of the dataset").date()
    return config.datasettype, config.datasource, label, day


def _told(config: ImportConfig, what: str, path: Path, source: TableSource | None) -> str:
    rule, location = (
        (config.metadata_label_source, config.metadata_label_location) if what == "label" else (config.dateconfig, config.datelocation)
    )
    if rule == "filename":
        return name_part(path.name, config.filename_delimiter or "_", location or "1")
    if rule == "file_content":
        return path.name if source is None else _first_value(source, location or "", path, what)
    return location or config.config_name


def _first_value(source: TableSource, column: str, path: Path, what: str) -> str:
    """The first row's value in that column of the file."""
    first = next((chunk for chunk in source.chunks(1 << 16) if not chunk.skipped), None)
    if first is None:
        raise NoRowsError(f"{path.name}: has no rows, which hold the {what} of the dataset")
    if column not in source.header:
        raise BadFileError(
            f"{path.name}: has no column {column!r}, which holds the {what} of the dataset; correct the location in dba.timportconfig"
        )
    row = [] if first.fault else source.dialect.rows(first.data)[0]
    value = dict(zip(source.header, row, strict=False)).get(column, "")
    if not value:
        raise BadFileError(f"{path.name}: column {column!r} of the first row is empty, it holds the {what} of the dataset")
    return value
