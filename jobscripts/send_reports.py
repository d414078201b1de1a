#!/usr/bin/env python3
"""Send reports of dba.treportmanager by mail, each once per due time; to the outbox folder when no server is set."""

import argparse
import sys

from job_runner import Job, JobContext, run_job
from models import Outcome
from report_sender import SendOrder, send_reports


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("reports", nargs="+", metavar="REPORT", help="number or name of a report")
    parser.add_argument("--resend", action="store_true", help="send it even if it was sent for this due time")


def work(context: JobContext, args: argparse.Namespace) -> Outcome:
    order = SendOrder(context.settings, context.connection, context.run_uuid, context.dry_run, args.resend)
    return send_reports(order, args.reports)


JOB = Job(name="send_reports", description=__doc__, add_arguments=add_arguments, work=work)


def main(argv: list[str] | None = None) -> int:
    return run_job(JOB, argv)


if __name__ == "__main__":
    sys.exit(main())
