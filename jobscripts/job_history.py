"""Lists the newest runs of jobs, by cron or by hand; `show RUN` prints one with its log lines."""

import argparse
import json
import sys

from job_runner import Job, JobContext, run_job
from models import Outcome
from run_history import recent_runs, run_with_log
from run_listing import run_details, run_lines


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("job", nargs="?", metavar="JOB", help="a script or a task of dba.tscheduler, or the word show")
    parser.add_argument("run", nargs="?", metavar="RUN", help="after show: number or id of the run")
    parser.add_argument("--failed", action="store_true", help="only runs that failed, were stopped, killed or skipped as busy")
    parser.add_argument("--limit", type=int, default=20, metavar="N", help="how many at most (default 20)")
    parser.add_argument("--json", action="store_true", help="for a program to read")


def work(context: JobContext, args: argparse.Namespace) -> Outcome:
    if args.job == "show" and args.run:
        run, lines = run_with_log(context.connection, args.run)
        print(json.dumps(run | {"log": lines}, default=str, indent=2) if args.json else "\n".join(run_details(run, lines)))
    else:
        runs = recent_runs(context.connection, args.job, args.failed, args.limit)
        print(json.dumps(runs, default=str, indent=2) if args.json else "\n".join(run_lines(runs)))
    return Outcome()


JOB = Job("job_history", __doc__, add_arguments, work, changes=False, quiet=lambda args: args.json)


def main(argv: list[str] | None = None) -> int:
    return run_job(JOB, argv)


if __name__ == "__main__":
    sys.exit(main())
