"""Take a loaded dataset back: its rows are removed and the dataset it had replaced counts again."""

import argparse
import sys

from dataset_undo import plan_undo, undo_dataset
from job_runner import Job, JobContext, run_job
from models import Outcome


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("datasetid", metavar="ID", type=int, help="datasetid of the load, as the import printed it")
    parser.add_argument("--put-back", action="store_true", help="also put the file back where it came from, to be imported again")


def work(context: JobContext, args: argparse.Namespace) -> Outcome:
    act = plan_undo if context.dry_run else undo_dataset
    return act(context.settings, context.connection, args.datasetid, put_back=args.put_back)


def main(argv: list[str] | None = None) -> int:
    return run_job(Job("undo_dataset", __doc__, add_arguments, work), argv)


if __name__ == "__main__":
    sys.exit(main())
