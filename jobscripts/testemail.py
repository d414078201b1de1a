#!/usr/bin/env python3
"""Send a test mail with a query result to one address and say each step of the talk with the mail server."""

import argparse
import sys

from job_runner import Job, JobContext, run_job
from mail_check import send_test_mail
from models import Outcome


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("address", metavar="ADDRESS", help="where the test mail goes")


def work(context: JobContext, args: argparse.Namespace) -> Outcome:
    return send_test_mail(context.settings, args.address, context.run_uuid)


JOB = Job(name="testemail", description=__doc__, add_arguments=add_arguments, work=work, changes=False)


def main(argv: list[str] | None = None) -> int:
    return run_job(JOB, argv)


if __name__ == "__main__":
    sys.exit(main())
