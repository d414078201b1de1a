"""Look at the page of every MeetMax event and write <timestamp>_MeetMaxURLCheck.csv for the import."""

import argparse
import sys

from job_runner import Job, JobContext, run_job
from meetmax import check_events, sweep_of
from models import Outcome


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--config", metavar="NAME", help="config_name of dba.tmeetmaxconfig; else its only active row")
    parser.add_argument("--events", metavar="LIST", help="these events instead of the row's, e.g. 119179-119184,120000")
    parser.add_argument("--accept-fewer", action="store_true", help="write the file although far fewer events exist than usual")


def work(context: JobContext, args: argparse.Namespace) -> Outcome:
    sweep = sweep_of(context.settings, context.connection, context.run_uuid, vars(args))
    if context.dry_run:
        return Outcome(message=f"would look at {len(sweep.events)} events at {sweep.config['base_url']}")
    return check_events(sweep)


def main(argv: list[str] | None = None) -> int:
    return run_job(Job("meetmax_url_check", __doc__, add_arguments, work, lock=lambda args: "MeetMax"), argv)


if __name__ == "__main__":
    sys.exit(main())
