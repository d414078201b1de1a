"""Logs the pipeline in to Gmail: shows a page for a browser on any machine, takes its answer, writes the token file.

The browser ends on an address that begins with http://localhost and shows an error: copy that address and paste it here.
With --listen PORT and a browser on this machine nothing has to be pasted.
"""

import argparse
import logging
import sys

from errors import EtlError
from gmail_calls import GmailCalls
from gmail_login import accept_answer, ask_consent, load_login, wait_for_answer
from log_utils import terminal_log
from settings import Settings, load_settings

log = logging.getLogger(__name__)

SECONDS_TO_ANSWER = 600


def log_in(settings: Settings, listen_port: int | None) -> None:
    consent = ask_consent(settings, listen_port or 8765)
    print(f"Open this address in a browser and allow the access:\n\n{consent.url}\n", flush=True)
    if listen_port:
        answer = wait_for_answer(listen_port, SECONDS_TO_ANSWER)
    else:
        print("Then paste the address that the browser ended on (http://localhost...):", flush=True)
        answer = sys.stdin.readline()
    accept_answer(settings, consent, answer)
    log.info("the login is in %s", settings.gmail_token)


def report_login(settings: Settings) -> None:
    calls = GmailCalls(settings)
    profile = calls.run(calls.users.getProfile(userId="me"))
    days = load_login(settings).days_left
    ends = "does not end by itself" if days is None else f"ends in {days:.1f} days: publish the OAuth client, it is in Testing mode"
    log.info("logged in to Gmail as %s; the login %s", profile["emailAddress"], ends)


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="test_oauth_gmail_headless.py", description=__doc__)
    parser.add_argument("--listen", type=int, metavar="PORT", help="take the answer on this port of this machine, for 10 minutes")
    parser.add_argument("--dry-run", action="store_true", help="only tell whether the login that is there works")
    args = parser.parse_args(argv)
    with terminal_log():
        try:
            settings = load_settings()
            if not args.dry_run:
                log_in(settings, args.listen)
            report_login(settings)
            return 0
        except EtlError as error:
            log.error("%s", error)
            return error.exit_code


if __name__ == "__main__":
    sys.exit(main())
