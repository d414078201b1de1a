"""Import the waiting files of one feed, or of every active one, into their tables."""

import argparse
import json
import sys
from pathlib import Path

from errors import ConfigError
from job_runner import Job, JobContext, run_job
from models import Outcome


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("config", metavar="CONFIG", nargs="?", help="config_id or config_name of dba.timportconfig; else every active row")
    parser.add_argument("--force", action="store_true", help="load a file again although its bytes are already in")
    parser.add_argument("--file", type=Path, help="import only this file, wherever it lies, as one of CONFIG")
    parser.add_argument("--json", action="store_true", help="print what became of the files as JSON, and nothing else on stdout")


def work(context: JobContext, args: argparse.Namespace) -> Outcome:
    from config_tables import chosen_config, import_configs  # here, so that --help does not wait for them
    from generic_import import files_of_this_run, plan_import, run_import, run_imports
    from import_queue import Importer

    configs = import_configs(context.connection)
    chosen = [chosen_config(configs, args.config)] if args.config else configs
    if context.dry_run and args.json:
        raise ConfigError("--json tells what became of files; it cannot go with --dry-run")
    if args.file and not args.config:
        raise ConfigError("--file needs CONFIG: name the feed that shall take the file")
    if not chosen:
        return Outcome(message="dba.timportconfig has no active row: nothing to import")
    importers = [Importer(context.settings, context.connection, context.run_uuid, one, tuple(configs), args.force) for one in chosen]
    if context.dry_run:
        plans = [plan_import(importer, args.file) for importer in importers]
        return Outcome(sum(plan.done for plan in plans), sum(plan.failed for plan in plans), "; ".join(plan.message for plan in plans))
    outcome = run_import(importers[0], args.file) if args.config else run_imports(importers)
    if args.json:
        print(json.dumps(files_of_this_run(importers[0]), default=str, indent=2))
    return outcome


def main(argv: list[str] | None = None) -> int:
    return run_job(Job("run_import_job", __doc__, add_arguments, work, quiet=lambda args: args.json), argv)


if __name__ == "__main__":
    sys.exit(main())
