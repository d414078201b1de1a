#!/usr/bin/env python3
"""Fetch new files from, or bring files to, another machine by SFTP, as a row of dba.tsftpconfig says; each file once."""

import argparse
import sys

from job_runner import Job, JobContext, run_job
from models import Outcome
from sftp_transfers import Exchange, exchange_files, explain_exchange


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("config", metavar="CONFIG", help="config_id or config_name of dba.tsftpconfig")
    parser.add_argument("--test", dest="dry_run", action="store_true", help="log in, list, say what would be done; as --dry-run")


def work(context: JobContext, args: argparse.Namespace) -> Outcome:
    exchange = Exchange.of(context.settings, context.connection, context.run_uuid, args.config)
    return explain_exchange(exchange) if context.dry_run else exchange_files(exchange)


def main(argv: list[str] | None = None) -> int:
    return run_job(Job("sftp_exchange", __doc__, add_arguments, work), argv)


if __name__ == "__main__":
    sys.exit(main())
