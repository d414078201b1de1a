"""Write the rejected rows of a file as a workbook to correct, and take the corrected rows back into the same dataset."""

import argparse
import sys
from pathlib import Path

from job_runner import Job, JobContext, run_job
from models import Outcome
from reject_replay import load_corrected, write_rejects


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", help="name or importfileid of the imported file")
    parser.add_argument("-o", "--output", type=Path, metavar="XLSX", help="the workbook to write; else outbox/FILE.rejects.xlsx")
    parser.add_argument("--corrected", type=Path, metavar="XLSX", help="load the rows that were corrected in this workbook")


def work(context: JobContext, args: argparse.Namespace) -> Outcome:
    if args.corrected:
        return load_corrected(context.connection, args.file, args.corrected, dry_run=context.dry_run)
    return write_rejects(context.settings, context.connection, args.file, args.output, dry_run=context.dry_run)


def main(argv: list[str] | None = None) -> int:
    return run_job(Job("replay_rejects", __doc__, add_arguments, work), argv)


if __name__ == "__main__":
    sys.exit(main())
