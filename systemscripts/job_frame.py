"""What happens around a job's work: log, lock, connection, run record, and an exit code that tells the truth."""

import argparse
import contextlib
import logging
import os
import shlex
import signal
import uuid
from collections.abc import Callable, Iterator
from dataclasses import replace

import psycopg2
from psycopg2.extensions import connection as Connection

from db_config import connect
from errors import BusyError, EtlError, SourceError
from job_models import Job, JobContext
from log_utils import RunFacts, run_log, terminal_log
from models import Outcome
from run_history import Run, mark_lost, replay_spool, save_log_lines, save_run, spool_run, try_lock
from settings import Settings
from user_utils import host_name, user_name

log = logging.getLogger(__name__)

_STATUS_OF_EXIT_CODE = {0: "ok", 75: "busy", 124: "timeout"}


def dry_run(job: Job, args: argparse.Namespace, settings: Settings) -> int:
    """A run that leaves no trace: no run record, no log file, and a connection that PostgreSQL keeps read-only."""

    def work() -> Outcome:
        with contextlib.closing(connect(settings)) as connection:
            connection.set_session(readonly=True)
            return job.work(JobContext(settings, str(uuid.uuid4()), connection, True), args)

    with terminal_log():
        return _guarded(work, job.name, "run it without --dry-run to log the details")[1]


def recorded_run(job: Job, args: argparse.Namespace, settings: Settings, argv: list[str]) -> int:
    run = Run(
        run_uuid=str(uuid.uuid4()),
        job=job.name,
        arguments=shlex.join(argv),
        host=host_name(),
        user_name=user_name(),
        pid=os.getpid(),
        started_at=settings.now().isoformat(),
        schedulerid=settings.schedulerid,
    )
    facts = RunFacts(run.run_uuid, job.name, run.user_name, settings.timezone)
    with _ledger(settings) as ledger:
        write_rows = None if isinstance(ledger, EtlError) else lambda rows: save_log_lines(ledger, rows)
        with run_log(settings.path("logs"), facts, write_rows, quiet=job.quiet(args)) as log_file:
            log.debug("start: %s %s", job.name, run.arguments)

            def work() -> Outcome:
                without = JobContext(settings, run.run_uuid, None, False)
                if isinstance(ledger, EtlError):
                    if job.needs_database:
                        raise ledger
                    return job.work(without, args)
                replay_spool(ledger, settings.path("logs/spool"))
                mark_lost(ledger, run.host)
                if job.lock and not try_lock(ledger, job.lock(args)):
                    raise BusyError(f"{job.lock(args)} is being worked on by another run; nothing to do here")
                save_run(ledger, run)
                if not job.needs_database:
                    return job.work(without, args)
                with contextlib.closing(connect(settings)) as connection:
                    return job.work(JobContext(settings, run.run_uuid, connection, False), args)

            outcome, exit_code = _guarded(work, job.name, f"the details are in {log_file}")
            ended = replace(
                run,
                ended_at=settings.now().isoformat(),
                status=_STATUS_OF_EXIT_CODE.get(exit_code, "failed"),
                exit_code=exit_code,
                items_ok=outcome.done,
                items_failed=outcome.failed,
                message=outcome.message[:2000] or None,
            )
            log.debug("end: exit code %d", exit_code)
        _save_end(ledger, ended, settings)
    return exit_code


@contextlib.contextmanager
def _ledger(settings: Settings) -> Iterator[Connection | EtlError]:
    """The autocommit connection of run record, log lines and lock; the error itself when there is no database."""
    try:
        connection = connect(settings)
    except EtlError as error:
        yield error
        return
    connection.autocommit = True
    with contextlib.closing(connection):
        yield connection


def _guarded(work: Callable[[], Outcome], name: str, where: str) -> tuple[Outcome, int]:
    """Run `work`; every way it can end becomes an outcome, an exit code and one line that says why."""
    level, caught = logging.ERROR, None
    try:
        outcome = work()
        if outcome.message:
            log.info("%s", outcome.message)
        return outcome, 1 if outcome.failed else 0
    except EtlError as error:
        caught, code, line = error, error.exit_code, str(error)
        level = logging.WARNING if isinstance(error, BusyError) else logging.ERROR
    except (psycopg2.OperationalError, psycopg2.InterfaceError) as error:
        reason = (str(error).strip() or "connection lost").splitlines()[0]
        caught, code = error, SourceError.exit_code
        line = f"{name}: the database went away ({reason}); the next run does what is left"
    except (KeyboardInterrupt, SystemExit) as error:
        code = error.code if isinstance(error, SystemExit) and isinstance(error.code, int) else 128 + signal.SIGINT
        caught, line = error, f"{name} was stopped by a signal; the next run does what is left"
    except Exception as error:  # the job owns itself: whatever it is, it is on record and the exit code tells
        caught, code = error, 1
        line = f"{name} stopped by an unexpected error: {type(error).__name__}: {error}; {where}"
    log.log(level, "%s", line)
    log.debug("traceback", exc_info=caught)
    return Outcome(failed=int(level == logging.ERROR), message=line), code


def _save_end(ledger: Connection | EtlError, run: Run, settings: Settings) -> None:
    """Record how the run ended; in a file when the database cannot take it now."""
    try:
        if isinstance(ledger, EtlError):
            raise ledger
        save_run(ledger, run)
    except (EtlError, psycopg2.Error):
        spool_run(settings.path("logs/spool"), run)
