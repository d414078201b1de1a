"""Whatever kills an importer, and however many work at once: every file ends loaded once, whole, and archived."""

import contextlib
import os
import random
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from conftest import ROOT
from schema_rows import rows
from test_import import Feed, feed  # noqa: F401  (the fixture)

IMPORT = [sys.executable, str(ROOT / "jobscripts" / "run_import_job.py"), "orders"]
FILES, ROWS = 3, 400


def drop_files(feed: Feed, seed: int) -> set[str]:  # noqa: F811
    names = set()
    for number in range(FILES):
        rows = "".join(f"{seed}-{number},{row},{'x' * 40}\n" for row in range(ROWS))
        names.add(feed.drop(f"{seed:04d}_{number}.csv", "batch,row,text\n" + rows).name)
    return names


def check_books(feed: Feed, seeds: int) -> None:  # noqa: F811
    """Every file of every seed: one Loaded row, all its rows in the table once, the file in the archive, nothing left over."""
    assert list(feed.inbox.iterdir()) == []
    ledger = feed.ledger()
    assert len(ledger) == seeds * FILES
    assert {row[1:] for row in ledger} == {("Loaded", ROWS, ROWS, 0, 0)}
    assert feed.query("SELECT count(*), count(DISTINCT (batch, row)) FROM feeds.orders") == [(seeds * FILES * ROWS,) * 2]
    archived = {path.name for path in feed.archive.iterdir() if path.is_file()}
    assert archived == {row[0] for row in ledger}
    assert {Path(path).name for (path,) in feed.query("SELECT archived_path FROM dba.timportfile")} == archived


@pytest.mark.slow
def test_kill_9_at_random_moments_never_loses_doubles_or_half_loads(feed, job_env):  # noqa: F811
    feed.configure(dateconfig="static", datelocation="20260101", dateformat="yyyyMMdd", metadata_label_source="filename",
                   metadata_label_location="2")  # fmt: skip
    seeds = 200
    chance = random.Random(7)
    for seed in range(seeds):
        drop_files(feed, seed)
        process = subprocess.Popen(IMPORT, env=job_env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(chance.uniform(0.08, 0.35))
        process.send_signal(signal.SIGKILL)
        process.wait()
    for _ in range(3):  # a killed session may hold its claims for a moment
        subprocess.run(IMPORT, env=job_env, check=True, stdout=subprocess.DEVNULL)
    check_books(feed, seeds)


MAY_RENAME = os.geteuid() == 0 and subprocess.run(["unshare", "--uts", "true"], capture_output=True).returncode == 0


@pytest.mark.parametrize(
    ("workers", "hosts"),
    [(2, 1), (4, 1), pytest.param(4, 2, marks=pytest.mark.skipif(not MAY_RENAME, reason="needs root and namespaces for a second host"))],
)
def test_importers_share_the_files_without_overlap(feed, job_env, workers, hosts):  # noqa: F811
    feed.configure()
    seeds = 4 * workers
    for seed in range(seeds):
        drop_files(feed, seed)
    other = ["unshare", "--uts", "sh", "-c", 'hostname "$0" && exec "$@"']
    commands = [[*other, f"host{number % hosts}", *IMPORT] if hosts > 1 else IMPORT for number in range(workers)]
    running = [subprocess.Popen(command, env=job_env, stdout=subprocess.PIPE, text=True) for command in commands]
    done = [worker.communicate(timeout=120)[0] for worker in running]
    assert [worker.returncode for worker in running] == [0] * workers
    assert sum("400 loaded" in text for text in done) >= 2, "they shared the work"
    assert feed.query("SELECT count(*), count(DISTINCT host), min(status), max(status) FROM dba.tjobrun") == [(workers, hosts, "ok", "ok")]
    check_books(feed, seeds)


@pytest.mark.parametrize("mode", ["fast", "immediate"])
def test_a_restart_of_postgresql_in_the_middle_of_copy_loses_and_doubles_nothing(feed, job_env, server, database_name, mode):  # noqa: F811
    feed.configure()
    feed.drop("big.csv", "a,b\n" + "".join(f"{n},{'y' * 200}\n" for n in range(400_000)))
    copying = "SELECT count(*) FROM pg_stat_progress_copy WHERE datname = current_database() AND tuples_processed > 1000"
    with subprocess.Popen(IMPORT, env=job_env, stderr=subprocess.PIPE, text=True) as process:
        with contextlib.closing(server.connect(database_name)) as watcher:
            watcher.autocommit = True
            while not rows(watcher, copying)[0][0]:
                assert process.poll() is None, "it must not be over before it is looked at"
        server.restart(mode)
        said = process.communicate(timeout=60)[1]
    assert process.returncode == 1 and "the next run does what is left" in said
    assert (feed.inbox / "big.csv").exists()
    assert subprocess.run(IMPORT, env=job_env).returncode == 0
    with contextlib.closing(server.connect(database_name)) as after:
        assert rows(after, "SELECT status, rows_read, rows_loaded FROM dba.timportfile") == [("Loaded", 400_000, 400_000)]
        assert rows(after, "SELECT count(*), count(DISTINCT a), count(DISTINCT datasetid) FROM feeds.orders") == [(400_000, 400_000, 1)]


def test_sessions_that_end_while_loading_leave_the_file_for_the_next_run(feed, job_env, connect_as):  # noqa: F811
    feed.configure()
    feed.drop("big.csv", "a,b\n" + "".join(f"{n},{'y' * 200}\n" for n in range(300_000)))
    admin = connect_as("postgres")
    admin.autocommit = True
    stopped = threading.Event()

    def terminate() -> None:
        while not stopped.is_set():
            admin.cursor().execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'COPY%' AND datname = current_database()"
            )
            time.sleep(0.02)

    thread = threading.Thread(target=terminate)
    thread.start()
    result = subprocess.run(IMPORT, env=job_env, capture_output=True, text=True)
    stopped.set()
    thread.join()
    assert result.returncode == 1 and "the next run does what is left" in result.stderr
    assert feed.query("SELECT count(*) FROM dba.timportfile") == [(0,)]
    assert subprocess.run(IMPORT, env=job_env).returncode == 0
    assert feed.ledger() == [("big.csv", "Loaded", 300_000, 300_000, 0, 0)]


@pytest.mark.parametrize("linked", [False, True], ids=["before its move", "in the middle of its move"])
@pytest.mark.parametrize(("content", "status"), [("a\n1\n", "Duplicate"), ("a,a\n1,2,3\n", "Failed")])
def test_a_run_that_stops_at_the_move_of_a_file_it_did_not_load_leaves_one_record(feed, monkeypatch, content, status, linked):  # noqa: F811
    feed.configure()
    if status == "Duplicate":
        feed.drop("first.csv", content)
        feed.run()
    path = feed.drop("a.csv", content)

    def stopped(source: Path, target: Path) -> Path:
        if linked:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.hardlink_to(source)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr("generic_import.move_no_overwrite", stopped)
        feed.run()
    assert path.exists()
    feed.run()
    assert not path.exists()
    assert [row[:2] for row in feed.ledger() if row[0] == "a.csv"] == [("a.csv", status)]
    ((kept,),) = feed.query("SELECT archived_path FROM dba.timportfile WHERE file_name = 'a.csv'")
    assert Path(kept).read_text() == content
    assert len(list(feed.archive.rglob("a*.csv"))) == 1
