r"""The two ways that are compared: psql's \copy, which is the floor, and ours."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from measure import Way
from stage import WRAPPER, Stage


@dataclass(frozen=True)
class Load:
    """A file, the table of the given columns that it goes to, and how many of its rows arrive there."""

    table: str
    columns: Mapping[str, str]
    file: Path
    rows: int


def psql_copy(stage: Stage, load: Load) -> Way:
    r"""\copy of the file into a table that is new and empty."""
    statement = rf"\copy {load.table} ({', '.join(load.columns)}) from '{load.file}' with (format csv, header)"
    return Way(
        ("psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-c", statement),
        stage.psql_env,
        prepare=lambda: ready(stage, load, create_table(load)),
        check=lambda: check_rows(stage, load),
    )


def ours(stage: Stage, load: Load, *, existing: bool, **config: object) -> Way:
    """run_import_job.py of the one waiting file, into a table that exists and is empty, or that it has to create.

    `config` are further columns of the feed's row in dba.timportconfig.
    """
    name = load.table.split(".")[1]
    add_feed(stage, name, target_table=load.table, **config)
    lineage = {"datasetid": "bigint NOT NULL DEFAULT dba.f_loading_datasetid()"}
    table = Load(load.table, lineage | load.columns, load.file, load.rows)

    def prepare() -> None:
        drop_file(stage, name, load.file)
        stage.sql("DELETE FROM dba.timportheader WHERE target_table = %s", load.table)
        ready(stage, load, create_table(table) if existing else f"DROP TABLE IF EXISTS {load.table}")

    return Way(our_job("run_import_job.py", name), stage.job_env, prepare, lambda: check_load(stage, load))


def our_job(*arguments: str) -> tuple[str, ...]:
    return ("bash", WRAPPER, *arguments)


def add_feed(stage: Stage, name: str, **config: object) -> None:
    row = {"config_name": name, "datasource": "Bench", "datasettype": "Bench", "file_pattern": rf"{name}\.\w+"} | config
    marks = ", ".join(["%s"] * len(row))
    stage.sql(f"INSERT INTO dba.timportconfig ({', '.join(row)}) VALUES ({marks})", *row.values())


def drop_file(stage: Stage, name: str, file: Path) -> None:
    """Put the file into the inbox as one that was never seen."""
    waiting, archived = (stage.home / folder / f"{name}{file.suffix}" for folder in ("file_watcher", "archive"))
    archived.unlink(missing_ok=True)
    waiting.unlink(missing_ok=True)
    os.link(file, waiting)
    stage.sql("DELETE FROM dba.timportfile WHERE file_name = %s", waiting.name)


def create_table(load: Load) -> str:
    columns = ", ".join(f"{name} {kind}" for name, kind in load.columns.items())
    return f"DROP TABLE IF EXISTS {load.table}; CREATE TABLE {load.table} ({columns})"


def ready(stage: Stage, load: Load, shape: str) -> None:
    """The table as it shall be, nothing of earlier runs left to be written, and the file in the page cache."""
    stage.sql(shape, user="etl_user")
    stage.sql("CHECKPOINT")
    with load.file.open("rb") as file:
        while file.read(1 << 20):
            pass


def check_load(stage: Stage, load: Load) -> None:
    """As check_rows, and raises RuntimeError also when the table has come to other columns of text than it shall have."""
    texts = {name for name, kind in load.columns.items() if kind == "text"}
    kinds = "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND atttypid = 'text'::regtype"
    found = {name for (name,) in stage.sql(kinds, load.table)}
    if found != texts:
        raise RuntimeError(f"{load.table}: the columns {sorted(found ^ texts)} have come to another type than they shall have")
    check_rows(stage, load)


def check_rows(stage: Stage, load: Load) -> None:
    """Raises RuntimeError when other than the expected rows arrived: such a run is worth no figure. Empties the table."""
    found = stage.sql(f"SELECT count(*) FROM {load.table}")[0][0]
    if found != load.rows:
        raise RuntimeError(f"{load.table} holds {found:,} rows after a run, {load.rows:,} were expected")
    stage.sql(f"TRUNCATE {load.table}")  # or autovacuum would look at the rows while the next way is measured
