"""Reads what is wrong now, and keeps in dba.talarm what the operator was told."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from psycopg2.extensions import connection as Connection


@dataclass(frozen=True)
class Problem:
    """Something wrong: what it is about, in one line what is wrong, and the run to look at, if any."""

    key: str
    text: str
    run_uuid: str | None = None


@dataclass(frozen=True)
class Alarm:
    """An open row of dba.talarm; `told_at` None: the operator does not know yet, `recovered_at` None: it lasts."""

    alarm_id: int
    key: str
    text: str
    raised_at: datetime
    told_at: datetime | None
    recovered_at: datetime | None


def failed_schedules(connection: Connection) -> list[Problem]:
    """Tasks and reports whose last run failed, and those skipped again and again."""
    return _problems(connection, "SELECT * FROM dba.f_failed_schedules()", ())


def broken_expectations(connection: Connection, now: datetime, free_gb: float, token_days: float | None) -> list[Problem]:
    """Expectations of dba.texpectation that do not hold; `token_days` None: the token has no known end."""
    return _problems(connection, "SELECT * FROM dba.f_broken_expectations(%s, %s, %s)", (now, free_gb, token_days))


def _problems(connection: Connection, query: str, values: tuple) -> list[Problem]:
    with connection, connection.cursor() as cursor:
        cursor.execute(query, values)
        return [Problem(*row) for row in cursor]


def open_alarms(connection: Connection) -> list[Alarm]:
    """The alarms that are not closed, oldest first."""
    with connection, connection.cursor() as cursor:
        cursor.execute(
            "SELECT alarmid, alarm_key, problem, raised_at, told_at, recovered_at FROM dba.talarm WHERE closed_at IS NULL ORDER BY alarmid"
        )
        return [Alarm(*row) for row in cursor]


def record(connection: Connection, problems: Iterable[Problem], now: datetime) -> None:
    """Bring dba.talarm in line with what is wrong now: new alarms, newer words for old ones, and those that are over."""
    found = {problem.key: problem.text for problem in problems}
    with connection, connection.cursor() as cursor:
        for key, text in found.items():
            # a problem that is back before its end was told is the same one; it was told, so it is told again only in time
            cursor.execute(
                "INSERT INTO dba.talarm (alarm_key, problem, raised_at) VALUES (%s, %s, %s) ON CONFLICT (alarm_key)"
                " WHERE closed_at IS NULL DO UPDATE SET problem = EXCLUDED.problem, recovered_at = NULL",
                (key, text, now),
            )
        # what nobody was told of needs no word of its end
        cursor.execute(
            "UPDATE dba.talarm SET recovered_at = %s, closed_at = CASE WHEN told_at IS NULL THEN %s::timestamptz END"
            " WHERE closed_at IS NULL AND recovered_at IS NULL AND alarm_key <> ALL (%s)",
            (now, now, list(found)),
        )


def set_told(connection: Connection, alarm_ids: list[int], now: datetime) -> None:
    """The operator has been told that these last."""
    _update(connection, "UPDATE dba.talarm SET told_at = %s WHERE alarmid = ANY (%s)", (now, alarm_ids))


def set_closed(connection: Connection, alarm_ids: list[int], now: datetime) -> None:
    """The operator has been told that these are over."""
    _update(connection, "UPDATE dba.talarm SET closed_at = %s WHERE alarmid = ANY (%s)", (now, alarm_ids))


def _update(connection: Connection, statement: str, values: tuple) -> None:
    with connection, connection.cursor() as cursor:
        cursor.execute(statement, values)


def digest_lines(connection: Connection, since: datetime) -> list[tuple[str, str]]:
    """The lines of the daily digest as (section, line)."""
    with connection, connection.cursor() as cursor:
        cursor.execute("SELECT section, line FROM dba.f_digest_lines(%s)", (since,))
        return cursor.fetchall()
