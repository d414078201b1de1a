"""Reads the rows that cron starts: dba.tscheduler and dba.treportmanager."""

from dataclasses import dataclass
from datetime import datetime

from psycopg2.extensions import connection as Connection

from cron_table import CronRow
from errors import ConfigError

# One statement, so that both tables are read at one moment.
_CRON_ROWS = """
    SELECT 'tscheduler' AS table_name, schedulerid, taskname, frequency, scriptpath, scriptargs
    FROM dba.tscheduler WHERE is_active AND frequency IS NOT NULL
    UNION ALL
    SELECT 'treportmanager', reportid, reportname, frequency, NULL, NULL
    FROM dba.treportmanager WHERE is_active AND frequency IS NOT NULL
    ORDER BY 1 DESC, 2
"""
_PROMISES = f"""
    SELECT scheduled.*, coalesce(task.last_modified_at, report.last_modified_at),
           (SELECT max(started_at) FROM dba.tjobrun AS run WHERE run.arguments = scheduled.schedulerid::text
              AND run.job = CASE table_name WHEN 'tscheduler' THEN 'run_scheduled_task' ELSE 'send_reports' END),
           coalesce(task.catch_up = 'last', false)
    FROM ({_CRON_ROWS}) AS scheduled
    LEFT JOIN dba.tscheduler AS task ON table_name = 'tscheduler' AND task.schedulerid = scheduled.schedulerid
    LEFT JOIN dba.treportmanager AS report ON table_name = 'treportmanager' AND report.reportid = scheduled.schedulerid
"""
_REFRESH = "run update_cron_jobs.py"


@dataclass(frozen=True)
class Task:
    """What dba.tscheduler says of a job to run now; `chained` are the numbers of the active rows that run after it."""

    schedulerid: int
    taskname: str
    scriptpath: str
    scriptargs: str
    timeout_seconds: float
    ping_url: str | None = None
    chained: tuple[int, ...] = ()


def cron_rows(connection: Connection) -> list[CronRow]:
    """Every active row that has a time to run: tasks, then reports, by number."""
    with connection, connection.cursor() as cursor:
        cursor.execute(_CRON_ROWS)
        return [CronRow(*row) for row in cursor]


@dataclass(frozen=True)
class Promise:
    """A row that cron starts: since when it is as it is now, its latest start (None: never), and whether it is caught up."""

    row: CronRow
    changed_at: datetime
    started_at: datetime | None
    catch_up: bool


def promises(connection: Connection) -> list[Promise]:
    """Every active row that has a time to run, with its latest start."""
    with connection, connection.cursor() as cursor:
        cursor.execute(_PROMISES)
        return [Promise(CronRow(*row[:6]), *row[6:]) for row in cursor]


def active_task(connection: Connection, schedulerid: int) -> Task:
    """The task of that number. Raises ConfigError when there is none or it is switched off."""
    with connection, connection.cursor() as cursor:
        cursor.execute(
            "SELECT schedulerid, taskname, scriptpath, scriptargs, timeout_minutes * 60, ping_url, is_active FROM dba.tscheduler"
            " WHERE schedulerid = %s",
            (schedulerid,),
        )
        row = cursor.fetchone()
        if row is None:
            raise ConfigError(f"dba.tscheduler has no row {schedulerid}; look it up there; if cron asked, {_REFRESH}")
        if not row[-1]:
            raise ConfigError(
                f"dba.tscheduler row {schedulerid} {row[1]!r} is switched off; set datastatusid to 1; if cron asked, {_REFRESH}"
            )
        cursor.execute(
            "SELECT schedulerid FROM dba.tscheduler WHERE run_after_schedulerid = %s AND is_active ORDER BY 1",
            (schedulerid,),
        )
        return Task(*row[:-1], chained=tuple(number for (number,) in cursor))
