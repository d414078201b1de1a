"""The door to mail on an IMAP server. Always encrypted; handled mail goes to the folder named like its label."""

import ssl
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC
from urllib.parse import unquote, urlsplit

from imapclient import IMAPClient
from imapclient.exceptions import IMAPClientAbortError, IMAPClientError, LoginError

from errors import AuthError, BadFileError, ConfigError, SourceError
from mail_models import MAX_MAIL_BYTES, InboxMail
from settings import Settings

_SECONDS = 60
_EXAMPLE = "imaps://USER@SERVER, as in imaps://etl%40firm.example@imap.firm.example"


class ImapMailbox:
    """The inbox that imaps://USER@SERVER[:PORT] (TLS) or imap://... (STARTTLS) names; ids are UIDs of this session."""

    def __init__(self, settings: Settings) -> None:
        address = urlsplit(settings.mailbox)
        if not address.username or not address.hostname or address.password:
            raise ConfigError(f"ETL_MAILBOX must read {_EXAMPLE}; the password belongs into ETL_IMAP_PASSWORD")
        if not settings.imap_password:
            raise ConfigError("ETL_IMAP_PASSWORD is not set; put it into env.local.sh")
        user, self._host = unquote(address.username), address.hostname
        self.name = user if "@" in user else f"{user}@{self._host}"
        with self._calling():
            self._client = _connected(settings, address.scheme == "imaps", self._host, address.port)
            self._login(user, settings.imap_password)
            if not self._client.has_capability("MOVE"):
                raise ConfigError(f"{self._host} cannot move mail in one step (RFC 6851); let mbsync bring it into a Maildir")
            self._client.select_folder("INBOX")
            self._prefix, self._delimiter = self._hierarchy()
        self._folders: set[str] = set()

    def waiting(self) -> list[str]:
        """The UIDs of the mails in the inbox, oldest first."""
        with self._calling():
            return [str(uid) for uid in sorted(self._client.search("UNDELETED"))]

    def read(self, mail_id: str) -> InboxMail | None:
        """The mail, left unread; None when it is gone. Raises BadFileError when it is over 150 MB or not given out."""
        facts = self._fetched(mail_id, "RFC822.SIZE", "INTERNALDATE")
        if facts and facts[b"RFC822.SIZE"] > MAX_MAIL_BYTES:
            raise BadFileError(
                f"it has {facts[b'RFC822.SIZE']:,} bytes, at most {MAX_MAIL_BYTES:,} are read; take its attachment out by hand"
            )
        found = facts and self._fetched(mail_id, "BODY.PEEK[]")
        return InboxMail(found[b"BODY[]"], facts[b"INTERNALDATE"].astimezone(UTC)) if found else None

    def move(self, mail_id: str, label: str, others: Collection[str] = ()) -> None:
        """Move the mail into the label's folder, in one step; a mail that is gone is no error."""
        folder = self._folder(label)
        with self._calling():
            self._client.move([int(mail_id)], folder)

    def close(self) -> None:
        """Say goodbye, also to a server that is gone."""
        with suppress(IMAPClientError, OSError):
            self._client.logout()

    def _fetched(self, mail_id: str, *what: str) -> dict | None:
        with self._calling():
            try:
                return self._client.fetch([int(mail_id)], what).get(int(mail_id))
            except IMAPClientAbortError:
                raise
            except IMAPClientError as error:  # this mail only
                raise BadFileError(f"{self._host} does not give it out ({error}); look at it in a mail program") from error

    def _login(self, user: str, password: str) -> None:
        try:
            self._client.login(user, password)
        except LoginError as error:
            raise AuthError(
                f"{self._host} refuses the login of {user}; no mail was touched. Correct ETL_IMAP_PASSWORD in env.local.sh "
                "(many servers want an app password)"
            ) from error

    def _hierarchy(self) -> tuple[str, str]:
        """What stands before a folder name of one's own, and between its steps."""
        if self._client.has_capability("NAMESPACE"):
            personal = self._client.namespace().personal
            if personal:
                return personal[0][0], personal[0][1] or "/"
        folders = self._client.list_folders("", "INBOX")
        return "", (folders[0][1] or b"/").decode() if folders else "/"

    def _folder(self, label: str) -> str:
        """The folder of a label, made when missing; Clients/Acme is a folder in a folder."""
        steps = [step.strip().replace(self._delimiter, "_") for step in label.split("/") if step.strip()] or ["_"]
        folder = self._prefix + self._delimiter.join(steps)
        if folder not in self._folders:
            with self._calling():
                if not self._client.folder_exists(folder):
                    self._make(folder, label)
            self._folders.add(folder)
        return folder

    def _make(self, folder: str, label: str) -> None:
        try:
            self._client.create_folder(folder)
            self._client.subscribe_folder(folder)
        except IMAPClientError as error:
            if isinstance(error, IMAPClientAbortError):
                raise
            raise ConfigError(
                f"{self._host} makes no folder {label!r} ({error}); choose another processed_label or error_label in dba.tinboxconfig"
            ) from error

    @contextmanager
    def _calling(self) -> Iterator[None]:
        """Whatever the server or the network does wrong stops the run: every mail stays where it is."""
        try:
            yield
        except (IMAPClientError, OSError) as error:
            reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
            raise SourceError(f"the mail server {self._host} does not answer as it should ({reason}); the next run goes on") from error


def _connected(settings: Settings, is_tls: bool, host: str, port: int | None) -> IMAPClient:
    context = ssl.create_default_context(cafile=settings.ca_bundle)
    if is_tls:
        client = IMAPClient(host, port or 993, ssl=True, ssl_context=context, timeout=_SECONDS)
    else:
        client = IMAPClient(host, port or 143, ssl=False, timeout=_SECONDS)
        client.starttls(context)
    client.normalise_times = False  # INTERNALDATE with its own zone: local times are ambiguous once a year
    return client
