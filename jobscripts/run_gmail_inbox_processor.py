"""Takes the mails in the inbox: saves what the rules of dba.tinboxconfig ask for and moves each mail to its label."""

import argparse
import contextlib
import sys

from gmail_inbox_processor import open_mailbox, process_inbox
from job_runner import Job, JobContext, run_job
from models import Outcome


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("config", nargs="?", metavar="CONFIG", help="one rule, by number or name (default: all rules)")


def work(context: JobContext, args: argparse.Namespace) -> Outcome:
    facts = {"run_uuid": context.run_uuid, "only_config": args.config, "dry_run": context.dry_run}
    with contextlib.closing(open_mailbox(context.settings)) as mailbox:
        return process_inbox(mailbox, context.settings, context.connection, **facts)


JOB = Job("run_gmail_inbox_processor", __doc__, add_arguments, work)


def main(argv: list[str] | None = None) -> int:
    return run_job(JOB, argv)


if __name__ == "__main__":
    sys.exit(main())
