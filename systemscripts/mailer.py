"""The door to outgoing mail: a message is built in one function and sent, or written to the outbox, in another."""

import base64
import contextlib
import logging
import mimetypes
import re
import smtplib
import ssl
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from email import policy
from email.errors import HeaderParseError, InvalidHeaderDefect
from email.message import EmailMessage
from email.policy import EmailPolicy
from email.utils import format_datetime
from pathlib import Path

from directory_management import write_whole
from errors import ConfigError, DeliveryError
from settings import Settings

log = logging.getLogger(__name__)

# Gmail takes 25 MB after base64, which adds a third. https://support.google.com/mail/answer/6584
MAX_ATTACHMENT_BYTES = 18_000_000
_TIMEOUT_SECONDS = 30
_WAITS_SECONDS = (5, 20)
_SSL_PORT = 465
_LOGIN_CODES = (530, 534, 535)  # RFC 4954: log-in needed, too weak, wrong
_LOGIN_HINT = "; correct ETL_EMAIL and ETL_EMAIL_PASSWORD in env.local.sh (Gmail: an app password)"
_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*\Z")
# A semicolon outside quotes: what people paste from Outlook.
_SEMICOLON = re.compile(r';(?=(?:[^"]*"[^"]*")*[^"]*\Z)')
_POLICY: EmailPolicy = policy.SMTP


class DeliveryUnknown(DeliveryError):
    """The connection was lost while the message was handed over: it may have arrived, so nobody resends it unasked."""


@dataclass(frozen=True)
class Mail:
    """A mail to build. `to`, `cc` and `bcc` are header texts as people write them; bcc never shows in the message."""

    subject: str
    to: str
    html: str
    text: str
    message_id: str
    sent_at: datetime
    cc: str = ""
    bcc: str = ""
    attachments: tuple[Path, ...] = ()
    images: Mapping[str, bytes] = field(default_factory=dict)  # PNG pictures by the name that `cid:` in the HTML gives them


@dataclass(frozen=True)
class Delivery:
    """What became of a message: `path` is its file in the outbox, or None when a server took it.

    `refused` holds the answer of the server for each recipient it did not take.
    """

    size_bytes: int
    path: Path | None = None
    refused: dict[str, str] = field(default_factory=dict)


# --- building ---------------------------------------------------------------------------------------------------


def recipients_of(mail: Mail) -> list[str]:
    """Every address of a mail once, in order. Raises ConfigError for one that is none, or when nobody is in To."""
    if not addresses(mail.to, "toheader"):
        raise ConfigError("toheader names nobody; write at least one address")
    found = addresses(mail.to, "toheader") + addresses(mail.cc, "cc") + addresses(mail.bcc, "bcc")
    once: dict[str, str] = {}
    for address in found:
        once.setdefault(address.lower(), address)
    return list(once.values())


def addresses(text: str, what: str) -> list[str]:
    """The plain addresses in a header text; `what` names the column in the error."""
    if not text.strip():
        return []
    header = _header("To", _address_list(text), what)
    if any(isinstance(defect, InvalidHeaderDefect) for defect in header.defects):
        raise ConfigError(f"{what}: {text!r} holds what is no mail address; write name@example.com, with commas between")
    plain = [address.addr_spec for address in header.addresses]
    for address in plain:
        if not _ADDRESS.match(address):
            raise ConfigError(f"{what}: {address or text!r} is not a mail address; write it like name@example.com")
    return plain


def _address_list(text: str) -> str:
    return _SEMICOLON.sub(",", text).strip().rstrip(",")


def _header(name: str, text: str, what: str):
    """A parsed header. A line break in it would start another header: refused here, before anything is sent."""
    if re.search(r"[\x00-\x1f\x7f]", text):
        raise ConfigError(f"{what}: {text!r} holds a line break or control character; write it on one line")
    try:
        return _POLICY.header_factory(name, text)
    except (HeaderParseError, ValueError, IndexError) as error:
        raise ConfigError(f"{what}: {text!r} is no mail header; write it like name@example.com") from error


