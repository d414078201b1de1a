"""Mails the operator what failed, was skipped or missed, is late or differs from the rows; and when it is over."""

import argparse
import sys

from alarms import check_alarms
from job_runner import Job, JobContext, run_job
from models import Outcome


def work(context: JobContext, _args: argparse.Namespace) -> Outcome:
    return check_alarms(context.settings, context.connection, dry_run=context.dry_run)


JOB = Job("check_alarms", __doc__, lambda parser: None, work, lock=lambda _: "the alarms")


def main(argv: list[str] | None = None) -> int:
    return run_job(JOB, argv)


if __name__ == "__main__":
    sys.exit(main())
