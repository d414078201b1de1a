"""kill -9 at every write, every SQL statement and every commit, and several processors at once: nothing lost, nothing twice."""

import contextlib
import hashlib
import os
import signal
import sys
import time
import uuid
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from random import Random

import psycopg2
import pytest
from psycopg2.extensions import connection as Connection

from gmail_inbox_processor import open_mailbox, process_inbox
from mail_builders import add_rule, files_in, mail, put, rows
from settings import Settings

_WRITES = {"os.link", "os.rename", "os.remove", "os.mkdir", "os.truncate"}


def inbox_mails() -> dict[str, bytes]:
    """Every kind of end a mail can have."""
    return {
        "1.eml": mail(("orders.csv", b"one"), ("prices.csv", b"two"), message_id="<1@x>"),
        "2.eml": mail(("orders.csv", b"other"), message_id="<2@x>"),
        "3.eml": mail(("orders.csv", b"one"), message_id="<3@x>"),
        "4.eml": mail(sender="news@digest.example", message_id="<4@x>"),
        "5.eml": mail(("picture.png", b"png"), message_id="<5@x>"),
        "6.eml": mail(("late.csv", b"six"), message_id=""),
    }


ENDS = {
    "Processed": {"1.eml", "2.eml", "3.eml", "6.eml"},
    "ErrorFolder": {"4.eml", "5.eml"},
}


def once(settings: Settings, connection: Connection) -> None:
    with contextlib.closing(open_mailbox(settings)) as mailbox:
        process_inbox(mailbox, settings, connection, run_uuid=str(uuid.uuid4()))


def connected(settings: Settings, factory: type = Connection, name: str = "") -> Connection:
    login = settings.logins["job"]
    return psycopg2.connect(
        host=settings.host, port=settings.port, dbname=settings.database, user=login.user, password=login.password,
        connection_factory=factory, application_name=name,
    )  # fmt: skip


def wait_until_forgotten(settings: Settings, name: str) -> None:
    """Until the server notices that a client was killed, its session holds its locks; no next run is that quick."""
    deadline = time.monotonic() + 30
    with contextlib.closing(connected(settings)) as connection:
        while rows(connection, "SELECT 1 FROM pg_stat_activity WHERE application_name = %s", name):
            assert time.monotonic() < deadline
            time.sleep(0.01)


def in_child(work: Callable[[], None]) -> int:
    """Run `work` in a process of its own; returns its pid."""
    pid = os.fork()
    if pid:
        return pid
    try:
        work()
        os._exit(0)
    except BaseException:
        os._exit(1)


def killed_at(moment: int | None, settings: Settings, begun: Callable[[int], None] = lambda pid: None) -> bool:
    """Handle the inbox in a process that is killed at the given step; False when it ended before.

    None counts no steps: whoever is told the pid by `begun` kills it.
    """

    def work() -> None:
        steps = iter(range(10**9 if moment is None else moment))

        def step() -> None:
            if next(steps, None) is None:
                os.kill(os.getpid(), signal.SIGKILL)

        class Counting(Connection):
            def cursor(self, *args, **kwargs):
                step()
                return super().cursor(*args, **kwargs)

            def __exit__(self, *args):
                step()
                result = super().__exit__(*args)
                step()
                return result

        connection = connected(settings, Counting, "victim")

        def audit(event: str, args: tuple) -> None:
            if event in _WRITES or (event == "open" and args[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)):
                step()

        sys.addaudithook(audit)
        once(settings, connection)

    pid = in_child(work)
    begun(pid)
    _, status = os.waitpid(pid, 0)
    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0
    wait_until_forgotten(settings, "victim")
    return os.WIFSIGNALED(status)


def fresh(settings: Settings, number: int) -> Settings:
    """The same database and rules, a home and an inbox of their own."""
    home = settings.home / f"home{number}"
    for name, raw in inbox_mails().items():
        put(home / "mailbox", name, raw)
    return replace(settings, home=home, mailbox=f"folder:{home / 'mailbox'}")


