"""The login to Gmail: the OAuth client, a person's consent, the token file and its refresh. Never opens a browser.

Scope `gmail.modify` is the narrowest that can put a mail under another label:
https://developers.google.com/workspace/gmail/api/auth/scopes
"""

import http.server
import json
import secrets
import threading
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NoReturn
from urllib.parse import parse_qs, urlsplit

import google_auth_httplib2
import httplib2
import requests
from google.auth.exceptions import RefreshError
from google.oauth2.credentials import Credentials
from google_auth_oauthlib.flow import Flow
from oauthlib.oauth2 import OAuth2Error

from directory_management import write_whole
from errors import AuthError, ConfigError, SourceError
from settings import Settings

SCOPE = "https://www.googleapis.com/auth/gmail.modify"
_WIDER_SCOPE = "https://mail.google.com/"
_HTTP_SECONDS = 60
_DAYS_TO_WARN = 3
_TOKEN_FIELDS = ("refresh_token", "token_uri", "client_id", "client_secret")


class SavedCredentials(Credentials):
    """A login that writes its token file whenever it was refreshed, for all threads once."""

    def __init__(self, settings: Settings, fields: dict) -> None:
        expiry = fields.get("expiry")
        super().__init__(
            fields.get("token"),
            **{name: fields[name] for name in _TOKEN_FIELDS},
            scopes=fields.get("scopes"),
            expiry=datetime.fromisoformat(expiry).astimezone(UTC).replace(tzinfo=None) if expiry else None,
        )
        self._settings, self._fields, self._lock = settings, fields, threading.Lock()

    def refresh(self, request: object) -> None:
        """Ask for a new access token and save it. Raises AuthError when Google wants a person's consent again.

        The caller's `request` is not used: the API client passes one that knows nothing of ETL_CA_BUNDLE and time limits.
        """
        stale = self.token
        with self._lock:
            if self.token != stale:
                return
            try:
                super().refresh(google_auth_httplib2.Request(plain_http(self._settings)))
            except RefreshError as error:
                _refused(self._settings, error)
            expiry = self.expiry and self.expiry.replace(tzinfo=UTC).isoformat()
            fresh = {"token": self.token, "expiry": expiry, "refresh_token": self.refresh_token}
            _save(self._settings, self._fields | fresh)

    @property
    def days_left(self) -> float | None:
        """Days until Google forgets the consent, as it said when it was given; None when it set no end."""
        ends = self._fields.get("refresh_token_expires_at")
        return (datetime.fromisoformat(ends) - datetime.now(UTC)) / timedelta(days=1) if ends else None

    @property
    def warning(self) -> str | None:
        """What to say while the login still works but will soon not; None while there is time."""
        if self.days_left is None or self.days_left > _DAYS_TO_WARN:
            return None
        return (
            f"the Gmail login ends in {max(self.days_left, 0):.1f} days, because the OAuth client is in Testing mode; "
            f"renew it before with: {consent_command(self._settings)}"
        )


@dataclass(frozen=True)
class Consent:
    """A consent that was asked for: the page for the person, and what its answer is checked against."""

    flow: Flow
    url: str
    state: str


def plain_http(settings: Settings) -> httplib2.Http:
    """An HTTP client of one thread, with a time limit and the CA bundle of the settings."""
    return httplib2.Http(timeout=_HTTP_SECONDS, ca_certs=settings.ca_bundle)


def consent_command(settings: Settings) -> str:
    """What a person types to give consent."""
    return f"bash {settings.root}/jobscripts/run_python_etl_script.sh test_oauth_gmail_headless.py"


def load_login(settings: Settings) -> SavedCredentials:
    """The login in the token file. Raises AuthError when there is none that can be used, ConfigError when others may read it."""
    path, command = settings.gmail_token, consent_command(settings)
    try:
        if path.stat().st_mode & 0o077:
            raise ConfigError(f"others may read the Gmail login in {path}; run: chmod 600 '{path}'")
        fields = json.loads(path.read_bytes())
        login = SavedCredentials(settings, fields)
        missing = [name for name in _TOKEN_FIELDS if not fields[name]]
    except FileNotFoundError as error:
        raise AuthError(f"there is no Gmail login yet ({path}); make it with: {command}") from error
    except OSError as error:
        raise ConfigError(f"{path} cannot be read ({error.strerror}); jobs run as the user that it belongs to") from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise AuthError(f"{path} does not hold a Gmail login; make it anew with: {command}") from error
    if missing or not _suffices(fields.get("scopes") or []):
        raise AuthError(f"the Gmail login in {path} may not move mail (it needs {SCOPE}); make it anew with: {command}")
    return login


def ask_consent(settings: Settings, port: int) -> Consent:
    """The page on which a person allows the access. The answer comes to http://localhost:PORT/."""
    state = secrets.token_urlsafe(24)
    flow = Flow.from_client_config(
        {"installed": _client(settings)}, [SCOPE], redirect_uri=f"http://localhost:{port}/", state=state, autogenerate_code_verifier=True
    )
    url, _ = flow.authorization_url(access_type="offline", prompt="consent")
    return Consent(flow, url, state)


