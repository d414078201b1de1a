"""A Gmail that lives in this process and speaks real HTTP: mails, labels, search, batches, quota, logins and every trouble.

The raw bytes of a mail are the truth. What is asked is in `log`, one Call per request and one per part of a batch.
"""

import base64
import contextlib
import hashlib
import http.server
import json
import re
import secrets
import ssl
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

MODIFY = "https://www.googleapis.com/auth/gmail.modify"
READONLY = "https://www.googleapis.com/auth/gmail.readonly"
ACCOUNT = "etl@firm.example"
PREFIX = "/gmail/v1/users/me/"
UNITS = {"batchModify": 50}  # everything else costs 5, a batch what its parts cost


@dataclass
class Message:
    raw: bytes
    date_ms: int
    labels: set[str]


@dataclass(frozen=True)
class Call:
    """What came in: `path` without the prefix, `query` as text; `status` is what it was answered with."""

    method: str
    path: str
    query: str
    status: int


@dataclass
class Fault:
    """What happens to the next `times` calls whose path matches, after `skip` that are spared.

    `kind` is status, close (nothing is done), lost (done, but unanswered) or cut (half of the answer).
    """

    path: str
    kind: str = "status"
    status: int = 503
    reason: str = "backendError"
    retry_after: str | None = None
    times: int = 1
    skip: int = 0


@dataclass
class Answer:
    status: int
    body: dict | str | None
    headers: dict[str, str] = field(default_factory=dict)


class Dropped(Exception):
    """The connection is closed without an answer."""


def error(status: int, reason: str, headers: dict[str, str] | None = None) -> Answer:
    errors = [{"domain": "global", "reason": reason, "message": reason}]
    return Answer(status, {"error": {"code": status, "message": reason, "errors": errors}}, headers or {})


