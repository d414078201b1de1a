"""Looks at everything the pipeline stands on and says what is wrong and how to put it right. Changes nothing."""

import contextlib
import dataclasses
import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import box_checks
import row_checks
from db_config import connect
from errors import EtlError
from findings import Box, Finding
from import_messages import first_line
from settings import Settings

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Check:
    """One thing that is looked at: its name, what is true when nothing is found, and how to look."""

    name: str
    when_well: str
    look: Callable[[Box], list[Finding]]
    needs_database: bool = True


CHECKS = (
    Check("database", "PostgreSQL answers", row_checks.database, needs_database=False),
    Check("roles and grants", "every role may do what it must and no more", row_checks.rights),
    Check("schema version", "the database is what this checkout sets up", row_checks.schema_version),
    Check("folders", "all there, ours, and not open to everybody", box_checks.folders, needs_database=False),
    Check("secrets", "only their owner can read them", box_checks.secrets, needs_database=False),
    Check("cron daemon", "is running", box_checks.cron_daemon, needs_database=False),
    Check("cron table", "is accepted and agrees with the rows", box_checks.cron_table),
    Check("disk", "has room", box_checks.disk, needs_database=False),
    Check("clock", "goes right, in the right zone", box_checks.clock, needs_database=False),
    Check("gmail token", "is there, with the right scope", box_checks.gmail_token, needs_database=False),
    Check("mail server", "takes our log-in", box_checks.mail_server, needs_database=False),
    Check("known hosts", "every SFTP server is pinned", row_checks.known_hosts),
    Check("backup", "there is a recent one", row_checks.backups),
    Check("restore", "was proven lately", row_checks.restores),
    Check("patterns", "all are regular expressions", row_checks.patterns),
    Check("config folders", "are there", row_checks.config_folders),
    Check("scripts", "are there", row_checks.scripts),
    Check("report queries", "can be planned", row_checks.report_queries),
    Check("unmatched files", "every waiting file has its feed", row_checks.unmatched_files),
)


@dataclass(frozen=True)
class Line:
    """What came of a check: state ok, off (not set up), skipped (no database to look in) or problem."""

    check: str
    state: str
    text: str
    fix: str | None = None


@contextlib.contextmanager
def opened_box(settings: Settings) -> Iterator[Box]:
    """The installation as the job's login sees it; the database may be away."""
    try:
        connection = connect(settings)
    except EtlError as error:
        yield Box(settings, settings.now(), None, str(error))
        return
    with contextlib.closing(connection):
        connection.set_session(readonly=True)
        yield Box(settings, settings.now(), connection)


def diagnose(box: Box) -> list[Line]:
    """One line or more for every check; a check that fails itself is a problem and does not stop the others."""
    return [line for check in CHECKS for line in _lines(check, box)]


def _lines(check: Check, box: Box) -> list[Line]:
    if check.needs_database and box.connection is None:
        return [Line(check.name, "skipped", "the database is away")]
    try:
        found = check.look(box)
    except Exception as error:  # the check owns it: the others are made all the same
        log.debug("traceback", exc_info=True)
        return [Line(check.name, "problem", f"cannot be checked: {first_line(error)}", "mend that and run doctor.py again")]
    states = [Line(check.name, "problem" if item.fix else "off", item.text, item.fix) for item in found]
    return states or [Line(check.name, "ok", check.when_well)]


def shown(lines: list[Line]) -> str:
    """The lines for a person, problems with their fix below."""
    parts = []
    for line in lines:
        parts.append(f"{line.state.upper() if line.fix else line.state:<8} {line.check}: {line.text}")
        parts += [f"         fix: {line.fix}"] if line.fix else []
    problems = sum(line.state == "problem" for line in lines)
    return "\n".join([*parts, f"{problems} problem(s) found" if problems else "nothing is wrong"])


def as_data(lines: list[Line]) -> list[dict]:
    """The lines for a program: a list of objects check, state, text, fix."""
    return [dataclasses.asdict(line) for line in lines]
