"""Calls of the Gmail API: what is worth another try is tried again with growing waits, the rest fails at once.

Google allows 250 quota units per user and second; 5 for reading or listing, 50 for changing up to 1,000 mails:
https://developers.google.com/workspace/gmail/api/reference/quota
"""

import http.client
import json
import logging
import random
import threading
import time
from collections.abc import Callable
from email.utils import parsedate_to_datetime

import google_auth_httplib2
import httplib2
from google.auth.exceptions import TransportError
from googleapiclient.discovery import build
from googleapiclient.errors import BatchError, HttpError
from googleapiclient.http import BatchHttpRequest, HttpRequest

from errors import AuthError, SourceError
from gmail_login import consent_command, load_login, plain_http
from settings import Settings

log = logging.getLogger(__name__)

UNITS_PER_SECOND = 240  # a little below the 250 that Google allows: clocks differ
READ_UNITS, CHANGE_UNITS = 5, 50
TRIES = 6  # waits of 15 to 31 seconds in all
LIMIT_SECONDS = 120  # what all waiting for one call may take
_ENDPOINT = "https://gmail.googleapis.com/"
_LIMITS = ("rateLimitExceeded", "userRateLimitExceeded")
# ValueError and KeyError: the reply ended before its JSON or its batch did
_BROKEN = (OSError, http.client.HTTPException, httplib2.HttpLib2Error, TransportError, BatchError, ValueError, KeyError)


class Pace:
    """Spends quota no faster than Google allows, from the first refusal on: many projects may spend more."""

    def __init__(self) -> None:
        self._lock, self._free_at, self._held = threading.Lock(), 0.0, False

    def hold(self) -> None:
        """From now on every call waits for its turn."""
        with self._lock:
            self._held, self._free_at = True, max(self._free_at, time.monotonic())

    def wait(self, units: int) -> None:
        """Wait for the turn of a call that costs so many units."""
        with self._lock:
            if not self._held:
                return
            turn = max(self._free_at, time.monotonic())
            self._free_at = turn + units / UNITS_PER_SECOND
        time.sleep(max(0.0, turn - time.monotonic()))


