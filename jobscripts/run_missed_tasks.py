"""Runs once what was missed while the machine was off, for rows of dba.tscheduler with catch_up last."""

import argparse
import sys

from alarms import run_missed
from job_runner import Job, JobContext, run_job
from models import Outcome


def work(context: JobContext, _args: argparse.Namespace) -> Outcome:
    return run_missed(context.settings, context.connection, dry_run=context.dry_run)


JOB = Job("run_missed_tasks", __doc__, lambda parser: None, work, lock=lambda _: "the missed tasks")


def main(argv: list[str] | None = None) -> int:
    return run_job(JOB, argv)


if __name__ == "__main__":
    sys.exit(main())
