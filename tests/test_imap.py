"""The inbox processor on a real IMAP server (dovecot): TLS, STARTTLS, folders, and what servers and networks do wrong."""

import contextlib
import grp
import imaplib
import logging
import os
import pwd
import shutil
import signal
import ssl
import subprocess
import tempfile
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import quote

import pytest
import trustme

from conftest import free_port
from errors import AuthError, ConfigError, SourceError
from gmail_inbox_processor import open_mailbox, process_inbox
from mail_builders import add_rule, files_in, mail, rows

USER, PASSWORD = "etl@firm.example", "only-for-tests"
CSV = b"order_id,price\n007,1.50\n"
DOVECOT = shutil.which("dovecot", path=f"{os.environ['PATH']}:/usr/sbin")
pytestmark = pytest.mark.skipif(DOVECOT is None, reason="needs dovecot (Debian package dovecot-imapd)")

CONFIG = """
base_dir = {home}/run
log_path = {home}/log
protocols = imap
listen = 127.0.0.1
default_internal_user = {user}
default_login_user = {login_user}
default_internal_group = {group}
first_valid_uid = 1
mail_location = maildir:{home}/mail
mail_privileged_group =
ssl = required
ssl_cert = <{home}/cert.pem
ssl_key = <{home}/key.pem
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={user} gid={group} home={home}
}}
namespace inbox {{
  inbox = yes
  prefix = {prefix}
  separator = {separator}
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = {tls_port}
  }}
}}
service anvil {{
  chroot =
}}
service stats {{
  chroot =
}}
"""


@dataclass(frozen=True)
class Dovecot:
    """A running server. `url` is for TLS, `plain_url` for STARTTLS."""

    home: Path
    port: int
    tls_port: int
    bundle: Path
    config: Path
    process: subprocess.Popen

    @property
    def url(self) -> str:
        return f"imaps://{quote(USER)}@localhost:{self.tls_port}"

    @property
    def plain_url(self) -> str:
        return f"imap://{quote(USER)}@localhost:{self.port}"

    def put(self, raw: bytes, when: str = '"20-Nov-2026 23:30:00 -0500"') -> None:
        with self.session() as session:
            assert session.append("INBOX", None, when, raw)[0] == "OK"

    @contextlib.contextmanager
    def session(self) -> Iterator[imaplib.IMAP4_SSL]:
        session = imaplib.IMAP4_SSL("localhost", self.tls_port, ssl_context=ssl.create_default_context(cafile=str(self.bundle)))
        session.login(USER, PASSWORD)
        yield session
        session.logout()

    def subjects(self, folder: str) -> list[str]:
        """The subjects of the mails in a folder, in their order; none when there is no such folder."""
        with self.session() as session:
            answer, count = session.select(f'"{folder}"', readonly=True)
            if answer != "OK" or count == [b"0"]:
                return []
            _, found = session.fetch("1:*", "(BODY.PEEK[HEADER.FIELDS (SUBJECT)])")
            return [part[1].decode().removeprefix("Subject: ").strip() for part in found if isinstance(part, tuple)]

    def flags(self, folder: str) -> str:
        with self.session() as session:
            session.select(f'"{folder}"', readonly=True)
            return str(session.fetch("1:*", "(FLAGS)")[1])

    def drop_sessions(self) -> None:
        """What a crash of the server does to its clients."""
        found = subprocess.run(["pgrep", "-x", "-P", str(self.process.pid), "imap"], capture_output=True, text=True, check=True)
        for pid in found.stdout.split():
            os.kill(int(pid), signal.SIGKILL)


def start(home: Path, prefix: str, separator: str) -> Dovecot:
    authority = trustme.CA()
    certificate = authority.issue_cert("localhost")
    authority.cert_pem.write_to_path(str(home / "ca.pem"))
    certificate.cert_chain_pems[0].write_to_path(str(home / "cert.pem"))
    certificate.private_key_pem.write_to_path(str(home / "key.pem"))
    root = os.geteuid() == 0
    user = "dovecot" if root else pwd.getpwuid(os.geteuid()).pw_name
    port, tls_port, config = free_port(), free_port(), home / "dovecot.conf"
    config.write_text(
        CONFIG.format(
            home=home, port=port, tls_port=tls_port, password=PASSWORD, prefix=prefix, separator=separator,
            user=user, login_user="dovenull" if root else user, group="dovecot" if root else grp.getgrgid(os.getegid()).gr_name,
        )
    )  # fmt: skip
    if root:
        shutil.chown(home, "dovecot", "dovecot")
    silent = dict.fromkeys(["stdin", "stdout", "stderr"], subprocess.DEVNULL)
    process = subprocess.Popen([DOVECOT, "-F", "-c", config], **silent)
    server = Dovecot(home, port, tls_port, home / "ca.pem", config, process)
    deadline = time.monotonic() + 30
    while True:
        try:
            with server.session():
                return server
        except OSError:
            assert process.poll() is None and time.monotonic() < deadline, (home / "log").read_text()
            time.sleep(0.05)


@pytest.fixture(params=[("", "/"), ("INBOX.", ".")], ids=["slash", "inbox-dot"], scope="module")
def shared_imap(request) -> Iterator[Dovecot]:
    home = Path(tempfile.mkdtemp(prefix="etl-imap-"))  # a short name: it holds sockets
    home.chmod(0o755)
    try:
        server = start(home, *request.param)
        yield server
        server.process.terminate()
        server.process.wait(30)
    finally:
        shutil.rmtree(home, ignore_errors=True)


