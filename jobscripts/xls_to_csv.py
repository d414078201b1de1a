"""Turn one sheet of a workbook (xlsx, xlsm, xlsb, xls, and what only calls itself so) into a CSV file. Never overwrites."""

import argparse
import logging
import sys
from pathlib import Path

from directory_management import write_whole
from errors import EtlError
from log_utils import terminal_log
from workbook_files import sheet_as_csv

log = logging.getLogger(__name__)


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="xls_to_csv.py", description=__doc__)
    parser.add_argument("file", type=Path, help="the workbook")
    parser.add_argument("--sheet", help="name, number (1 is the first) or regular expression of the sheet; else the first")
    parser.add_argument("-o", "--output", type=Path, help="the CSV file to write; else FILE with .csv in place of its ending")
    parser.add_argument("--dry-run", action="store_true", help="say what would be written and write nothing")
    args = parser.parse_args(argv)
    output = args.output or args.file.with_suffix(".csv")
    with terminal_log():
        try:
            sheet = sheet_as_csv(args.file, args.sheet)
            facts = sheet.facts
            if not args.dry_run:
                write_whole(output, (chunk.data for chunk in sheet.chunks()))
            verb = "would go" if args.dry_run else "went"
            shape = f"{facts['format']}, {', '.join(sheet.notes)}: {facts['columns']} columns, {facts['rows']:,} rows"
            log.info("%s, %s %s to %s", args.file.name, shape, verb, output)
            return 0
        except FileExistsError:
            log.error("%s exists and is not overwritten; name another file with -o", output)
        except OSError as error:
            log.error("%s: %s", error.filename or args.file, error.strerror)
        except EtlError as error:
            log.error("%s", error)
        return 1


if __name__ == "__main__":
    sys.exit(main())
