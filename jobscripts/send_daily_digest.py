"""Mails the operator what ran, what arrived, what is late and what was rejected in the last 24 hours."""

import argparse
import sys

from alarms import send_digest
from job_runner import Job, JobContext, run_job
from models import Outcome


def work(context: JobContext, _args: argparse.Namespace) -> Outcome:
    return send_digest(context.settings, context.connection, dry_run=context.dry_run)


JOB = Job("send_daily_digest", __doc__, lambda parser: None, work, lock=lambda _: "the daily digest")


def main(argv: list[str] | None = None) -> int:
    return run_job(JOB, argv)


if __name__ == "__main__":
    sys.exit(main())
