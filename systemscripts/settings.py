"""The settings of one process, read once from the environment that env.sh exports. No other module reads it."""

import os
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from errors import ConfigError

Role = Literal["job", "report"]


@dataclass(frozen=True)
class Login:
    """A database login. A password of None leaves the choice to libpq (peer, .pgpass)."""

    user: str | None
    password: str | None = field(repr=False)


@dataclass(frozen=True)
class Settings:
    """Every setting of a run; secrets never appear in its repr.

    `run_user` is whom cron runs jobs as (None: the owner of `home`); `schedulerid` is the dba.tscheduler row that
    started this run (None: a person or a report's own schedule did).
    """

    root: Path
    home: Path
    timezone: ZoneInfo
    host: str | None
    port: str | None
    database: str | None
    logins: dict[Role, Login]
    mailbox: str
    gmail_token: Path
    smtp_host: str | None
    smtp_port: int
    email: str
    email_password: str | None = field(repr=False)
    ca_bundle: str | None
    operator_email: str | None
    run_user: str | None
    schedulerid: int | None

    def path(self, text: str) -> Path:
        """The absolute path that a config row means: `archive` is below ETL_HOME, `/data/in` stays."""
        return self.home / text

    def now(self) -> datetime:
        """The present moment in the configured zone."""
        return datetime.now(self.timezone)


def load_settings() -> Settings:
    """The settings of this process. Raises ConfigError that names the variable and the fix."""
    env = os.environ.get
    root = Path(env("ETL_ROOT") or Path(__file__).resolve().parent.parent)
    person = Login(env("PGUSER"), env("PGPASSWORD"))
    return Settings(
        root=root,
        home=Path(env("ETL_HOME") or root).absolute(),
        timezone=_zone(env("ETL_TIMEZONE")),
        host=env("PGHOST"),
        port=env("PGPORT"),
        database=env("PGDATABASE"),
        logins={
            "job": _login("ETL_JOB", person),
            "report": _login("ETL_REPORT", Login("etl_report", None)),
        },
        mailbox=env("ETL_MAILBOX") or "gmail",
        gmail_token=Path(env("ETL_GMAIL_TOKEN") or root / "systemscripts" / "token.json"),
        smtp_host=env("ETL_SMTP_HOST") or None,
        smtp_port=_number("ETL_SMTP_PORT", 587),
        email=env("ETL_EMAIL") or "etl@localhost",
        email_password=env("ETL_EMAIL_PASSWORD") or None,
        ca_bundle=env("ETL_CA_BUNDLE") or None,
        operator_email=env("ETL_OPERATOR_EMAIL") or None,
        run_user=env("ETL_RUN_USER") or None,
        schedulerid=_number("ETL_SCHEDULERID", 0) or None,
    )


def _login(prefix: str, default: Login) -> Login:
    user = os.environ.get(f"{prefix}_USER")
    return Login(user, os.environ.get(f"{prefix}_PASSWORD")) if user else default


def _number(name: str, default: int) -> int:
    text = os.environ.get(name) or str(default)
    if not text.isdecimal():
        raise ConfigError(f"{name}={text!r} is not a whole number; fix it in env.local.sh, for example {name}={default}")
    return int(text)


def _zone(name: str | None) -> ZoneInfo:
    """The named zone, else the box's own as Debian keeps it in /etc/timezone, else UTC."""
    if not name:
        system = Path("/etc/timezone")
        name = system.read_text(encoding="ascii").strip() if system.is_file() else "UTC"
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise ConfigError(
            f"ETL_TIMEZONE={name!r} is not a time zone; fix it in env.local.sh, for example ETL_TIMEZONE=America/New_York"
        ) from error
