"""Handles the inbox by hand. --dry-run tells of each mail which rule wins, why others do not, and what is saved."""

import sys
from dataclasses import replace

from job_runner import run_job
from run_gmail_inbox_processor import JOB


def main(argv: list[str] | None = None) -> int:
    return run_job(replace(JOB, name="process_inbox", description=__doc__), argv)


if __name__ == "__main__":
    sys.exit(main())
