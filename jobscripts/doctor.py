"""Look at everything the pipeline stands on and say what is wrong, each with its fix. Changes nothing."""

import argparse
import json
import logging
import sys

from diagnosis import as_data, diagnose, opened_box, shown
from errors import EtlError
from settings import load_settings


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="doctor.py", description=__doc__)
    parser.add_argument("--json", action="store_true", help="print the findings as JSON: check, state, text, fix")
    args = parser.parse_args(argv)
    logging.getLogger().addHandler(logging.NullHandler())  # what the checks call says itself is in the findings
    try:
        settings = load_settings()
    except EtlError as error:
        print(f"ERROR: {error}", file=sys.stderr)
        return error.exit_code
    with opened_box(settings) as box:
        lines = diagnose(box)
    print(json.dumps(as_data(lines), indent=2) if args.json else shown(lines))
    return 1 if any(line.state == "problem" for line in lines) else 0


if __name__ == "__main__":
    sys.exit(main())
