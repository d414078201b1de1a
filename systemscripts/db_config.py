"""The door to PostgreSQL: the only place that opens connections."""

import psycopg2
import psycopg2.extensions
from psycopg2 import sql

from errors import SourceError
from settings import Role, Settings

# A server that vanished without a word must not hang a job: statement_timeout does not help against a silent
# network, these do. https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-PARAMKEYWORDS
_NETWORK_LIMITS = {
    "connect_timeout": 10,
    "tcp_user_timeout": 30_000,
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
}


def connect(settings: Settings, role: Role = "job") -> psycopg2.extensions.connection:
    """An open connection as the given role, clock in the configured zone. Raises SourceError when the server is away."""
    login = settings.logins[role]
    given = {
        "host": settings.host,
        "port": settings.port,
        "dbname": settings.database,
        "user": login.user,
        "password": login.password,
    }
    # YMD: PostgreSQL then refuses 02/01/2014 instead of guessing which number is the day
    try:
        return psycopg2.connect(
            **{name: value for name, value in given.items() if value},
            **_NETWORK_LIMITS,
            client_encoding="UTF8",
            application_name=f"client_etl_{role}",
            options=f"-c TimeZone={settings.timezone.key} -c DateStyle=ISO,YMD -c IntervalStyle=postgres",
        )
    except psycopg2.OperationalError as error:
        reason = (str(error).strip() or "no answer").splitlines()[-1]
        raise SourceError(
            f"PostgreSQL at {settings.host or 'the local socket'} port {settings.port or 5432} cannot be used: {reason}; "
            "start the server or correct PG* in env.local.sh"
        ) from error


def identifier(table: str) -> sql.Identifier:
    """`schema.table` as a quoted identifier."""
    return sql.Identifier(*table.split(".", 1))