def build_message(settings: Settings, mail: Mail) -> EmailMessage:
    """The message, without its bcc recipients. Raises ConfigError for a bad header, DeliveryError when too large."""
    recipients_of(mail)
    _sender_domain(settings)
    message = EmailMessage(_POLICY)
    message["From"] = _header("From", settings.email, "ETL_EMAIL")
    message["To"] = _header("To", _address_list(mail.to), "toheader")
    if mail.cc.strip():
        message["Cc"] = _header("Cc", _address_list(mail.cc), "cc")
    message["Subject"] = _header("Subject", mail.subject, "subjectheader")
    message["Date"] = format_datetime(mail.sent_at)
    message["Message-ID"] = mail.message_id
    message["Auto-Submitted"] = "auto-generated"  # no out-of-office answers: RFC 3834
    message.set_content(mail.text, cte="quoted-printable")
    message.add_alternative(mail.html, subtype="html", cte="quoted-printable")
    page = message.get_body(("html",))
    for name, picture in mail.images.items():
        page.add_related(picture, "image", "png", cid=f"<{name}>", disposition="inline", filename=f"{name}.png")
    _attach(message, mail.attachments)
    return message


def _attach(message: EmailMessage, files: tuple[Path, ...]) -> None:
    size = sum(file.stat().st_size for file in files)
    if size > MAX_ATTACHMENT_BYTES:
        each = ", ".join(f"{file.name} {file.stat().st_size / 1e6:,.1f} MB" for file in files)
        limit = f"a mail takes {MAX_ATTACHMENT_BYTES / 1e6:,.0f} MB"
        raise DeliveryError(f"the attachments are {size / 1e6:,.1f} MB ({each}), {limit}; narrow the query, or put it in parts")
    for file in files:
        main, _, sub = (mimetypes.guess_type(file.name)[0] or "application/octet-stream").partition("/")
        message.add_attachment(file.read_bytes(), maintype=main, subtype=sub, filename=file.name)


def message_id(settings: Settings, *parts: str) -> str:
    """A Message-ID made of the given parts: the same parts give the same id, so that mail programs see one message.

    >>> message_id(settings, "report-1", "20261123T112000Z")
    '<report-1.20261123T112000Z@example.com>'
    """
    return f"<{'.'.join(parts)}@{_sender_domain(settings)}>"


def _sender_domain(settings: Settings) -> str:
    found = addresses(settings.email, "ETL_EMAIL")
    if len(found) != 1:
        raise ConfigError(f"ETL_EMAIL={settings.email!r} is not one mail address; correct it in env.local.sh")
    return found[0].rpartition("@")[2]


# --- the outbox -------------------------------------------------------------------------------------------------


def write_to_outbox(folder: Path, name: str, message: EmailMessage) -> Delivery:
    """Write `name`.eml, and its HTML as `name`.html for a browser; a file of that name is replaced.

    Raises DeliveryError when the folder cannot be written.
    """
    data = message.as_bytes()
    page = browser_page(message)
    try:
        write_whole(folder / f"{name}.eml", data, overwrite=True)
        write_whole(folder / f"{name}.html", page.encode("utf-8"), overwrite=True)
    except OSError as error:
        raise DeliveryError(f"{folder} cannot be written: {error}; make room or correct its owner") from error
    return Delivery(len(data), folder / f"{name}.html")


def browser_page(message: EmailMessage) -> str:
    """The HTML of a message with its pictures inside, which a browser could not find by `cid:`."""
    html = message.get_body(("html",)).get_content()
    for part in message.walk():
        if part["Content-ID"]:
            picture = base64.b64encode(part.get_content()).decode("ascii")
            html = html.replace(f'"cid:{part["Content-ID"][1:-1]}"', f'"data:{part.get_content_type()};base64,{picture}"')
    return html


# --- sending ----------------------------------------------------------------------------------------------------