class FakeGmail:
    """`url` is ETL_GMAIL_API_ENDPOINT; give `certificate` (a trustme one) for TLS. `on_call` is told of each call, before and after."""

    def __init__(self, certificate=None) -> None:
        self.account = ACCOUNT
        self.messages: dict[str, Message] = {}
        self.labels = {"INBOX": "INBOX", "UNREAD": "UNREAD"}
        self.faults: deque[Fault] = deque()
        self.log: list[Call] = []
        self.latency = 0.0
        self.units_per_second: float | None = None
        self.token_seconds = 3600
        self.refresh_expires_in: int | None = None
        self.granted = MODIFY
        self.access: dict[str, tuple[float, str]] = {}
        self.refresh_tokens: dict[str, str] = {}
        self.codes: dict[str, dict[str, str]] = {}
        self.on_call: Callable[[str, str], None] = lambda moment, path: None
        self.reads = 0
        self._bucket, self._filled_at = 0.0, time.monotonic()
        self._lock = threading.RLock()
        self._server = _Server(("127.0.0.1", 0), _handler(self))
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            certificate.configure_cert(context)
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        host = "localhost" if certificate else "127.0.0.1"
        self.url = f"{'https' if certificate else 'http'}://{host}:{self._server.server_address[1]}/"
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    # what a test puts in and looks at

    def add(self, raw: bytes, *labels: str, date_ms: int | None = None) -> str:
        """A new mail in the inbox; returns its 16-hex id. Later ones are newer."""
        with self._lock:
            number = len(self.messages)
            mail_id = f"{0x18C0000000000000 + number:016x}"
            date = 1_763_650_800_000 + number * 1000 if date_ms is None else date_ms  # 20 Nov 2025 10:00 in New York
            self.messages[mail_id] = Message(raw, date, {"INBOX", "UNREAD", *labels})
            return mail_id

    def names_of(self, mail_id: str) -> set[str]:
        """The label names of a mail, without UNREAD."""
        return {self.labels[label] for label in self.messages[mail_id].labels} - {"UNREAD"}

    def write_login(self, token: Path, credentials: Path | None = None, scope: str = MODIFY) -> None:
        """A token file of a login that works, as the program itself writes it, and the OAuth client."""
        refresh = "c4nary" + secrets.token_hex(8)
        self.refresh_tokens[refresh] = scope
        token.write_text(json.dumps({
            "token": self._new_access(scope), "refresh_token": refresh, "token_uri": f"{self.url}token",
            "client_id": "client", "client_secret": "c4nary-client", "scopes": scope.split(),
            "expiry": time.strftime("%Y-%m-%dT%H:%M:%S+00:00", time.gmtime(time.time() + self.token_seconds)),
        }))  # fmt: skip
        token.chmod(0o600)
        if credentials:
            self.write_client(credentials)

    def write_client(self, credentials: Path) -> None:
        client = {"client_id": "client", "client_secret": "c4nary-client", "auth_uri": f"{self.url}auth", "token_uri": f"{self.url}token"}
        credentials.write_text(json.dumps({"installed": client}))
        credentials.chmod(0o600)

    def allow(self, url: str) -> str:
        """What a person's click on Allow does: the address that the browser is sent to."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
        code = secrets.token_hex(8)
        self.codes[code] = asked
        return f"{asked['redirect_uri']}?{urlencode({'state': asked['state'], 'code': code, 'scope': self.granted})}"

    def calls(self, what: str = "") -> list[Call]:
        return [call for call in self.log if re.search(what, f"{call.method} {call.path}")]

    # the API

    def answer(self, method: str, target: str, body: bytes, headers) -> Answer:
        """The answer to one call, with its faults; raises Dropped when there is none."""
        url = urlsplit(target)
        path = url.path.removeprefix(PREFIX).strip("/")
        with self._lock:
            self.on_call("before", path)
            fault = self._fault(path)
            answer = self._faulty(fault) if fault else None
            answer = answer or self._charged(path) or self._handled(method, path, parse_qs(url.query), body, headers)
            self.log.append(Call(method, path, url.query, answer.status))
            self.on_call("after", path)
        if fault and fault.kind == "lost":
            raise Dropped
        if fault and fault.kind == "cut":
            answer.headers["X-Cut"] = "1"
        return answer

    def _fault(self, path: str) -> Fault | None:
        for fault in self.faults:
            if fault.times > 0 and re.search(fault.path, path):
                fault.skip -= 1
                if fault.skip < 0:
                    fault.times -= 1
                    return fault
        return None

    def _faulty(self, fault: Fault) -> Answer | None:
        if fault.kind == "close":
            self.log.append(Call("", fault.path, "", 0))
            raise Dropped
        if fault.kind == "status":
            return error(fault.status, fault.reason, {"Retry-After": fault.retry_after} if fault.retry_after else {})
        return None

    def _charged(self, path: str) -> Answer | None:
        """A bucket of one second's quota."""
        if self.units_per_second is None or path == "token":
            return None
        now = time.monotonic()
        self._bucket = min(self.units_per_second, self._bucket + (now - self._filled_at) * self.units_per_second)
        self._filled_at = now
        cost = UNITS.get(path.rpartition("/")[2], 5)
        if self._bucket < cost:
            return error(429, "rateLimitExceeded")
        self._bucket -= cost
        return None

    def _handled(self, method: str, path: str, query: dict, body: bytes, headers) -> Answer:
        if path == "token":
            return self._token({name: values[0] for name, values in parse_qs(body.decode()).items()})
        until, scope = self.access.get(headers.get("Authorization", "").removeprefix("Bearer "), (0.0, ""))
        if until < time.time():
            return error(401, "authError")
        if method == "POST" and MODIFY not in scope.split():
            return error(403, "insufficientPermissions")
        given = json.loads(body) if body else {}
        steps = path.split("/")
        match (method, *steps):
            case ("GET", "profile"):
                return Answer(200, {"emailAddress": self.account, "messagesTotal": len(self.messages), "historyId": "1"})
            case ("GET", "messages"):
                return self._list(query)
            case ("GET", "messages", mail_id):
                return self._get(mail_id, query.get("format", ["full"])[0])
            case ("GET", "messages", mail_id, "attachments", attachment_id):
                return self._attachment(mail_id, attachment_id)
            case ("POST", "messages", "batchModify"):
                return self._modify(given["ids"], given)
            case ("POST", "messages", mail_id, "modify"):
                return self._modify([mail_id], given) if mail_id in self.messages else error(404, "notFound")
            case ("GET", "labels"):
                return Answer(200, {"labels": [{"id": key, "name": name} for key, name in self.labels.items()]})
            case ("POST", "labels"):
                return self._create_label(given["name"])
        return error(404, "notFound")

    def _list(self, query: dict) -> Answer:
        wanted = set(query.get("labelIds", []))
        larger = re.fullmatch(r"larger:(\d+)M", query.get("q", ["larger:0M"])[0])
        ids = [
            mail_id for mail_id, message in sorted(self.messages.items(), reverse=True)
            if wanted <= message.labels and len(message.raw) >= int(larger[1]) * 2**20
        ]  # fmt: skip
        after = base64.urlsafe_b64decode(query["pageToken"][0]).decode() if "pageToken" in query else "g"
        ids = [mail_id for mail_id in ids if mail_id < after]
        size = int(query.get("maxResults", ["100"])[0])
        page: dict = {"messages": [{"id": mail_id, "threadId": mail_id} for mail_id in ids[:size]]} if ids else {}
        if len(ids) > size:
            page["nextPageToken"] = base64.urlsafe_b64encode(ids[size - 1].encode()).decode()
        return Answer(200, page)

    def _get(self, mail_id: str, kind: str) -> Answer:
        message = self.messages.get(mail_id)
        if message is None:
            return error(404, "notFound")
        self.reads += 1
        facts = {"id": mail_id, "labelIds": sorted(message.labels), "internalDate": str(message.date_ms), "sizeEstimate": len(message.raw)}
        if kind == "raw":
            return Answer(200, {**facts, "raw": base64.urlsafe_b64encode(message.raw).decode()})
        if kind == "full":
            tree = message_from_bytes(message.raw, policy=policy.default)
            return Answer(200, {**facts, "payload": _payload(tree, "", self.reads)})
        return Answer(200, facts)

    def _attachment(self, mail_id: str, attachment_id: str) -> Answer:
        message = self.messages.get(mail_id)
        part = message and dict(_parts(message_from_bytes(message.raw, policy=policy.default))).get(attachment_id.partition("-")[0])
        if part is None:
            return error(404, "notFound")
        data = part.get_payload(decode=True)
        return Answer(200, {"size": len(data), "data": base64.urlsafe_b64encode(data).decode()})

    def _modify(self, ids: list[str], given: dict) -> Answer:
        added, removed = set(given.get("addLabelIds", [])), set(given.get("removeLabelIds", []))
        if len(ids) > 1000 or not (added | removed) <= self.labels.keys():
            return error(400, "invalidArgument")
        for mail_id in ids:
            if mail_id in self.messages:  # batchModify says nothing of those that are gone
                self.messages[mail_id].labels = self.messages[mail_id].labels - removed | added
        return Answer(204, None)

    def _create_label(self, name: str) -> Answer:
        if name.casefold() in {known.casefold() for known in self.labels.values()}:
            return error(409, "aborted")
        if name.casefold() in ("spam", "trash", "sent") or len(name) > 225:
            return error(400, "invalidArgument")
        label_id = f"Label_{len(self.labels)}"
        self.labels[label_id] = name
        return Answer(200, {"id": label_id, "name": name})

    # logins

    def _new_access(self, scope: str) -> str:
        access = "c4nary" + secrets.token_hex(8)
        self.access[access] = (time.time() + self.token_seconds, scope)
        return access

    def _token(self, given: dict[str, str]) -> Answer:
        fresh = {"token_type": "Bearer", "expires_in": self.token_seconds}
        if given["grant_type"] == "refresh_token":
            scope = self.refresh_tokens.get(given["refresh_token"])
            if scope is None:
                return Answer(400, {"error": "invalid_grant", "error_description": "Token has been expired or revoked."})
            return Answer(200, {**fresh, "access_token": self._new_access(scope), "scope": scope})
        asked = self.codes.pop(given.get("code", ""), None)
        if asked is None or asked["code_challenge"] != _challenge(given.get("code_verifier", "")):
            return Answer(400, {"error": "invalid_grant", "error_description": "Malformed auth code."})
        refresh = "c4nary" + secrets.token_hex(8)
        self.refresh_tokens[refresh] = self.granted
        ends = {"refresh_token_expires_in": self.refresh_expires_in} if self.refresh_expires_in else {}
        return Answer(200, {
            **fresh, "access_token": self._new_access(self.granted), "refresh_token": refresh, "scope": self.granted, **ends,
        })  # fmt: skip


