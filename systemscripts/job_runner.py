"""From a command line to a job's exit code."""

import argparse
import signal
import sys

from errors import EtlError
from job_models import Job, JobContext
from settings import load_settings

__all__ = ["Job", "JobContext", "run_job"]


def run_job(job: Job, argv: list[str] | None = None) -> int:
    """Run a job from its command line; returns the exit code: 0 done, 1 an item failed, 2 usage or configuration, 75 busy."""
    argv = sys.argv[1:] if argv is None else argv
    args = _parser(job).parse_args(argv)
    try:
        settings = load_settings()
    except EtlError as error:
        print(f"ERROR: {error}", file=sys.stderr)
        return error.exit_code
    from job_frame import dry_run, recorded_run  # here, so that --help does not wait for PostgreSQL's library

    signal.signal(signal.SIGTERM, _terminate)
    return dry_run(job, args, settings) if args.dry_run else recorded_run(job, args, settings, argv)


def _parser(job: Job) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=f"{job.name}.py", description=job.description)
    job.add_arguments(parser)
    if job.changes:
        parser.add_argument("--dry-run", action="store_true", help="say what would be done and change nothing")
    else:
        parser.set_defaults(dry_run=False)
    return parser


def _terminate(_signal: int, _frame: object) -> None:
    raise SystemExit(128 + signal.SIGTERM)
