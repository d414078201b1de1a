"""The door to a Gmail inbox. One raw read brings a mail with all its attachments; reads run ahead in parallel.

At most some forty small mails or two big ones wait in memory. Changes of labels are gathered and go out together.
"""

import base64
import binascii
from collections import defaultdict
from collections.abc import Collection
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime

from googleapiclient.errors import HttpError
from googleapiclient.http import HttpRequest

from errors import BadFileError, ConfigError, SourceError
from gmail_calls import CHANGE_UNITS, GmailCalls
from mail_models import InboxMail
from settings import Settings

_PAGE = 500  # the most that Gmail lists at once
_BATCH = 8  # small mails read by one call
_BIG = "larger:1M"  # Gmail's own search tells which mails are worth a call of their own
_BIG_WEIGHT = 20  # a big mail counts like so many small ones
_WINDOW = 40  # small mails that may wait in memory
_READERS = 5
_GATHERED = 500  # changes that go out together; Gmail takes 1,000
_HOPELESS = 5  # mails in a row that Gmail cannot give out: it is Gmail's trouble, not theirs


class GmailMailbox:
    """The inbox of the account that the token file belongs to. Ids are Gmail's own."""

    def __init__(self, settings: Settings) -> None:
        self._calls = GmailCalls(settings)
        self._users = self._calls.users
        self.name: str = self._calls.run(self._users.getProfile(userId="me"))["emailAddress"]
        self._readers = ThreadPoolExecutor(_READERS, thread_name_prefix="gmail")
        self._chunks: list[list[str]] = []
        self._big: set[str] = set()
        self._chunk_of: dict[str, int] = {}
        self._ahead: dict[int, Future] = {}
        self._unreadable_in_a_row = 0
        self._labels: dict[str, str] | None = None
        self._moves: dict[str, list[str]] = defaultdict(list)
        self._others: dict[str, set[str]] = {}
        self._is_away = False

    def waiting(self) -> list[str]:
        """The ids of all mails in the inbox, oldest first."""
        ids = self._listed()[::-1]
        self._big = set(self._listed(q=_BIG)) if ids else set()
        self._chunks = _chunks(ids, self._big)
        self._chunk_of = {mail_id: number for number, chunk in enumerate(self._chunks) for mail_id in chunk}
        return ids

    def read(self, mail_id: str) -> InboxMail | None:
        """The mail; None when it has left the inbox. Raises BadFileError when Gmail cannot give it out. Once per mail."""
        number = self._chunk_of[mail_id]
        self._read_ahead(number)
        message = self._ahead[number].result().pop(mail_id)
        if isinstance(message, HttpError):
            return self._unreadable(mail_id, message)
        self._unreadable_in_a_row = 0
        if "INBOX" not in message.get("labelIds", []):
            return None
        try:
            raw = base64.b64decode(message["raw"] + "==", altchars=b"-_", validate=False)
        except (KeyError, binascii.Error) as error:
            raise BadFileError(f"Gmail gives mail {mail_id} out without its bytes; open it in Gmail") from error
        return InboxMail(raw, datetime.fromtimestamp(int(message["internalDate"]) / 1000, UTC))

    def move(self, mail_id: str, label: str, others: Collection[str] = ()) -> None:
        """Note the change; it goes out with others. Raises ConfigError when Gmail has no such label and makes none."""
        label_id = self._label_id(label)
        self._moves[label_id].append(mail_id)
        self._others[label_id] = {other.casefold() for other in others}
        if sum(map(len, self._moves.values())) >= _GATHERED:
            self._send_moves()

    def close(self) -> None:
        """Send the changes that are left and stop reading."""
        self._readers.shutdown(wait=False, cancel_futures=True)
        if not self._is_away:
            self._send_moves()

    def _listed(self, **query: str) -> list[str]:
        """Ids, newest first; each once, also when mails come in between two pages."""
        found: dict[str, None] = {}
        messages = self._users.messages()
        request = messages.list(userId="me", labelIds=["INBOX"], maxResults=_PAGE, fields="messages/id,nextPageToken", **query)
        while request is not None:
            page = self._calls.run(request)
            found |= dict.fromkeys(message["id"] for message in page.get("messages", []))
            request = messages.list_next(request, page)
        return list(found)

    def _read_ahead(self, number: int) -> None:
        """Have the chunk and as many after it read as the window holds; forget the ones before it."""
        for old in [old for old in self._ahead if old < number]:
            del self._ahead[old]
        weight = 0
        for after in range(number, len(self._chunks)):
            chunk = self._chunks[after]
            weight += _BIG_WEIGHT if chunk[0] in self._big else len(chunk)
            if weight > _WINDOW:
                break
            if after not in self._ahead:
                self._ahead[after] = self._readers.submit(self._read_chunk, chunk)

    def _read_chunk(self, ids: list[str]) -> dict[str, dict | HttpError]:
        get = self._users.messages().get
        try:
            return self._calls.run_batch({
                mail_id: get(userId="me", id=mail_id, format="raw", fields="raw,internalDate,labelIds") for mail_id in ids
            })  # fmt: skip
        except SourceError:
            self._is_away = True
            raise

    def _unreadable(self, mail_id: str, error: HttpError) -> None:
        if error.resp.status == 404:
            return
        self._unreadable_in_a_row += 1
        if self._unreadable_in_a_row >= _HOPELESS:
            raise SourceError(f"Gmail gives out no mail now (HTTP {error.resp.status}); the next run goes on") from error
        raise BadFileError(f"Gmail cannot give out mail {mail_id} (HTTP {error.resp.status}); open it in Gmail") from error

    def _send_moves(self) -> None:
        """Take the mails out of the inbox; what is done already stays done when a call is sent again."""
        while self._moves:
            label_id, ids = next(iter(self._moves.items()))
            others = {self._labels[name] for name in self._others[label_id] & self._labels.keys()} - {label_id}
            body = {"ids": ids, "addLabelIds": [label_id], "removeLabelIds": ["INBOX", *sorted(others)]}
            self._changed(self._users.messages().batchModify(userId="me", body=body))
            del self._moves[label_id]

    def _changed(self, request: HttpRequest) -> None:
        try:
            answer = self._calls.ask(request, CHANGE_UNITS)
        except SourceError:
            self._is_away = True
            raise
        if isinstance(answer, HttpError):
            reason = f"Gmail does not change the labels (HTTP {answer.resp.status})"
            raise SourceError(f"{reason}; the files are safe, the next run tries again") from answer

    def _label_id(self, name: str) -> str:
        """The id of a label, made when missing, and the labels it lies under: A/B/C lies under A/B and A."""
        if self._labels is None:
            listed = self._calls.run(self._users.labels().list(userId="me"))
            self._labels = {label["name"].casefold(): label["id"] for label in listed.get("labels", [])}
        steps = [step.strip() for step in name.split("/") if step.strip()] or [name]
        for depth in range(1, len(steps) + 1):
            path = "/".join(steps[:depth])
            if path.casefold() not in self._labels:
                self._labels[path.casefold()] = self._made(path)
        return self._labels["/".join(steps).casefold()]

    def _made(self, path: str) -> str:
        labels = self._users.labels()
        answer = self._calls.ask(labels.create(userId="me", body={"name": path}))
        if not isinstance(answer, HttpError):
            return answer["id"]
        for label in self._calls.run(labels.list(userId="me")).get("labels", []):
            if label["name"].casefold() == path.casefold():  # another run was quicker, or the first reply was lost
                return label["id"]
        raise ConfigError(f"Gmail makes no label {path!r} (HTTP {answer.resp.status}); choose another name in dba.tinboxconfig") from answer


def _chunks(ids: list[str], big: set[str]) -> list[list[str]]:
    """What one call reads: up to eight neighbours, or one big mail. The order stays."""
    chunks: list[list[str]] = []
    for mail_id in ids:
        if not chunks or len(chunks[-1]) == _BATCH or mail_id in big or chunks[-1][-1] in big:
            chunks.append([])
        chunks[-1].append(mail_id)
    return chunks
