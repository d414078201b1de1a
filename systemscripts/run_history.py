"""The record of every run: dba.tjobrun and dba.tlogentry, and the lock that keeps one job from running twice."""

import json
import os
import time
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

from psycopg2.extensions import connection as Connection
from psycopg2.extras import RealDictCursor, execute_values

from directory_management import write_whole
from errors import ConfigError
from log_utils import LogRow


@dataclass(frozen=True)
class Run:
    """One run of a job; times are ISO 8601 text with zone. `ended_at` None means that it still runs."""

    run_uuid: str
    job: str
    arguments: str
    host: str
    user_name: str
    pid: int
    started_at: str
    schedulerid: int | None = None
    ended_at: str | None = None
    status: str = "running"
    exit_code: int | None = None
    items_ok: int = 0
    items_failed: int = 0
    message: str | None = None


# a clock that was set meanwhile must not make a living run look dead
_CLOCK_STEP_SECONDS = 120

_COLUMNS = tuple(Run.__dataclass_fields__)
_START = f"INSERT INTO dba.tjobrun ({', '.join(_COLUMNS)}) VALUES ({', '.join(f'%({name})s' for name in _COLUMNS)})"
_END = f"UPDATE dba.tjobrun SET {', '.join(f'{name} = %({name})s' for name in _COLUMNS[8:])} WHERE run_uuid = %(run_uuid)s"


def save_run(connection: Connection, run: Run) -> None:
    """Write a run, or its end when its start is on record. The connection is in autocommit."""
    with connection.cursor() as cursor:
        cursor.execute(_END, asdict(run))
        if not cursor.rowcount:
            cursor.execute(_START, asdict(run))


def spool_run(folder: Path, run: Run) -> None:
    """Keep a run's record as a file while the database is away."""
    write_whole(folder / f"{run.run_uuid}.json", json.dumps(asdict(run)).encode(), overwrite=True)


def replay_spool(connection: Connection, folder: Path) -> int:
    """Write the spooled runs into the database and remove their files; returns how many there were."""
    files = sorted(folder.glob("*.json")) if folder.is_dir() else []
    for file in files:
        save_run(connection, Run(**json.loads(file.read_text(encoding="utf-8"))))
        file.unlink(missing_ok=True)
    return len(files)


def mark_lost(connection: Connection, host: str) -> int:
    """End the runs of this host whose process is gone without a word; returns how many there were."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT run_uuid, pid, started_at FROM dba.tjobrun WHERE status = 'running' AND host = %s", (host,))
        gone = [run_uuid for run_uuid, pid, started_at in cursor if not _still_runs(pid, started_at.timestamp())]
        cursor.execute(
            "UPDATE dba.tjobrun SET status = 'lost', ended_at = clock_timestamp(), message = 'ended without a word: killed, or power cut'"
            " WHERE run_uuid = ANY (%s::uuid[]) AND status = 'running'",
            (gone,),
        )
        return cursor.rowcount


def _still_runs(pid: int, started_at: float) -> bool:
    """False when there is no such process, or one that began after the run did: the number was given out again."""
    try:
        ticks = int(Path(f"/proc/{pid}/stat").read_text(encoding="latin-1").rpartition(")")[2].split()[19])
    except (OSError, IndexError):
        return False
    now = time.time()
    began = now - time.clock_gettime(time.CLOCK_BOOTTIME) + ticks / os.sysconf("SC_CLK_TCK")
    return began <= started_at + _CLOCK_STEP_SECONDS


def recent_runs(connection: Connection, job: str | None, failed: bool, limit: int) -> list[dict]:
    """The newest runs first, as rows of dba.tjobrun; `job` is a script's name, or a task's as in dba.tscheduler."""
    with connection, connection.cursor(cursor_factory=RealDictCursor) as cursor:
        cursor.execute(
            "SELECT run.*, taskname FROM dba.tjobrun AS run LEFT JOIN dba.tscheduler AS task"
            " ON task.schedulerid::text = CASE WHEN job = 'run_scheduled_task' THEN arguments ELSE run.schedulerid::text END"
            " WHERE job <> 'job_history' AND (%(job)s IS NULL OR %(job)s IN (job, job || '.py', taskname))"
            " AND (NOT %(failed)s OR status IN ('failed', 'timeout', 'lost', 'busy'))"
            " ORDER BY started_at DESC, jobrunid DESC LIMIT %(limit)s",
            {"job": job, "failed": failed, "limit": limit},
        )
        return [dict(row) for row in cursor]


def run_with_log(connection: Connection, wanted: str) -> tuple[dict, list[tuple]]:
    """The run of that number or run id, and its log lines (timestamp, level, message). Raises ConfigError when there is none."""
    with connection, connection.cursor(cursor_factory=RealDictCursor) as cursor:
        cursor.execute("SELECT * FROM dba.tjobrun WHERE %s IN (jobrunid::text, run_uuid::text)", (wanted,))
        run = cursor.fetchone()
        if run is None:
            raise ConfigError(f"dba.tjobrun has no run {wanted}; look it up with job_history.py")
    return dict(run), log_lines(connection, run["run_uuid"])


def log_lines(connection: Connection, run_uuid: str, last: int | None = None) -> list[tuple]:
    """The log lines (timestamp, level, message) of a run in order; `last`: only so many, from the end."""
    with connection, connection.cursor() as cursor:
        cursor.execute(
            "SELECT * FROM (SELECT timestamp, level, message FROM dba.tlogentry WHERE run_uuid = %s"
            " ORDER BY logentryid DESC LIMIT %s) AS newest ORDER BY timestamp",
            (run_uuid, last),
        )
        return cursor.fetchall()


def save_log_lines(connection: Connection, rows: Iterable[LogRow]) -> None:
    """Write log lines in one statement. The connection is in autocommit."""
    with connection.cursor() as cursor:
        execute_values(
            cursor,
            "INSERT INTO dba.tlogentry (timestamp, run_uuid, level, processtype, stepcounter, username,"
            " stepruntime, totalruntime, message) VALUES %s",
            # PostgreSQL text holds no NUL
            [(*row[:-1], row[-1].replace("\0", "\\0")) for row in rows],
        )


def try_lock(connection: Connection, name: str) -> bool:
    """True when this session now holds the lock of that name; the lock dies with the session, on any host."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(hashtextextended('job:' || %s, 0))", (name,))
        return cursor.fetchone()[0]
