"""Whatever kills an importer, and however many work at once: every file ends loaded once, whole, and archived."""

import random
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from conftest import ROOT
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


def test_two_importers_share_the_files_without_overlap(feed, job_env):  # noqa: F811
    feed.configure()
    for seed in range(8):
        drop_files(feed, seed)
    workers = [subprocess.Popen(IMPORT, env=job_env, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    done = [worker.communicate(timeout=60)[0] for worker in workers]
    assert [worker.returncode for worker in workers] == [0, 0]
    assert all("1 loaded" in text or "400 loaded" in text for text in done), "both worked"
    check_books(feed, 8)


def test_a_restart_of_postgresql_while_loading_leaves_the_file_for_the_next_run(feed, job_env, connect_as):  # noqa: F811
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
