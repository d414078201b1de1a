"""Import the waiting files of one row of dba.timportconfig into its table."""

import argparse
import json
import sys
from pathlib import Path

from config_tables import chosen_config, import_configs
from errors import ConfigError
from generic_import import Importer, files_of_this_run, plan_import, run_import
from job_runner import Job, JobContext, run_job
from models import Outcome


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("config", metavar="CONFIG", help="config_id or config_name of dba.timportconfig")
    parser.add_argument("--force", action="store_true", help="load a file again although its bytes are already in")
    parser.add_argument("--file", type=Path, help="import only this file, wherever it lies")
    parser.add_argument("--json", action="store_true", help="print what became of the files as JSON, and nothing else on stdout")


def work(context: JobContext, args: argparse.Namespace) -> Outcome:
    configs = import_configs(context.connection)
    config = chosen_config(configs, args.config)
    importer = Importer(context.settings, context.connection, context.run_uuid, config, tuple(configs), args.force)
    if context.dry_run and args.json:
        raise ConfigError("--json tells what became of files; it cannot go with --dry-run")
    if context.dry_run:
        return plan_import(importer, args.file)
    outcome = run_import(importer, args.file)
    if args.json:
        print(json.dumps(files_of_this_run(importer), default=str, indent=2))
    return outcome


def main(argv: list[str] | None = None) -> int:
    return run_job(Job("run_import_job", __doc__, add_arguments, work, quiet=lambda args: args.json), argv)


if __name__ == "__main__":
    sys.exit(main())