@pytest.fixture
def imap(shared_imap) -> Dovecot:
    """The server with no mail and no folder but the inbox."""
    with shared_imap.session() as session:
        for line in session.list()[1]:
            name = line.decode().rpartition(" ")[2].strip('"')
            if name.upper() != "INBOX":
                session.delete(f'"{name}"')
        if session.select("INBOX")[1] != [b"0"]:
            session.store("1:*", "+FLAGS", "\\Deleted")
            session.expunge()
    return shared_imap


@pytest.fixture
def settings(settings, imap):
    return replace(settings, mailbox=imap.url, imap_password=PASSWORD, ca_bundle=str(imap.bundle))


@pytest.fixture
def handle(settings, connect_as):
    connection = connect_as("etl_user")

    def run(*, dry_run=False, **changes):
        with contextlib.closing(open_mailbox(replace(settings, **changes))) as mailbox:
            return process_inbox(mailbox, settings, connection, run_uuid=str(uuid.uuid4()), dry_run=dry_run)

    return run


def folder(imap: Dovecot, *steps: str) -> str:
    return "INBOX." + ".".join(steps) if "prefix = INBOX." in imap.config.read_text() else "/".join(steps)


def test_every_mail_moves_to_the_folder_of_its_label_and_stays_unread(handle, imap, settings, connect_as, database):
    add_rule(connect_as("etl_admin"), processed_label="Kunden/Müller & Co", attachment_name_pattern=r".*\.csv", save_eml=True)
    raw = mail(("orders.csv", CSV), subject="one", message_id="<1@x>")
    for each in (raw, mail(sender="news@digest.example", subject="two"), mail(("picture.png", b"png"), subject="three")):
        imap.put(each)
    outcome = handle()
    assert "3 seen, 1 processed, 1 unmatched, 1 failed, 0 duplicate, 1 files, 24 bytes" in outcome.message
    assert imap.subjects("INBOX") == []
    assert imap.subjects(folder(imap, "Kunden", "M&APw-ller &- Co")) == ["one"]
    assert sorted(imap.subjects(folder(imap, "ErrorFolder"))) == ["three", "two"]
    assert "Seen" not in imap.flags(folder(imap, "Kunden", "M&APw-ller &- Co"))
    assert files_in(settings.home / "file_watcher") == {"20261120_orders.csv": CSV}
    assert list(files_in(settings.home / "archive" / "mail").values()) == [raw]
    assert rows(database, "SELECT DISTINCT mailbox FROM dba.tinboxmessage") == [(USER,)]
    assert handle().message == f"no mail is waiting in {USER}; nothing to do"


def test_starttls_serves_too_and_a_dry_run_changes_nothing(handle, imap, settings, connect_as, caplog):
    add_rule(connect_as("etl_admin"))
    imap.put(mail(("orders.csv", CSV), subject="one"))
    caplog.set_level(logging.INFO)
    handle(dry_run=True, mailbox=imap.plain_url)
    assert "would save 20261120_orders.csv" in caplog.text
    assert imap.subjects("INBOX") == ["one"] and "Seen" not in imap.flags("INBOX")
    assert imap.subjects(folder(imap, "Processed")) == []
    assert "1 processed" in handle(mailbox=imap.plain_url).message


def test_a_mail_put_back_is_moved_again_and_nothing_is_saved_twice(handle, imap, settings, connect_as):
    add_rule(connect_as("etl_admin"))
    raw = mail(("orders.csv", CSV), subject="one", message_id="<1@x>")
    for _ in range(2):
        imap.put(raw)
        handle()
    assert imap.subjects(folder(imap, "Processed")) == ["one", "one"]
    assert list(files_in(settings.home / "file_watcher")) == ["20261120_orders.csv"]


@pytest.mark.parametrize(
    ("changes", "kind", "message"),
    [
        ({"imap_password": "wrong"}, AuthError, "refuses the login of etl@firm.example.*ETL_IMAP_PASSWORD"),
        ({"imap_password": None}, ConfigError, "ETL_IMAP_PASSWORD is not set"),
        ({"ca_bundle": None}, SourceError, "certificate"),
        ({"mailbox": "imaps://localhost"}, ConfigError, "ETL_MAILBOX must read imaps://USER@SERVER"),
        ({"mailbox": "imaps://etl:secret@localhost"}, ConfigError, "the password belongs into ETL_IMAP_PASSWORD"),
    ],
)
def test_what_is_wrong_is_said_with_the_fix_and_no_secret(handle, imap, connect_as, changes, kind, message):
    add_rule(connect_as("etl_admin"))
    with pytest.raises(kind, match=message) as caught:
        handle(**changes)
    assert "secret" not in str(caught.value) and PASSWORD not in str(caught.value)


def test_a_server_that_dies_in_the_middle_stops_the_run_and_the_next_one_finishes(handle, imap, settings, connect_as, database):
    add_rule(connect_as("etl_admin"))
    for number in range(4):
        imap.put(mail((f"orders_{number}.csv", b"%d" % number), subject=f"{number}", message_id=f"<{number}@x>"))
    mailbox = open_mailbox(settings)
    original, moves = mailbox.move, []

    def move(*given):
        moves.append(given)
        if len(moves) == 2:
            imap.drop_sessions()
        return original(*given)

    mailbox.move = move
    with pytest.raises(SourceError, match="next run goes on"):
        process_inbox(mailbox, settings, connect_as("etl_user"), run_uuid=str(uuid.uuid4()))
    mailbox.close()
    assert len(imap.subjects("INBOX")) == 3
    assert handle().failed == 0
    assert sorted(imap.subjects(folder(imap, "Processed"))) == ["0", "1", "2", "3"]
    assert len(files_in(settings.home / "file_watcher")) == 4
    assert rows(database, "SELECT status, count(*) FROM dba.tinboxmessage GROUP BY 1") == [("processed", 4)]