def send_message(
    settings: Settings,
    message: EmailMessage,
    recipients: list[str],
    *,
    sleep: Callable[[float], None] = time.sleep,
    say: Callable[[str], None] = log.debug,
) -> Delivery:
    """Hand the message to the SMTP server for every recipient, under TLS always.

    What the server puts off (4xx, no connection) is tried again a few times, for the recipients still waiting only;
    what it refuses (5xx) is not. Raises DeliveryError when nobody was reached, DeliveryUnknown when the connection
    broke while the message was handed over. `say` is told each step in plain words, never a secret.
    """
    data = message.as_bytes()
    waiting, refused = list(recipients), {}
    for wait in (*_WAITS_SECONDS, None):
        try:
            attempt = _attempt(settings, data, waiting, say)
        except DeliveryError as error:
            if len(waiting) + len(refused) == len(recipients):  # nobody was reached by an earlier try
                raise
            attempt = _Attempt(refused=dict.fromkeys(waiting, str(error)))
        refused |= attempt.refused
        waiting = list(attempt.deferred)
        if not waiting or wait is None:
            break
        log.debug("the mail server puts off %s; trying again in %d s", attempt.deferred, wait)
        sleep(wait)
    refused |= attempt.deferred
    if len(refused) == len(recipients):
        raise DeliveryError(f"the mail server {_server(settings)} took it for nobody: {_first_answer(refused)}")
    return Delivery(len(data), None, refused)


def _server(settings: Settings) -> str:
    return f"{settings.smtp_host}:{settings.smtp_port}"


def _first_answer(refused: dict[str, str]) -> str:
    address, answer = next(iter(refused.items()))
    return f"{answer} ({address}{f' and {len(refused) - 1} more' if len(refused) > 1 else ''})"


@dataclass(frozen=True)
class _Attempt:
    """The server's answers of one dialogue: final (`refused`) and for now (`deferred`), by recipient."""

    refused: dict[str, str] = field(default_factory=dict)
    deferred: dict[str, str] = field(default_factory=dict)


def _attempt(settings: Settings, data: bytes, recipients: list[str], say: Callable[[str], None]) -> _Attempt:
    try:
        smtp = _session(settings, say)
        try:
            attempt = _dialogue(smtp, settings, data, recipients)
            _say_answers(say, recipients, attempt)
            return attempt
        finally:  # the answers are known: how the goodbye goes changes nothing
            with contextlib.suppress(smtplib.SMTPException, OSError):
                smtp.quit()
            smtp.close()
    except ssl.SSLCertVerificationError as error:
        raise DeliveryError(
            f"the certificate of the mail server {_server(settings)} cannot be trusted: {error.verify_message}; "
            "correct ETL_SMTP_HOST or name the server's CA file in ETL_CA_BUNDLE"
        ) from error
    except smtplib.SMTPNotSupportedError as error:
        raise DeliveryError(f"the mail server {_server(settings)} takes no log-in ({error}); correct ETL_SMTP_HOST") from error
    except smtplib.SMTPResponseException as error:
        return _sorted_answer(recipients, error.smtp_code, error.smtp_error)
    except (smtplib.SMTPException, OSError) as error:
        return _Attempt(deferred=dict.fromkeys(recipients, f"no mail server answers at {_server(settings)} ({error})"))


def _session(settings: Settings, say: Callable[[str], None]) -> smtplib.SMTP:
    """A session that is encrypted and, when there is a password, logged in."""
    context = _trust(settings.ca_bundle)
    # without a name of its own smtplib asks DNS for one, which can take seconds
    common = {"local_hostname": _sender_domain(settings), "timeout": _TIMEOUT_SECONDS}
    if settings.smtp_port == _SSL_PORT:
        smtp = smtplib.SMTP_SSL(settings.smtp_host, settings.smtp_port, context=context, **common)
    else:
        smtp = smtplib.SMTP(settings.smtp_host, settings.smtp_port, **common)
    try:
        say(f"the mail server {_server(settings)} answers")
        if settings.smtp_port != _SSL_PORT:
            _start_tls(smtp, context, settings)
        say(f"the connection is encrypted ({smtp.sock.version()}) and the certificate is trusted")
        if settings.email_password:
            smtp.login(addresses(settings.email, "ETL_EMAIL")[0], settings.email_password)
            say(f"logged in as {settings.email}")
        else:
            say("no log-in: ETL_EMAIL_PASSWORD is not set")
    except BaseException:
        smtp.close()
        raise
    return smtp


