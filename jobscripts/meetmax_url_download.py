"""Download the companies of every MeetMax event that exists by the newest imported check, as <timestamp>_MeetMax_<event>.xls."""

import argparse
import sys

from job_runner import Job, JobContext, run_job
from meetmax import download_events, sweep_of
from models import Outcome
from web_ledger import events_to_fetch


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--config", metavar="NAME", help="config_name of dba.tmeetmaxconfig; else its only active row")
    parser.add_argument("--events", metavar="LIST", help="these events instead of the row's, e.g. 119179-119184,120000")
    parser.add_argument("--accept-fewer", action="store_true", help="take a list although it has far fewer companies than usual")


def work(context: JobContext, args: argparse.Namespace) -> Outcome:
    sweep = sweep_of(context.settings, context.connection, context.run_uuid, vars(args))
    if context.dry_run:
        plan = events_to_fetch(context.connection, sweep.events)
        return Outcome(message=f"would ask for {len(plan)} of {len(sweep.events)} events: {', '.join(event for event, _ in plan[:20])}")
    return download_events(sweep)


def main(argv: list[str] | None = None) -> int:
    return run_job(Job("meetmax_url_download", __doc__, add_arguments, work, lock=lambda args: "MeetMax"), argv)


if __name__ == "__main__":
    sys.exit(main())
