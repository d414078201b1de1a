#!/usr/bin/env python3
"""Send reports of dba.treportmanager by mail, each once per due time; to the outbox folder when no server is set."""

import argparse
import sys

from errors import ConfigError
from job_runner import Job, JobContext, run_job
from models import Outcome
from report_sender import SendOrder, check_reports, preview_reports, send_reports


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("reports", nargs="*", metavar="REPORT", help="number or name of a report")
    way = parser.add_mutually_exclusive_group()
    way.add_argument("--preview", action="store_true", help="write the HTML to the outbox folder and name the file; send nothing")
    way.add_argument("--to", metavar="ADDRESS", help="try it: send to this one address only, without a record")
    way.add_argument("--check", action="store_true", help="check template, queries and recipients (no REPORT: of every active one)")
    way.add_argument("--resend", action="store_true", help="send it even if it was sent for this due time")


def work(context: JobContext, args: argparse.Namespace) -> Outcome:
    order = SendOrder(context.settings, context.connection, context.run_uuid, context.dry_run, args.resend, args.to)
    if args.check:
        return check_reports(order, args.reports)
    if not args.reports:
        raise ConfigError("name at least one report; --check alone checks every active one")
    if args.preview and not context.dry_run:
        return preview_reports(order, args.reports)
    return send_reports(order, args.reports)


JOB = Job(name="send_reports", description=__doc__, add_arguments=add_arguments, work=work)


def main(argv: list[str] | None = None) -> int:
    return run_job(JOB, argv)


if __name__ == "__main__":
    sys.exit(main())
