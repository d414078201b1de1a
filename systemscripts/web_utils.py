"""The door to the web: polite, bounded GET requests, one at a time."""

import contextlib
import logging
import signal
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from urllib.parse import urljoin, urlsplit
from urllib.robotparser import RobotFileParser

import requests
from requests.adapters import HTTPAdapter
from urllib3.util.retry import Retry

from errors import BadFileError, SourceError
from settings import Settings

log = logging.getLogger(__name__)

AGENT = "ClientEtlWorkflow"
_RETRIED = (429, 500, 502, 503, 504)
_MOST_REDIRECTS = 5
_ROBOTS_BYTES = 500 << 10  # RFC 9309, 2.5: at least 500 kibibytes are read


@dataclass(frozen=True)
class Limits:
    """How to treat a site: seconds between two requests, retries, and for one answer the seconds it may take and its bytes.

    The seconds take in every retry, and are the longest Retry-After that is waited for.
    """

    delay_seconds: float
    max_retries: int
    max_seconds: float
    max_bytes: int


@dataclass(frozen=True)
class Answer:
    """What a server said. `url` is the address after redirects; 304 has no body."""

    url: str
    status: int
    body: bytes
    headers: Mapping[str, str]


class Disallowed(SourceError):
    """robots.txt of the site forbids the address."""


class AskedToWait(SourceError):
    """The site wants to be left alone: the whole run ends, and the next one goes on."""


@dataclass
class Web:
    """One polite visitor. Use as a context manager."""

    settings: Settings
    limits: Limits
    session: requests.Session = field(default_factory=requests.Session)
    _robots: dict[str, RobotFileParser] = field(default_factory=dict)
    _last: float = float("-inf")  # when the last answer was there, by time.monotonic

    def __enter__(self) -> "Web":
        self.session.headers["User-Agent"] = f"{AGENT}/1.0 (contact: {self.settings.operator_email or self.settings.email})"
        self.session.verify = self.settings.ca_bundle or True
        self.session.trust_env = False  # no ~/.netrc password goes to a site
        return self

    def __exit__(self, *_: object) -> None:
        self.session.close()

    def get(self, url: str, known: Mapping[str, str] | None = None) -> Answer:
        """The answer of the server, whatever its status below 429. `known`: etag and last_modified of the copy we have.

        Raises SourceError (no answer in time, server errors after retries, AskedToWait, Disallowed) and BadFileError (too large).
        """
        headers = {
            name: known[key]
            for name, key in (("If-None-Match", "etag"), ("If-Modified-Since", "last_modified"))
            if known and known.get(key)
        }
        for _ in range(_MOST_REDIRECTS + 1):
            self._obey_robots(url)
            answer = self._one(url, headers, self.limits.max_bytes)
            target = answer.headers.get("Location")
            if answer.status not in (301, 302, 303, 307, 308) or not target:
                return _checked(answer)
            url = urljoin(url, target)
        raise SourceError(f"{url}: is redirected more than {_MOST_REDIRECTS} times; open it in a browser and correct the address")

    def _obey_robots(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https"):
            raise SourceError(f"{url}: is not a web address; correct the address in the config row")
        site = f"{parts.scheme}://{parts.netloc}"
        if site not in self._robots:
            self._robots[site] = self._read_robots(site)
        if not self._robots[site].can_fetch(AGENT, url):
            raise Disallowed(f"{url}: robots.txt of the site forbids it; ask the site's owner, or take the address out of the config row")

    def _read_robots(self, site: str) -> RobotFileParser:
        """RFC 9309, 2.3.1: without the file all is allowed; when it cannot be read now, nothing is."""
        answer, rules = self._one(f"{site}/robots.txt", {}, _ROBOTS_BYTES), RobotFileParser()
        if answer.status >= 500 or answer.status == 429:
            raise SourceError(f"{site}/robots.txt: answers {answer.status}, so nothing may be fetched now; the next run asks again")
        rules.parse(answer.body.decode("utf-8-sig", errors="replace").splitlines() if answer.status == 200 else [])
        return rules

    def _one(self, url: str, headers: Mapping[str, str], max_bytes: int) -> Answer:
        """One request, tried again by the rules of `_Patience`, after the delay that the site is owed."""
        time.sleep(max(0.0, self._last + self._delay(url) - time.monotonic()))
        adapter = HTTPAdapter(max_retries=_Patience.of(self.limits))
        self.session.mount(url, adapter)
        try:
            with _time_limit(self.limits.max_seconds, url), self._asked(url, headers) as response:
                return Answer(url, response.status_code, _body(response, max_bytes), response.headers)
        except requests.RequestException as error:
            raise SourceError(f"{url}: gave no whole answer ({type(error).__name__}); the next run asks again") from error
        finally:
            self.session.adapters.pop(url, None)
            adapter.close()
            self._last = time.monotonic()

    def _asked(self, url: str, headers: Mapping[str, str]) -> requests.Response:
        return self.session.get(url, headers=dict(headers), timeout=self.limits.max_seconds, stream=True, allow_redirects=False)

    def _delay(self, url: str) -> float:
        """The longer of our delay and the one that robots.txt asks for."""
        parts = urlsplit(url)
        rules = self._robots.get(f"{parts.scheme}://{parts.netloc}")
        return max(float(self.limits.delay_seconds), float((rules and rules.crawl_delay(AGENT)) or 0))


class _Patience(Retry):
    """urllib3's retry, which gives up at once when the server asks for a longer wait than there is time for."""

    longest = 0.0  # seconds; on the class, for urllib3 makes a new object for every retry

    @classmethod
    def of(cls, limits: Limits) -> Retry:
        return type(cls.__name__, (cls,), {"longest": float(limits.max_seconds)})(
            total=limits.max_retries,
            status_forcelist=_RETRIED,
            allowed_methods={"GET"},
            backoff_factor=min(1.0, float(limits.delay_seconds)),
            raise_on_status=False,
            redirect=False,
        )

    def get_retry_after(self, response: object) -> float | None:
        wait = super().get_retry_after(response)
        if wait and wait > self.longest:
            raise AskedToWait(f"the site asks to wait {wait:,.0f} seconds, more than the {self.longest:,.0f} we do; the next run goes on")
        return wait


def _checked(answer: Answer) -> Answer:
    if answer.status == 429:
        raise AskedToWait(f"{answer.url}: the site says we ask too often (429); raise delay_seconds; the next run goes on")
    if answer.status >= 500:
        raise SourceError(f"{answer.url}: the server answers {answer.status}; the next run asks again")
    return answer


def _body(response: requests.Response, max_bytes: int) -> bytes:
    """The whole body, unpacked. A server that announces more bytes than it sends raises from requests."""
    too_large = BadFileError(f"{response.url}: is larger than {max_bytes:,} bytes; raise max_bytes in the config row if that is right")
    announced = response.headers.get("Content-Length", "")
    if announced.isdecimal() and int(announced) > max_bytes:
        raise too_large
    body = bytearray()
    for block in response.iter_content(1 << 16):
        body += block
        if len(body) > max_bytes:
            raise too_large
    return bytes(body)


@contextlib.contextmanager
def _time_limit(seconds: float, url: str) -> Iterator[None]:
    """Ends whatever a request waits for: a name server, a header that drips, a retry. A socket's time limit starts anew with every byte."""

    def ring(_signal: int, _frame: object) -> None:
        raise SourceError(f"{url}: was not there after {seconds:g} seconds; raise max_seconds in the config row if that is too short")

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, float(seconds))
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
