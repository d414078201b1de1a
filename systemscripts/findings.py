"""What the doctor looks at, and what it says of it."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from psycopg2.extensions import connection as Connection

from cron_system import CRON_FILE
from settings import Settings


@dataclass(frozen=True)
class Box:
    """This installation. `connection` None: the database is away, `database_error` says why."""

    settings: Settings
    now: datetime
    connection: Connection | None
    database_error: str = ""
    proc: Path = Path("/proc")
    cron_file: Path = CRON_FILE


@dataclass(frozen=True)
class Finding:
    """Something that is wrong, with the fix; `fix` None: it is not set up, and needs not be."""

    text: str
    fix: str | None


def off(text: str) -> list[Finding]:
    """The one finding of a check whose thing is not set up."""
    return [Finding(text, None)]