def wait_for_answer(port: int, seconds: float) -> str:
    """The address that the person's browser on this machine was sent to. Raises SourceError when none comes in time."""
    answers: list[str] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if "state=" in self.path:  # not the browser's own wish for an icon
                answers.append(f"http://localhost:{port}{self.path}")
            self.send_response(200)
            self.send_header("Content-Type", "text/plain; charset=utf-8")
            self.end_headers()
            self.wfile.write(b"Done. You can close this page and go back to the terminal.\n")

        def log_message(self, *_args: object) -> None:
            """Says nothing: the address holds the code."""

    try:
        server = http.server.HTTPServer(("127.0.0.1", port), Handler)
    except OSError as error:
        raise ConfigError(f"port {port} cannot be used ({error.strerror}); choose another one with --listen PORT") from error
    deadline = time.monotonic() + seconds
    with server:
        while not answers and (left := deadline - time.monotonic()) > 0:
            server.timeout = left
            server.handle_request()
    if not answers:
        raise SourceError(f"no answer came to port {port} within {seconds:g} s; start again")
    return answers[0]


def accept_answer(settings: Settings, consent: Consent, address: str) -> None:
    """Turn the address that the browser was sent to into a token file, 0600. Raises AuthError that says what to do."""
    answer = {name: values[0] for name, values in parse_qs(urlsplit(address.strip()).query).items()}
    if answer.get("state") != consent.state:
        raise AuthError("this address does not answer the page that was shown (its state differs); start again and paste the newest one")
    if "code" not in answer:
        raise AuthError(f"Google did not give access: {answer.get('error', 'the address holds no code')}; start again and choose Allow")
    token = _exchanged(settings, consent, answer["code"])
    granted = token.get("scope") or [SCOPE]  # no word of the scope: all that was asked for (RFC 6749, 5.1)
    scopes = granted.split() if isinstance(granted, str) else list(granted)
    if not _suffices(scopes):
        raise AuthError(f"too little was granted ({' '.join(scopes)}); start again and tick the box for Gmail, that is {SCOPE}")
    if not token.get("refresh_token"):
        raise AuthError("Google gave no lasting login; remove the app at https://myaccount.google.com/permissions and start again")
    client = _client(settings)
    now = datetime.now(UTC)
    ends = token.get("refresh_token_expires_in")
    _save(settings, {
        "token": token["access_token"],
        "refresh_token": token["refresh_token"],
        "token_uri": client["token_uri"],
        "client_id": client["client_id"],
        "client_secret": client["client_secret"],
        "scopes": scopes,
        "expiry": (now + timedelta(seconds=int(token.get("expires_in", 0)))).isoformat(),
        "refresh_token_expires_at": ends and (now + timedelta(seconds=int(ends))).isoformat(),
    })  # fmt: skip


def _exchanged(settings: Settings, consent: Consent, code: str) -> dict:
    try:
        return consent.flow.fetch_token(code=code, timeout=_HTTP_SECONDS, verify=settings.ca_bundle or True)
    except Warning as less:  # oauthlib's way to say that other scopes were granted than asked for
        return less.token
    except OAuth2Error as error:
        raise AuthError(f"Google did not take the code ({error.error}); codes serve once and for minutes: start again") from error
    except requests.RequestException as error:
        raise SourceError(f"Google cannot be reached ({type(error).__name__}); start again later") from error


def _suffices(scopes: list[str]) -> bool:
    return SCOPE in scopes or _WIDER_SCOPE in scopes


def _client(settings: Settings) -> dict[str, str]:
    """The OAuth client of credentials.json, as Google Cloud's console gives it for a desktop app."""
    path: Path = settings.gmail_credentials
    try:
        config = json.loads(path.read_bytes())
        fields = config["installed"]
        if all(isinstance(fields[name], str) and fields[name] for name in ("client_id", "client_secret", "auth_uri", "token_uri")):
            if not fields["client_id"].startswith("YOUR-"):
                return fields
            raise ConfigError(f"{path} still holds placeholders; put the client_id and client_secret of your OAuth client there")
    except FileNotFoundError as error:
        template = settings.root / "systemscripts" / "credentials.json.template"
        raise ConfigError(f"there is no OAuth client in {path}; copy {template} there and fill it in, mode 0600") from error
    except (ValueError, KeyError, TypeError):
        pass
    raise ConfigError(f"{path} is not an OAuth client for a desktop app; download it as JSON from Google Cloud, Clients, type Desktop app")


def _save(settings: Settings, fields: dict) -> None:
    """Written whole and by rename, readable by its owner only from its first moment."""
    try:
        write_whole(settings.gmail_token, json.dumps(fields, indent=2).encode(), mode=0o600, overwrite=True)
    except OSError as error:
        raise ConfigError(f"the Gmail login cannot be written to {settings.gmail_token} ({error.strerror}); correct that") from error


def _refused(settings: Settings, error: RefreshError) -> NoReturn:
    code = str(error.args[0]).partition(":")[0] if error.args else ""
    if error.retryable:
        raise SourceError(f"Google's login server is out of order ({code}); the next run goes on") from error
    causes = (
        "the OAuth client is in Testing mode (a login lasts 7 days; publish it), the password was changed, the access was "
        "removed, or it was not used for six months"
    )
    raise AuthError(
        f"Google no longer accepts the Gmail login ({code or 'refused'}). Likely: {causes}. What is left stays in the inbox. "
        f"Run, in a terminal: {consent_command(settings)}"
    ) from error
