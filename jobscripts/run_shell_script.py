#!/usr/bin/env python3
"""Run a .sh script of jobscripts/ and put the run on record. The wrapper does so with every one that is started by hand."""

import argparse
import subprocess
import sys

from job_runner import Job, JobContext, run_job
from models import Outcome
from scheduled_task import TaskError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("script", metavar="SCRIPT", help="its name, e.g. daily_backup.sh")
    parser.add_argument("arguments", metavar="ARGUMENT", nargs=argparse.REMAINDER, help="what it is given")


def work(context: JobContext, args: argparse.Namespace) -> Outcome:
    # setpriv: when this process is killed, the script is ended too
    command = ["setpriv", "--pdeathsig", "TERM", "bash", context.settings.root / "jobscripts" / args.script, *args.arguments]
    with subprocess.Popen(command) as script:
        try:
            code = script.wait()
        except BaseException:
            script.terminate()
            raise
    if code:
        code = code if code > 0 else 128 - code
        raise TaskError(f"{args.script} ended with exit code {code}", code)
    return Outcome(1)


def main(argv: list[str]) -> int:
    name = argv[0].removesuffix(".sh") if argv and argv[0].endswith(".sh") else "run_shell_script"
    return run_job(Job(name, __doc__, add_arguments, work, changes=False, needs_database=False), argv)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
