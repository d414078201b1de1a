"""Print the whole chain around a mail, file, dataset or report: mail, attachment, file, dataset, reports that read it."""

import argparse
import sys

from job_runner import Job, JobContext, run_job
from models import Outcome
from row_trace import KINDS, trace


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("kind", choices=KINDS, help="what to start from")
    parser.add_argument(
        "name",
        metavar="NAME",
        help="mail: number, Message-ID or subject; file: number, name, archived path or SHA-256; dataset: number; "
        "report: number, name (its latest delivery) or Message-ID",
    )


def work(context: JobContext, args: argparse.Namespace) -> Outcome:
    lines = trace(context.settings, context.connection, args.kind, args.name)
    print("\n".join(lines))
    return Outcome(len(lines))


def main(argv: list[str] | None = None) -> int:
    return run_job(Job("trace", __doc__, add_arguments, work, changes=False), argv)


if __name__ == "__main__":
    sys.exit(main())
