"""Where the measuring happens: a PostgreSQL of our own with its default, durable settings, our schema, and an ETL_HOME."""

import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from conftest import PASSWORD, ROOT, Server, _setup_sql, free_port, postgres_binaries


@dataclass(frozen=True)
class Stage:
    """A database with our schema and the folder of run-time state that goes with it."""

    server: Server
    database: str
    home: Path

    def sql(self, statement: str, *values: object, user: str = "postgres") -> list[tuple]:
        """Run a statement outside of any transaction; its rows, if it has any."""
        with contextlib.closing(self.server.connect(self.database, user)) as connection:
            connection.autocommit = True
            with connection.cursor() as cursor:
                cursor.execute(statement, values or None)
                return cursor.fetchall() if cursor.description else []

    @property
    def psql_env(self) -> dict[str, str]:
        return self.server.env | {"PGDATABASE": self.database}

    @property
    def url(self) -> str:
        return f"postgresql://postgres:{PASSWORD}@127.0.0.1:{self.server.port}/{self.database}"

    @property
    def job_env(self) -> dict[str, str]:
        """The environment in which cron would start our wrapper."""
        return {
            "PATH": "/usr/local/bin:/usr/bin:/bin",
            "ETL_HOME": str(self.home),
            "ETL_VENV": sys.prefix,
            "ETL_TIMEZONE": "UTC",
            "PGHOST": "127.0.0.1",
            "PGPORT": str(self.server.port),
            "PGDATABASE": self.database,
            "ETL_JOB_USER": "etl_user",
            "ETL_JOB_PASSWORD": PASSWORD,
            "ETL_REPORT_USER": "etl_report",
            "ETL_REPORT_PASSWORD": PASSWORD,
        }


@contextlib.contextmanager
def running_server(cache: Path) -> Iterator[tuple[Server, Path]]:
    """A server with default settings, and a folder for run-time state beside the cached files; both gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="run-", dir=cache))
    server = Server(postgres_binaries(), folder / "data", free_port())
    (folder / "password").write_text(PASSWORD)
    try:
        as_user = _as_somebody_else(folder)
        (folder / "homes").mkdir()
        run = lambda *argv: subprocess.run([*as_user, *map(str, argv)], check=True, cwd="/", stdout=subprocess.DEVNULL)  # noqa: E731
        access = ("-U", "postgres", "-A", "scram-sha-256", "--pwfile", folder / "password")
        run(server.bin / "initdb", "-D", server.data, *access, "--encoding=UTF8", "--locale=C")
        options = f"-p {server.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories=''"
        run(server.bin / "pg_ctl", "-D", server.data, "-w", "-l", folder / "log", "-o", options, "start")
        try:
            yield server, folder / "homes"
        finally:
            run(server.bin / "pg_ctl", "-D", server.data, "-m", "immediate", "-w", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _as_somebody_else(folder: Path) -> list[str]:
    """How root starts the server: PostgreSQL refuses to run as root. Gives the folder away."""
    if os.geteuid() != 0:
        return []
    for path in (folder, folder / "password"):
        shutil.chown(path, "nobody")
    return ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"]


def make_stage(server: Server, homes: Path, database: str) -> Stage:
    """A new database with our schema and the schema `bench` for target tables, and an empty ETL_HOME."""
    stage = Stage(server, database, homes / database)
    for folder in ("file_watcher", "archive", "logs"):
        (stage.home / folder).mkdir(parents=True)
    Stage(server, "postgres", homes).sql(f"CREATE DATABASE {database}")
    _setup_sql(server, database)
    stage.sql("CREATE SCHEMA bench AUTHORIZATION etl_user")
    return stage


WRAPPER = str(ROOT / "jobscripts/run_python_etl_script.sh")