def assert_all_is_well(settings: Settings, database) -> None:
    inbox, watcher = settings.home / "mailbox", settings.home / "file_watcher"
    mails = files_in(inbox)
    assert set(mails) == {f"{label}/{name}" for label, names in ENDS.items() for name in names}
    files = files_in(watcher)
    assert Counter(files.values()) == Counter([b"one", b"two", b"other", b"six"])
    kept = files_in(settings.home / "archive" / "mail")
    assert Counter(kept.values()) == Counter(raw for name, raw in mails.items() if name.startswith("Processed/"))
    query = "SELECT eml_path, sha256 FROM dba.tinboxmessage WHERE mailbox = %s AND status = 'processed'"
    kept_at = rows(database, query, f"folder:{inbox}")
    assert len({path for path, _ in kept_at}) == 4
    assert all(hashlib.sha256(Path(path).read_bytes()).hexdigest() == sha256 for path, sha256 in kept_at)
    states = rows(database, "SELECT status FROM dba.tinboxmessage WHERE mailbox = %s", f"folder:{inbox}")
    assert Counter(status for (status,) in states) == {"processed": 4, "unmatched": 1, "failed": 1}
    query = "SELECT saved_path, attachment.sha256 FROM dba.tinboxattachment AS attachment JOIN dba.tinboxmessage"
    saved = rows(database, f"{query} USING (inboxmessageid) WHERE attachment.status = 'saved' AND mailbox = %s", f"folder:{inbox}")
    assert len(saved) == len({path for path, _ in saved}) == 4
    assert all(hashlib.sha256(Path(path).read_bytes()).hexdigest() == sha256 for path, sha256 in saved)


@pytest.fixture
def rule(connect_as) -> int:
    return add_rule(connect_as("etl_admin"), save_eml=True, attachment_name_pattern=r".*\.csv")


@pytest.mark.slow
def test_killed_at_every_single_step_the_next_run_finishes(settings, rule, database, connect_as):
    connection = connect_as("etl_user")
    moment = 0
    while True:
        home = fresh(settings, moment)
        killed = killed_at(moment, home)
        once(home, connection)
        assert_all_is_well(home, database)
        if not killed:
            break
        moment += 1
    assert moment > 100


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(20))
def test_killed_twice_at_random_steps_the_third_run_finishes(settings, rule, database, connect_as, seed):
    random, home = Random(seed), fresh(settings, seed)
    for _ in range(2):
        killed_at(random.randrange(120), home)
    once(home, connect_as("etl_user"))
    assert_all_is_well(home, database)


@pytest.mark.slow
def test_a_file_the_import_took_after_a_crash_is_not_saved_again(settings, rule, database, connect_as):
    connection = connect_as("etl_user")
    with database, database.cursor() as cursor:
        cursor.execute(
            "INSERT INTO dba.timportconfig (config_name, datasource, datasettype, file_pattern, target_table)"
            " VALUES ('feed', 'a', 'b', 'x', 'feeds.x')"
        )
    for moment in range(0, 60, 3):
        home = fresh(settings, 1000 + moment)
        killed_at(moment, home)
        taken = set()
        for path in (home.home / "file_watcher").glob("2*.csv"):
            taken.add(path.read_bytes())
            with database, database.cursor() as cursor:
                cursor.execute(
                    "INSERT INTO dba.timportfile (config_id, file_name, sha256, size_bytes, inboxattachmentid, status)"
                    " SELECT config_id, saved_name, sha256, attachment.size_bytes, inboxattachmentid, 'Empty'"
                    " FROM dba.tinboxattachment AS attachment, dba.timportconfig"
                    " WHERE config_name NOT LIKE 'MeetMax%%' AND saved_path = %s",
                    (str(path),),
                )
                assert cursor.rowcount == 1, "a file in the folder is not in the ledger"
            path.unlink()
        once(home, connection)
        assert taken.isdisjoint(files_in(home.home / "file_watcher").values())
        assert set(files_in(home.home / "mailbox")) == {f"{label}/{n}" for label, ns in ENDS.items() for n in ns}


def test_several_processors_at_once_take_each_mail_once(settings, rule, database):
    home = fresh(settings, 0)
    for number in range(40):
        content = b"%d" % (number % 30)
        put(home.home / "mailbox", f"x{number}.eml", mail((f"orders_{number % 5}.csv", content), message_id=f"<x{number}@x>"))
    children = [in_child(lambda: once(home, connected(home))) for _ in range(4)]
    assert [os.WEXITSTATUS(os.waitpid(pid, 0)[1]) for pid in children] == [0, 0, 0, 0]
    mails = rows(database, "SELECT status, attempts, count(*) FROM dba.tinboxmessage GROUP BY 1, 2 ORDER BY 1")
    assert mails == [("failed", 1, 1), ("processed", 1, 44), ("unmatched", 1, 1)]
    data = list(files_in(home.home / "file_watcher").values())
    assert len(data) == len(set(data)) == 34
    assert len(files_in(home.home / "mailbox")) == 46 and not list((home.home / "mailbox").glob("*.eml"))
