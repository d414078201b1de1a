"""Runs the script of a row of dba.tscheduler: within its time, leaving nothing behind, with its own exit code."""

import contextlib
import logging
import os
import shlex
import signal
import subprocess
import threading
import time
from pathlib import Path
from typing import BinaryIO

from cron_table import KINDS, WRAPPER
from errors import ConfigError, EtlError
from models import Outcome
from schedule_tables import Task
from watchdog_ping import pinged

log = logging.getLogger(__name__)

TIMED_OUT = 124
_TAIL_BYTES = 8_000


class TaskError(EtlError):
    """The script failed or ran out of time; its exit code becomes ours."""

    def __init__(self, message: str, exit_code: int) -> None:
        super().__init__(message)
        self.exit_code = exit_code


def command_of(task: Task, root: Path) -> list[str]:
    """The wrapper with the task's script and arguments, each argument as the row quotes it. Raises ConfigError."""
    try:
        arguments = shlex.split(task.scriptargs)
    except ValueError as error:
        raise ConfigError(f"{_name(task)}: scriptargs {task.scriptargs!r} has a quote that is not closed; close it") from error
    return [str(root / WRAPPER), task.scriptpath, *arguments]


def run_task(task: Task, root: Path, run_uuid: str, grace: float = 10.0) -> Outcome:
    """Run the task and, when it ended well, the tasks chained to it; done and failed count them.

    Over its time the script and all it started get TERM and, `grace` seconds later, KILL. The end of its output goes to
    the log. Raises TaskError with the script's own exit code (124: out of time; 128 + n: killed by signal n).
    """
    started = time.monotonic()
    command = ["env", f"ETL_SCHEDULERID={task.schedulerid}", *command_of(task, root)]
    with pinged(task.ping_url, run_uuid):
        code, tail = _supervise(command, task.timeout_seconds, grace)
        if tail:
            log.info("the last lines of %s:\n%s", task.scriptpath, tail)
        if code:
            raise TaskError(f"{_name(task)}: {task.scriptpath} {_how(code, task)}", code)
    failed = sum(run_as_task(schedulerid, root, grace) for schedulerid in task.chained)
    after = f", {len(task.chained)} task(s) chained to it with {failed} failed" if task.chained else ""
    message = f"{_name(task)} done in {time.monotonic() - started:.0f} s{after}"
    return Outcome(1 + len(task.chained) - failed, failed, message)


def _name(task: Task) -> str:
    return f"task {task.schedulerid} {task.taskname!r}"


def _how(code: int, task: Task) -> str:
    if code != TIMED_OUT:
        return f"ended with exit code {code}; its last lines are in the log above"
    return f"was stopped after {task.timeout_seconds / 60:g} minute(s); find out why it hangs, or raise timeout_minutes"


def run_as_task(schedulerid: int, root: Path, grace: float = 10.0) -> bool:
    """Run another row as a run of its own, with its own lock, time limit and record; True when it failed."""
    command = [str(root / WRAPPER), KINDS["tscheduler"].script, str(schedulerid)]
    code, tail = _supervise(command, None, grace)
    log.log(logging.ERROR if code else logging.INFO, "task %d, exit code %d:\n%s", schedulerid, code, tail)
    return code != 0


def _supervise(command: list[str], limit: float | None, grace: float) -> tuple[int, str]:
    """Run a command in a process group of its own for at most `limit` seconds; its exit code and its last lines."""
    # setpriv: a runner that is killed takes its script along, so that the next one does not find it still going
    child = subprocess.Popen(
        ["setpriv", "--pdeathsig", "TERM", *command],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    tail = bytearray()
    reader = threading.Thread(target=_keep_tail, args=(child.stdout, tail), daemon=True)
    reader.start()
    try:
        code = child.wait(limit)
    except subprocess.TimeoutExpired:
        code = TIMED_OUT
    finally:
        _end_group(child, grace)
        reader.join(5)  # a process that left the group may hold the pipe open for ever
    return code if code >= 0 else 128 - code, bytes(tail).decode(errors="replace").strip()


def _keep_tail(stream: BinaryIO, tail: bytearray) -> None:
    while chunk := stream.read1(65_536):
        tail += chunk
        del tail[:-_TAIL_BYTES]


def _end_group(child: subprocess.Popen, grace: float) -> None:
    """TERM to whatever of the group still runs, and KILL after `grace` seconds; returns when nothing is left."""
    for number, patience in ((signal.SIGTERM, grace), (signal.SIGKILL, 5.0)):
        if _gone_within(child, number, patience):
            return


def _gone_within(child: subprocess.Popen, number: int, seconds: float) -> bool:
    end = time.monotonic() + seconds
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child.pid, number)
        while time.monotonic() < end:
            child.poll()  # our own dead child counts as a member until it is collected
            os.killpg(child.pid, 0)
            time.sleep(0.02)
        return False
    return True
