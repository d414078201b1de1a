"""Adds years to the business-day calendar, with the holidays of a stock exchange for years that have none yet."""

import argparse
import sys

from calendar_tables import fill_calendar
from job_runner import Job, JobContext, run_job
from market_holidays import market_holidays
from models import Outcome


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("first", type=int, nargs="?", metavar="FIRST", help="first year; default: last year")
    parser.add_argument("last", type=int, nargs="?", metavar="LAST", help="last year; default: five years after the first")
    parser.add_argument("--market", default="XNYS", help="ISO 10383 code of the exchange; default XNYS, New York")


def work(context: JobContext, args: argparse.Namespace) -> Outcome:
    first = args.first or context.settings.now().year - 1
    years = range(first, (args.last or first + 5) + 1)
    holidays = market_holidays(args.market, years)
    if context.dry_run:
        return Outcome(message=f"{len(holidays)} holidays of {args.market} would be added where a year has none")
    filled, added = fill_calendar(context.connection, years, holidays)
    return Outcome(added, 0, f"{years[0]} to {years[-1]}: {added} holidays of {args.market} added to {len(filled)} year(s) that had none")


JOB = Job("fill_calendar", __doc__, add_arguments, work, lock=lambda _: "the calendar")


def main(argv: list[str] | None = None) -> int:
    return run_job(JOB, argv)


if __name__ == "__main__":
    sys.exit(main())