def _challenge(verifier: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")


def _parts(part: EmailMessage, number: str = ""):
    """Every part with its number, as Gmail counts them: 0, 1, 1.0, ..."""
    yield number, part
    if part.is_multipart():
        for index, child in enumerate(part.get_payload()):
            yield from _parts(child, f"{number}.{index}" if number else str(index))


def _payload(part: EmailMessage, number: str, reads: int) -> dict:
    """The part tree as format=full gives it: small bodies inline, files by an attachmentId that changes with every read."""
    found = {"partId": number, "mimeType": part.get_content_type(), "filename": part.get_filename() or ""}
    found["headers"] = [{"name": name, "value": str(value)} for name, value in part.items()]
    if part.is_multipart():
        steps = enumerate(part.get_payload())
        found["parts"] = [_payload(child, f"{number}.{index}" if number else str(index), reads) for index, child in steps]
        return {**found, "body": {"size": 0}}
    data = part.get_payload(decode=True)
    inline = {"data": base64.urlsafe_b64encode(data).decode()}
    return {**found, "body": {"size": len(data), **({"attachmentId": f"{number}-{reads}"} if found["filename"] else inline)}}


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def handle_error(self, request, client_address) -> None:
        """A client that was killed is no news."""


def _handler(gmail: FakeGmail) -> type:
    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True
        wbufsize = -1

        def handle_any(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            time.sleep(gmail.latency)
            try:
                if self.path.startswith("/batch/gmail/v1"):
                    self._batch(body)
                else:
                    answer = gmail.answer(self.command, self.path, body, self.headers)
                    self._send(answer.status, _json(answer), "application/json", answer.headers)
            except Dropped:
                self.close_connection = True

        do_GET = do_POST = handle_any

        def _batch(self, body: bytes) -> None:
            whole = gmail._fault("batch")
            if whole and whole.kind == "status":
                answer = error(whole.status, whole.reason)
                return self._send(answer.status, _json(answer), "application/json", {})
            outer = message_from_bytes(b"Content-Type: " + self.headers["Content-Type"].encode() + b"\r\n\r\n" + body)
            parts = outer.get_payload()
            if len(parts) > 100:
                answer = error(400, "invalidArgument")
                return self._send(answer.status, _json(answer), "application/json", {})
            boundary = "batch_" + secrets.token_hex(8)
            texts = [f"--{boundary}\r\nContent-Type: application/http\r\n{self._part(part)}\r\n" for part in parts]
            text = "".join(texts) + f"--{boundary}--\r\n"
            headers = {"X-Cut": "1"} if whole and whole.kind == "cut" else {}
            return self._send(200, text.encode(), f"multipart/mixed; boundary={boundary}", headers)

        def _part(self, part) -> str:
            request, _, rest = part.get_payload().partition("\n")
            method, target, _ = request.split()
            head = message_from_bytes(rest.encode())
            headers = {"Authorization": head.get("Authorization") or self.headers.get("Authorization", "")}
            answer = gmail.answer(method, target, head.get_payload().strip().encode(), headers)
            extra = "".join(f"{name}: {value}\r\n" for name, value in answer.headers.items())
            content = f"HTTP/1.1 {answer.status} X\r\nContent-Type: application/json\r\n{extra}\r\n{_json(answer).decode()}"
            return f"Content-ID: <response-{part['Content-ID'].strip('<>')}>\r\n\r\n{content}"

        def _send(self, status: int, body: bytes, kind: str, headers: dict[str, str]) -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            if "X-Cut" in headers:
                self.wfile.write(body[: len(body) // 2])
                self.close_connection = True
            else:
                self.wfile.write(body)
            with contextlib.suppress(OSError):
                self.wfile.flush()

        def log_message(self, *_args) -> None:
            """The log is FakeGmail.log."""

    return Handler


def _json(answer: Answer) -> bytes:
    return b"" if answer.body is None else json.dumps(answer.body).encode()