def _say_answers(say: Callable[[str], None], recipients: list[str], attempt: _Attempt) -> None:
    for recipient in recipients:
        answer = attempt.refused.get(recipient) or attempt.deferred.get(recipient)
        say(f"{recipient}: {f'not taken: {answer}' if answer else 'the server took the message'}")


def try_login(settings: Settings) -> None:
    """Open a session, log in and leave, as sending would. Raises DeliveryError with the server's answer."""
    try:
        _session(settings, lambda _step: None).quit()
    except smtplib.SMTPResponseException as error:
        raise DeliveryError(f"the mail server {_server(settings)} says {_answer(error.smtp_code, error.smtp_error)}") from error
    except (smtplib.SMTPException, OSError) as error:
        raise DeliveryError(f"no mail server answers at {_server(settings)} as it should ({error})") from error


def _trust(ca_bundle: str | None) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=ca_bundle)
    except OSError as error:
        raise ConfigError(f"ETL_CA_BUNDLE={ca_bundle} cannot be read ({error}); correct it in env.local.sh") from error


def _start_tls(smtp: smtplib.SMTP, context: ssl.SSLContext, settings: Settings) -> None:
    smtp.ehlo_or_helo_if_needed()
    if not smtp.has_extn("starttls"):
        raise DeliveryError(
            f"the mail server {_server(settings)} offers no encryption (STARTTLS), and nothing is sent in clear text; "
            f"correct ETL_SMTP_HOST and ETL_SMTP_PORT (587, or {_SSL_PORT} for a server that begins with TLS)"
        )
    smtp.starttls(context=context)


def _dialogue(smtp: smtplib.SMTP, settings: Settings, data: bytes, recipients: list[str]) -> _Attempt:
    """MAIL, RCPT for each, DATA; the answers sorted by recipient."""
    smtp.ehlo_or_helo_if_needed()
    limit = smtp.esmtp_features.get("size", "")
    if limit.isdecimal() and 0 < int(limit) < len(data):
        raise DeliveryError(f"the mail has {len(data):,} bytes, the server takes {int(limit):,}; narrow the queries")
    code, answer = smtp.mail(addresses(settings.email, "ETL_EMAIL")[0], [f"size={len(data)}"] if limit else [])
    if code != 250:
        raise smtplib.SMTPResponseException(code, answer)
    refused, deferred, accepted = {}, {}, []
    for recipient in recipients:
        code, answer = smtp.rcpt(recipient)
        if code in (250, 251):
            accepted.append(recipient)
        else:
            (deferred if code < 500 else refused)[recipient] = _answer(code, answer)
    final = _hand_over(smtp, data, accepted) if accepted else _Attempt()
    return _Attempt(refused | final.refused, deferred | final.deferred)


def _hand_over(smtp: smtplib.SMTP, data: bytes, accepted: list[str]) -> _Attempt:
    try:
        code, answer = smtp.data(data)
    except smtplib.SMTPDataError as error:
        code, answer = error.smtp_code, error.smtp_error
    except (smtplib.SMTPException, OSError) as error:
        raise DeliveryUnknown(
            f"the connection to the mail server was lost while it took the message ({error}); ask a recipient whether "
            "it arrived, and send it again with --resend if not"
        ) from error
    return _Attempt() if code == 250 else _sorted_answer(accepted, code, answer)


def _sorted_answer(recipients: list[str], code: int, answer: bytes | str) -> _Attempt:
    by_recipient = dict.fromkeys(recipients, _answer(code, answer))
    return _Attempt(deferred=by_recipient) if 400 <= code < 500 else _Attempt(refused=by_recipient)


def _answer(code: int, answer: bytes | str) -> str:
    """A server's answer on one line; it is an outsider's text, so short and printable."""
    text = answer.decode("utf-8", "replace") if isinstance(answer, bytes) else answer
    hint = _LOGIN_HINT if code in _LOGIN_CODES else ""
    return f"{code} {re.sub(r'[^ -~]+', ' ', text)[:300].strip()}{hint}"
