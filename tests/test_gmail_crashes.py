"""kill -9 at random writes, SQL statements and remote calls of a Gmail run.

Each mail ends once, each file is saved once, none is half written. GMAIL_CRASH_SEEDS says how many seeds are tried.
"""

import contextlib
import hashlib
import os
import signal
import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest

from gmail_server import Dropped, FakeGmail
from mail_builders import add_rule, files_in, mail, rows
from settings import Settings
from test_mail_crashes import connected, in_child, inbox_mails, killed_at, once

SEEDS = int(os.environ.get("GMAIL_CRASH_SEEDS", "40"))
ENDS = {"processed": {"Processed"}, "unmatched": {"ErrorFolder"}, "failed": {"ErrorFolder"}}


@pytest.fixture
def gmail() -> Iterator[FakeGmail]:
    with contextlib.closing(FakeGmail()) as fake:
        yield fake


class Killer:
    """Kills a process at the n-th of these moments: Gmail hears a call and does nothing, Gmail has done it and not answered."""

    def __init__(self, gmail: FakeGmail, moment: int) -> None:
        self._moment, self._seen = moment, 0
        self._pid, self._told = 0, threading.Event()
        gmail.on_call = self.hear

    def hear(self, when: str, _path: str) -> None:
        self._seen += 1
        if self._seen == self._moment:
            self._told.wait(30)
            with contextlib.suppress(ProcessLookupError):
                os.kill(self._pid, signal.SIGKILL)
            if when == "before":
                raise Dropped

    def tell(self, pid: int) -> None:
        self._pid = pid
        self._told.set()


def fresh(settings: Settings, gmail: FakeGmail, seed: int) -> tuple[Settings, dict[str, bytes]]:
    """An account with a home of its own; the mails by their ids."""
    home = settings.home / f"home{seed}"
    home.mkdir()
    gmail.messages.clear()
    gmail.labels = {"INBOX": "INBOX", "UNREAD": "UNREAD"}
    gmail.account = f"etl{seed}@firm.example"
    raws = [*inbox_mails().values(), mail(("big.csv", b"x" * 2**20), message_id="<7@x>")]
    mails = {gmail.add(raw): raw for raw in raws}
    settings = replace(settings, home=home, mailbox="gmail", gmail_api_endpoint=gmail.url, gmail_token=home / "token.json")
    gmail.write_login(settings.gmail_token)
    return settings, mails


def assert_consistent(settings: Settings, gmail: FakeGmail, mails: dict[str, bytes], database) -> dict[str, str]:
    """True after every crash: what has left the inbox is on record as ended so, no file is half. Returns the state of each mail."""
    query = "SELECT sha256, status FROM dba.tinboxmessage WHERE mailbox = %s"
    on_record = dict(rows(database, query, gmail.account))
    states = {}
    for mail_id, raw in mails.items():
        labels, status = gmail.names_of(mail_id), on_record.get(hashlib.sha256(raw).hexdigest())
        if "INBOX" in labels:
            assert labels == {"INBOX"}
            states[mail_id] = "in the inbox"
        else:
            assert labels == ENDS[status]
            states[mail_id] = status
    wanted = {b"one", b"two", b"other", b"six", b"x" * 2**20}
    found = files_in(settings.home / "file_watcher")
    assert set(found.values()) <= wanted and max(Counter(found.values()).values(), default=1) == 1
    assert set(files_in(settings.home / "archive" / "mail").values()) <= set(mails.values())
    query = (
        "SELECT saved_path, attachment.sha256 FROM dba.tinboxattachment AS attachment JOIN dba.tinboxmessage AS message"
        " USING (inboxmessageid) WHERE attachment.status = 'saved' AND message.status = 'processed' AND mailbox = %s"
    )
    for path, sha256 in rows(database, query, gmail.account):
        assert hashlib.sha256(Path(path).read_bytes()).hexdigest() == sha256
    return states


@pytest.mark.slow
def test_whatever_is_killed_each_mail_ends_once_and_each_file_is_saved_once(settings, gmail, database, connect_as):
    add_rule(connect_as("etl_admin"), save_eml=True, attachment_name_pattern=r".*\.csv")
    connection = connect_as("etl_user")
    kills = 0
    for seed in range(SEEDS):
        random = Random(seed)
        home, mails = fresh(settings, gmail, seed)
        for _ in range(random.choice([1, 1, 2])):
            remote = random.random() < 0.6
            killer = Killer(gmail, random.randrange(1, 40) if remote else 0)
            kills += killed_at(None if remote else random.randrange(200), home, killer.tell)
            gmail.on_call = lambda when, path: None
            assert_consistent(home, gmail, mails, database)
        once(home, connection)
        states = assert_consistent(home, gmail, mails, database)
        assert Counter(states.values()) == {"processed": 5, "unmatched": 1, "failed": 1}, f"seed {seed}"
        assert len(files_in(home.home / "file_watcher")) == 5, f"seed {seed}"
        assert len(files_in(home.home / "archive" / "mail")) == 5, f"seed {seed}"
        query = "SELECT status, count(*) FROM dba.tinboxmessage WHERE mailbox = %s GROUP BY 1"
        assert dict(rows(database, query, gmail.account)) == {"processed": 5, "unmatched": 1, "failed": 1}
    assert kills > SEEDS // 2


def test_several_processors_at_once_on_one_inbox_take_each_mail_once(settings, gmail, database, connect_as):
    add_rule(connect_as("etl_admin"), attachment_name_pattern=r".*\.csv")
    home, mails = fresh(settings, gmail, 0)
    for number in range(30):
        raw = mail((f"orders_{number % 4}.csv", b"%d" % number), message_id=f"<x{number}@x>")
        mails[gmail.add(raw)] = raw
    children = [in_child(lambda: once(home, connected(home))) for _ in range(3)]
    assert [os.WEXITSTATUS(os.waitpid(pid, 0)[1]) for pid in children] == [0, 0, 0]
    assert Counter(status for (status,) in rows(database, "SELECT status FROM dba.tinboxmessage")) == {
        "processed": 35, "unmatched": 1, "failed": 1,
    }  # fmt: skip
    contents = list(files_in(home.home / "file_watcher").values())
    assert len(contents) == len(set(contents)) == 35
    assert not any("INBOX" in message.labels for message in gmail.messages.values())
