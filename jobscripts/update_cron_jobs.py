"""Writes cron's file of jobs, /etc/cron.d/etl_jobs, from the active rows of dba.tscheduler and dba.treportmanager."""

import argparse
import sys
from pathlib import Path

from cron_jobs import Request, update_cron_jobs
from job_runner import Job, JobContext, run_job
from models import Outcome


def add_arguments(parser: argparse.ArgumentParser) -> None:
    target = parser.add_mutually_exclusive_group()
    target.add_argument("--output", type=Path, metavar="FILE", help="write this file instead of /etc/cron.d/etl_jobs")
    target.add_argument("--user-crontab", action="store_true", help="write to the run user's crontab; needs no root")
    parser.add_argument("--run-user", metavar="NAME", help="runs the jobs; default ETL_RUN_USER, else ETL_HOME's owner")
    parser.add_argument("--skip-invalid", action="store_true", help="leave wrong rows out; exit code 1")
    parser.add_argument("--check", action="store_true", help="change nothing; exit code 1 when cron differs")


def work(context: JobContext, args: argparse.Namespace) -> Outcome:
    request = Request(
        output=args.output,
        user_crontab=args.user_crontab,
        run_user=args.run_user or context.settings.run_user,
        skip_invalid=args.skip_invalid,
        check=args.check,
        dry_run=context.dry_run,
    )
    return update_cron_jobs(context.settings, context.connection, request)


JOB = Job("update_cron_jobs", __doc__, add_arguments, work, lock=lambda _: "the cron table")


def main(argv: list[str] | None = None) -> int:
    return run_job(JOB, argv)


if __name__ == "__main__":
    sys.exit(main())
