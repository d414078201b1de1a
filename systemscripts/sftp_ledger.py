"""SQL of SFTP: the exchanges (dba.tsftpconfig) and the ledger (dba.tsftptransfer).

A transfer is started, then verified (the whole file lies under its temporary name), then done (it has its final name).
Every function commits: a step is on record before the next one is taken.
"""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from psycopg2.extensions import connection as Connection

from errors import ConfigError


@dataclass(frozen=True)
class SftpConfig:
    """One active row of dba.tsftpconfig."""

    config_id: int
    config_name: str
    host: str
    port: int
    username: str
    key_file: str
    host_key: str
    direction: str
    remote_path: str
    local_path: str
    file_pattern: str
    after_transfer: str
    after_transfer_path: str | None
    timeout_seconds: int
    settle_seconds: int
    max_seconds: int


@dataclass(frozen=True)
class Transfer:
    """One row of dba.tsftptransfer."""

    sftptransferid: int
    remote_path: str
    local_path: str
    sha256: str | None
    size_bytes: int
    remote_modified_at: datetime | None
    status: str
    verified_at: datetime | None


def sftp_config(connection: Connection, wanted: str) -> SftpConfig:
    """The active exchange of that number or name. Raises ConfigError that lists what there is."""
    with connection, connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(SftpConfig.__dataclass_fields__)} FROM dba.tsftpconfig WHERE is_active ORDER BY config_id")
        configs = [SftpConfig(*row) for row in cursor]
    for config in configs:
        if wanted in (str(config.config_id), config.config_name):
            return config
    names = ", ".join(f"{config.config_id} {config.config_name!r}" for config in configs) or "none"
    raise ConfigError(f"no active row of dba.tsftpconfig is called {wanted!r}; there are: {names}")


def transfers_of(connection: Connection, config_id: int) -> list[Transfer]:
    """Every transfer of the exchange that is done or under way, oldest first."""
    with connection, connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {', '.join(Transfer.__dataclass_fields__)} FROM dba.tsftptransfer WHERE config_id = %s ORDER BY sftptransferid",
            (config_id,),
        )
        return [Transfer(*row) for row in cursor]


def begin_transfer(connection: Connection, config: SftpConfig, run_uuid: str, row: dict) -> int:
    """Put on record that a file is being moved; `row` has the columns that are known. Returns its number.

    A try that was cut off and is not gone on with is failed by now.
    """
    values = {"config_id": config.config_id, "run_uuid": run_uuid, "direction": config.direction, **row}
    with connection, connection.cursor() as cursor:
        cursor.execute(
            "UPDATE dba.tsftptransfer SET status = 'failed', error = coalesce(error, 'the run was cut off')"
            " WHERE config_id = %s AND remote_path = %s AND status = 'started' AND verified_at IS NULL",
            (config.config_id, row["remote_path"]),
        )
        cursor.execute(
            f"INSERT INTO dba.tsftptransfer ({', '.join(values)}) VALUES ({', '.join(['%s'] * len(values))}) RETURNING sftptransferid",
            tuple(values.values()),
        )
        return cursor.fetchone()[0]


@contextlib.contextmanager
def folder_alone(connection: Connection, folder: str) -> Iterator[None]:
    """Wait until this session alone gives names in a folder; it is the lock that saved attachments take too."""
    key = ("mail folder:" + folder,)
    with connection, connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(hashtextextended(%s, 0))", key)
    try:
        yield
    finally:
        with connection, connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(hashtextextended(%s, 0))", key)


def verify_transfer(connection: Connection, transfer_id: int, sha256: str, local_path: str) -> None:
    """Put on record that the whole file lies under its temporary name and now gets its final one."""
    _update(connection, "sha256 = %s, local_path = %s, verified_at = clock_timestamp(), error = NULL", sha256, local_path, transfer_id)


def finish_transfer(connection: Connection, transfer_id: int) -> None:
    """Put on record that the file has its final name."""
    _update(connection, "status = 'done', error = NULL", transfer_id)


def fail_transfer(connection: Connection, transfer_id: int, error: str) -> None:
    """Put on record why a transfer stopped; one that was verified stays started, so that its last step is made up for."""
    _update(connection, "error = %s, status = CASE WHEN verified_at IS NULL THEN 'failed' ELSE status END", error, transfer_id)


def _update(connection: Connection, changes: str, *values: object) -> None:
    with connection, connection.cursor() as cursor:
        cursor.execute(f"UPDATE dba.tsftptransfer SET {changes} WHERE sftptransferid = %s", values)
