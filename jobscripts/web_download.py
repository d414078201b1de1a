"""Fetch the files of one row of dba.twebconfig as <timestamp>_NAME; a file that did not change is not taken again."""

import argparse
import sys

from job_runner import Job, JobContext, run_job
from models import Outcome
from page_downloads import download_files
from web_ledger import active_row


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--config", metavar="NAME", required=True, help="config_id or config_name of dba.twebconfig")


def work(context: JobContext, args: argparse.Namespace) -> Outcome:
    config = active_row(context.connection, "twebconfig", args.config)
    if context.dry_run:
        what = f"the files that {config['link_selector']!r} finds there" if config["link_selector"] else "it"
        return Outcome(message=f"would look at {config['url']} and fetch {what} into {config['download_directory']}")
    return download_files(context.settings, context.connection, config, context.run_uuid)


def main(argv: list[str] | None = None) -> int:
    return run_job(Job("web_download", __doc__, add_arguments, work, lock=lambda args: f"web download {args.config}"), argv)


if __name__ == "__main__":
    sys.exit(main())
