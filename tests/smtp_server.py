"""A real SMTP server on loopback for the tests: STARTTLS, log-in, and the answers a test tells it to give."""

import asyncio
import contextlib
import logging
import ssl
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

from conftest import free_port


@dataclass
class Mailroom:
    """What the server took, and what it answers: the first answer left in a list, then 250."""

    mails: list[tuple[list[str], bytes]] = field(default_factory=list)
    tries: int = 0
    to_mail: list[str] = field(default_factory=list)
    to_rcpt: dict[str, list[str]] = field(default_factory=dict)
    to_data: list[str] = field(default_factory=list)
    logins: list[tuple[bytes, bytes]] = field(default_factory=list)
    port: int = 0
    ca_file: str = ""

    async def handle_MAIL(self, server, session, envelope, address, options):
        self.tries += 1
        answer = self.to_mail.pop(0) if self.to_mail else "250 OK"
        if answer.startswith("250"):
            envelope.mail_from = address
            envelope.mail_options.extend(options)
        return answer

    async def handle_RCPT(self, server, session, envelope, address, options):
        answers = self.to_rcpt.get(address, [])
        answer = answers.pop(0) if answers else "250 OK"
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server, session, envelope):
        answer = self.to_data.pop(0) if self.to_data else "250 OK"
        if answer == "hang":
            await asyncio.sleep(3600)
        if answer == "drop":
            server.transport.abort()
            return "250 OK"
        if answer.startswith("250"):
            self.mails.append((list(envelope.rcpt_tos), envelope.content))
        return answer

    def check_login(self, server, session, envelope, mechanism, data):
        self.logins.append((data.login, data.password))
        return AuthResult(success=data.password == b"c4nary-smtp", handled=False)


@contextlib.contextmanager
def smtp_server(folder: Path, host: str = "localhost", tls: str = "starttls", **options) -> Iterator[Mailroom]:
    """A server while the block runs. `tls`: starttls, ssl or none; `host`: the name on its certificate."""
    logging.getLogger("mail.log").setLevel(logging.ERROR)  # it warns of what it itself calls
    authority = trustme.CA()
    ca_file = folder / "ca.pem"
    authority.cert_pem.write_to_path(ca_file)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert(host).configure_cert(context)
    room = Mailroom(port=free_port(), ca_file=str(ca_file))
    if tls == "starttls":
        options |= {"tls_context": context, "require_starttls": True, "authenticator": room.check_login}
    elif tls == "ssl":
        options |= {"ssl_context": context}
    controller = Controller(room, hostname="localhost", port=room.port, **options)
    controller.start()
    try:
        yield room
    finally:
        controller.stop(no_assert=True)
