"""The door to an off-box watchdog: a task says when it starts and how it ends, so that a dead box is noticed.

The protocol is that of https://healthchecks.io/docs/http_api/: URL/start, URL, URL/EXIT-CODE, each with ?rid=RUN-ID.
"""

import contextlib
import logging
from collections.abc import Iterator

from errors import EtlError

log = logging.getLogger(__name__)

_TIMEOUT_SECONDS = 10


@contextlib.contextmanager
def pinged(ping_url: str | None, run_uuid: str) -> Iterator[None]:
    """While the block runs, the watchdog knows of it. A watchdog that does not answer costs a warning, never the task."""
    _ping(ping_url, "/start", run_uuid)
    try:
        yield
    except BaseException as error:
        code = error.exit_code if isinstance(error, EtlError) else error.code if isinstance(error, SystemExit) else 1
        _ping(ping_url, f"/{code if isinstance(code, int) and 0 < code < 256 else 1}", run_uuid)
        raise
    _ping(ping_url, "", run_uuid)


def _ping(ping_url: str | None, event: str, run_uuid: str) -> None:
    if not ping_url:
        return
    import urllib.error
    import urllib.request
    from urllib.parse import urlencode, urlsplit, urlunsplit

    parts = urlsplit(ping_url)
    query = "&".join(filter(None, [parts.query, urlencode({"rid": run_uuid})]))
    url = urlunsplit(parts._replace(path=parts.path.rstrip("/") + event, query=query, fragment=""))
    try:
        with urllib.request.urlopen(urllib.request.Request(url, method="POST"), timeout=_TIMEOUT_SECONDS):
            pass
    except (OSError, ValueError, urllib.error.HTTPError) as error:
        # the address is as good as a password: not in the log
        log.warning("the watchdog at %s did not take the ping (%s); correct ping_url", parts.hostname, type(error).__name__)
