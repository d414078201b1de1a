"""Runs one row of dba.tscheduler now: its script with its arguments, within its time limit, never twice at once."""

import argparse
import shlex
import sys

from job_runner import Job, JobContext, run_job
from models import Outcome
from schedule_tables import active_task
from scheduled_task import command_of, run_task


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("schedulerid", type=int, metavar="ID", help="the row's schedulerid")


def work(context: JobContext, args: argparse.Namespace) -> Outcome:
    task, root = active_task(context.connection, args.schedulerid), context.settings.root
    if context.dry_run:
        return Outcome(message=f"task {task.taskname!r} would run: {shlex.join(command_of(task, root))}")
    return run_task(task, root, context.run_uuid)


JOB = Job("run_scheduled_task", __doc__, add_arguments, work, lock=lambda args: f"scheduled task {args.schedulerid}")


def main(argv: list[str] | None = None) -> int:
    return run_job(JOB, argv)


if __name__ == "__main__":
    sys.exit(main())