class GmailCalls:
    """The API for several threads at once. Raises SourceError when it is away, AuthError when the login is refused."""

    def __init__(self, settings: Settings) -> None:
        self._settings, self._login = settings, load_login(settings)
        if self._login.warning:
            log.warning("%s", self._login.warning)
        endpoint = (settings.gmail_api_endpoint or _ENDPOINT).rstrip("/") + "/"
        self._batch_uri = f"{endpoint}batch/gmail/v1"  # the library's batches know nothing of api_endpoint
        self._pace, self._mine = Pace(), threading.local()
        self.users = build(
            "gmail", "v1", http=self._http(), client_options={"api_endpoint": endpoint}, static_discovery=True, cache_discovery=False
        ).users()

    def run(self, request: HttpRequest) -> dict:
        """What the API answers to a call that it has no reason to refuse."""
        answer = self.ask(request)
        if isinstance(answer, HttpError):
            raise SourceError(f"Gmail does not answer as it should ({_first_words(answer)}); the next run tries again") from answer
        return answer

    def ask(self, request: HttpRequest, units: int = READ_UNITS) -> dict | HttpError:
        """What the API answers; an HttpError when that is a final no."""
        return self._patiently({"": request}, lambda todo: {"": self._single(todo[""], units)})[""]

    def run_batch(self, requests: dict[str, HttpRequest]) -> dict[str, dict | HttpError]:
        """What the API answers to reading calls that travel together; a part that fails for good is its HttpError."""
        return self._patiently(requests, self._batch)

    def _patiently(self, requests: dict[str, HttpRequest], attempt: Callable) -> dict[str, dict | HttpError]:
        done: dict[str, dict | HttpError] = {}
        give_up_at = time.monotonic() + LIMIT_SECONDS
        for number in range(1, TRIES + 1):
            todo = {name: request for name, request in requests.items() if name not in done}
            try:
                answers, trouble = attempt(todo), None
            except _BROKEN as error:
                answers, trouble = {}, error
            again = {name: answer for name, answer in answers.items() if isinstance(answer, HttpError) and self._worth_another_try(answer)}
            done |= {name: answer for name, answer in answers.items() if name not in again}
            if len(done) == len(requests):
                return done
            seconds = max([_waiting_time(error, number) for error in again.values()], default=_waiting_time(None, number))
            if number == TRIES or time.monotonic() + seconds > give_up_at:
                return done | self._out_of_patience(again, trouble, seconds)
            log.debug("Gmail, try %d: %s; again in %.1f s", number, trouble or f"{len(again)} refused", seconds)
            time.sleep(seconds)
        raise AssertionError("the last try returns")

    def _worth_another_try(self, error: HttpError) -> bool:
        """429, 403 for going too fast, and 5xx; from the first refusal for speed on, the pace is held."""
        status = int(error.resp.status)
        text = error.content.decode("utf-8", "replace") if isinstance(error.content, bytes) else str(error.content)
        too_fast = status == 429 or (status == 403 and any(f'"{reason}"' in text for reason in _LIMITS))
        if too_fast:
            self._pace.hold()
        elif status == 401 or (status == 403 and "insufficient" in text.lower()):
            raise AuthError(
                f"Gmail refuses the login ({_first_words(error)}); what is left stays in the inbox. Run, in a terminal: "
                f"{consent_command(self._settings)}"
            ) from error
        elif status == 403:
            raise SourceError(f"Gmail refuses to serve ({_first_words(error)}); mail waits in the inbox for the next run") from error
        return too_fast or status >= 500

    def _out_of_patience(self, again: dict[str, HttpError], trouble: Exception | None, seconds: float) -> dict[str, HttpError]:
        """The parts that only fail with 5xx, as such; anything else means that Gmail as a whole is away."""
        if again and trouble is None and all(int(error.resp.status) >= 500 for error in again.values()):
            return again
        if again:
            error = next(iter(again.values()))
            raise SourceError(f"Gmail wants a pause ({_first_words(error)}; {seconds:.0f} s more); the next run goes on") from error
        raise SourceError(f"Gmail cannot be reached ({_one_word(trouble)}); the next run goes on") from trouble

    def _single(self, request: HttpRequest, units: int) -> dict | HttpError:
        self._pace.wait(units)
        try:
            return request.execute(http=self._http())
        except HttpError as error:
            return error

    def _batch(self, requests: dict[str, HttpRequest]) -> dict[str, dict | HttpError]:
        self._pace.wait(READ_UNITS * len(requests))
        answers: dict[str, dict | HttpError] = {}
        batch = BatchHttpRequest(callback=lambda name, answer, error: answers.__setitem__(name, error or answer), batch_uri=self._batch_uri)
        for name, request in requests.items():
            batch.add(request, request_id=name)
        try:
            batch.execute(http=self._http())
        except BatchError:
            raise
        except HttpError as error:
            return dict.fromkeys(requests, error)
        return answers

    def _http(self) -> google_auth_httplib2.AuthorizedHttp:
        """This thread's own connection: the library's may not be shared."""
        if not hasattr(self._mine, "http"):
            self._mine.http = google_auth_httplib2.AuthorizedHttp(self._login, http=plain_http(self._settings))
        return self._mine.http


def _waiting_time(error: HttpError | None, number: int) -> float:
    """Seconds to wait after try `number`: at least what Retry-After says, else about half a second, doubled each time."""
    growing = 2 ** (number - 1) * random.uniform(0.5, 1.0)
    return max(growing, _retry_after(error.resp.get("retry-after", "")) if error is not None else 0.0)


def _retry_after(text: str) -> float:
    """Seconds in a Retry-After header, which holds seconds or a date; 0 when it holds neither."""
    if text.strip().isdecimal():
        return float(text)
    try:
        return max(0.0, parsedate_to_datetime(text).timestamp() - time.time())
    except (ValueError, TypeError):
        return 0.0


def _first_words(error: HttpError) -> str:
    """The reason that Google gives, for people."""
    try:
        return f"{error.resp.status} {json.loads(error.content)['error']['message']}"[:200]
    except (ValueError, KeyError, TypeError):
        return f"HTTP {error.resp.status}"


def _one_word(error: Exception | None) -> str:
    return (getattr(error, "strerror", None) or type(error).__name__) if error else "no answer"
