"""Brings cron in line with the rows of dba.tscheduler and dba.treportmanager: all of it, verified, or nothing."""

import logging
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from psycopg2.extensions import connection as Connection

from cron_system import (
    CRON_FILE,
    CronTarget,
    cron_is_installed,
    cron_zone,
    crontab_target,
    file_target,
    run_user,
    start_problem,
)
from cron_table import KINDS, WRAPPER, CronRow, Place, changes, check_rows, next_runs, parse_jobs, shown_time, time_warnings
from errors import ConfigError, EtlError
from models import Outcome
from schedule_tables import cron_rows
from settings import Settings

log = logging.getLogger(__name__)

_RUNS_SHOWN = 5


@dataclass(frozen=True)
class Request:
    """What the operator asked for. `output` None: /etc/cron.d/etl_jobs. `run_user` None: the owner of ETL_HOME."""

    output: Path | None = None
    user_crontab: bool = False
    run_user: str | None = None
    skip_invalid: bool = False
    check: bool = False
    dry_run: bool = False


def update_cron_jobs(settings: Settings, connection: Connection, request: Request) -> Outcome:
    """The jobs that cron now has, and as failed the rows left out; with `check`, one failure when cron differs.

    Raises ConfigError, with cron as it was, for wrong rows, for no row at all, and when cron could not start the jobs.
    """
    rows, wrong = _rows(settings, connection, request.skip_invalid)
    place = Place(str(settings.root), str(settings.home), run_user(request.run_user, settings.home))
    target = crontab_target(place) if request.user_crontab else file_target(request.output or CRON_FILE, place.user)
    now = datetime.now(cron_zone())
    wanted = target.render(rows, place, now)
    _verify(wanted, rows, target.user)
    difference, fault = changes(target.read(), wanted, target.name), target.fault()
    if difference:
        log.info("%s", difference)
    if request.check:
        drift = fault or (difference and "differs from the rows; run update_cron_jobs.py")
        return _agreement(target, len(rows), wrong, drift)
    _refuse_dead_jobs(place, request)
    if (difference or fault) and not request.dry_run:
        _replace(target, wanted)
    _say_next_runs(rows, now, settings.timezone)
    done = "unchanged" if not (difference or fault) else "would be written" if request.dry_run else "written"
    left_out = f", {wrong} wrong row(s) left out" if wrong else ""
    return Outcome(len(rows), wrong, f"{target.name}: {done}, {len(rows)} job(s), run by {place.user}{left_out}")


def _rows(settings: Settings, connection: Connection, skip_invalid: bool) -> tuple[list[CronRow], int]:
    """The rows to write, and how many wrong ones are left out."""
    rows = cron_rows(connection)
    if not rows:
        raise ConfigError(
            "no active row of dba.tscheduler or dba.treportmanager has a frequency, so cron is left as it is; "
            "set datastatusid to 1 in the rows that should run"
        )
    good, problems = check_rows(rows, job_scripts(settings.root / "jobscripts"))
    for problem in problems:
        log.error("%s", problem)
    if problems and not (skip_invalid and good):
        way_out = ", or write the others with --skip-invalid" if good else ""
        raise ConfigError(f"{len(problems)} of {len(rows)} rows are wrong, so cron is left as it is; correct them{way_out}")
    return good, len(problems)


def job_scripts(folder: Path) -> frozenset[str]:
    """The names that a row may give: plain .py and .sh files directly in jobscripts/, but not the wrapper."""
    files = (file for file in folder.iterdir() if file.is_file() and not file.is_symlink())
    return frozenset(file.name for file in files if file.suffix in (".py", ".sh")) - {Path(WRAPPER).name}


def _verify(text: str, rows: list[CronRow], user: str | None) -> None:
    """Raise unless the text, read back, is exactly one job for each row."""
    meant = [(" ".join(row.frequency.split()), user, KINDS[row.table].script, row.row_id) for row in rows]
    if [(job.fields, job.user, job.script, job.row_id) for job in parse_jobs(text)] != meant:
        raise EtlError("the cron table does not read back as the rows say, so cron is left as it is; report this as a bug")


def _agreement(target: CronTarget, jobs: int, wrong: int, drift: str | None) -> Outcome:
    if drift:
        return Outcome(jobs, wrong + 1, f"{target.name} {drift}")
    return Outcome(jobs, wrong, f"{target.name} agrees with the rows: {jobs} job(s)")


def _refuse_dead_jobs(place: Place, request: Request) -> None:
    """Raise for a live table whose jobs could not start, because cron would tell nobody; with --output only warn."""
    problem = start_problem(place)
    if problem and not request.output:
        raise ConfigError(f"cron could not start the jobs: {problem}")
    if problem:
        log.warning("cron could not start these jobs: %s", problem)
    elif not cron_is_installed():
        log.warning("this machine has no cron, so nothing will start; run: sudo apt-get install cron")


def _replace(target: CronTarget, text: str) -> None:
    target.write(text)
    fault = "does not hold what was written" if target.read() != text else target.fault()
    if fault:
        raise EtlError(f"{target.name} {fault}; something else changes or protects it: find it, then run this again")


def _say_next_runs(rows: list[CronRow], now: datetime, configured: ZoneInfo) -> None:
    log.info("next runs:")
    for moment, row in next_runs(rows, now, _RUNS_SHOWN):
        log.info("  %s  %s", shown_time(moment), row.name)
    for warning in time_warnings(rows, now):
        log.warning("%s", warning)
    halves = [datetime(now.year, month, 1) for month in (1, 7)]
    if any(now.tzinfo.utcoffset(half) != configured.utcoffset(half) for half in halves):
        log.warning(
            "cron goes by this machine's clock (%s), not by ETL_TIMEZONE (%s); set them alike, "
            "or write the frequencies in the machine's time",
            now.tzinfo.key,
            configured.key,
        )
