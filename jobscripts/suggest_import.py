"""Look at a file and print the row of dba.timportconfig that would import it, with reasons. Changes nothing."""

import argparse
import logging
import sys
from pathlib import Path

from errors import EtlError
from import_suggestion import suggest
from log_utils import terminal_log

log = logging.getLogger(__name__)


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="suggest_import.py", description=__doc__)
    parser.add_argument("file", type=Path, help="a client's file: CSV or workbook")
    args = parser.parse_args(argv)
    with terminal_log():
        try:
            print(suggest(args.file).sql())
            return 0
        except OSError as error:
            log.error("%s: %s", error.filename or args.file, error.strerror)
        except EtlError as error:
            log.error("%s", error)
        return 1


if __name__ == "__main__":
    sys.exit(main())
