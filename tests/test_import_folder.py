"""The folder and the archive: whatever its name, age, owner or device, a file is loaded once or waits untouched."""
# ruff: noqa: F811

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from conftest import ROOT
from models import Outcome
from test_import import GOOD, Feed, feed  # noqa: F401  (the fixture)

IMPORT = [sys.executable, str(ROOT / "jobscripts" / "run_import_job.py"), "orders"]
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="mounts a file system or changes the user")


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if path.is_file()) if folder.is_dir() else []


def untouched(feed: Feed, *waiting: str) -> None:
    """The files wait as they were; no row, no ledger row, no dataset, nothing in the archive tells of a failed try."""
    assert names(feed.inbox) == sorted(waiting) and names(feed.archive) == []
    assert feed.ledger() == []
    assert feed.query("SELECT count(*) FROM dba.tdataset") == [(0,)]
    assert feed.query("SELECT count(*) FROM dba.timportheader") == [(0,)]


# --- names ------------------------------------------------------------------------------------------------------------

NAMES = [
    "a\nb.csv",
    "a..b.csv",
    "Zoë 🚀 orders.csv",
    "with 'quotes\" and $(id) `id` ;|&.csv",
    "%s {} \\.csv",
    "-rf.csv",
    "a\u202egpj.csv",
    "x" * 251 + ".csv",
    "é" * 125 + ".csv",
]


@pytest.mark.parametrize("name", NAMES)
def test_a_file_of_any_name_is_loaded_and_archived_once(feed, name):
    feed.configure(file_pattern="(?s).*")
    for _ in range(2):
        feed.drop(name, GOOD)
        assert feed.run().failed == 0
        assert names(feed.inbox) == []
    assert [row[:3] for row in feed.ledger()] == [(name, "Loaded", 3), (name, "Duplicate", 0)]
    assert len(names(feed.archive)) == len(names(feed.archive / "duplicates")) == 1


@pytest.mark.parametrize("name", NAMES)
def test_a_bad_file_of_any_name_is_put_aside_with_its_explanation_each_time(feed, name):
    feed.configure(file_pattern="(?s).*")
    for number in range(3):
        feed.drop(name, f"id,name\n{number}\n")
        assert feed.run().failed == 1
        assert names(feed.inbox) == []
    assert [row[:2] for row in feed.ledger()] == [(name, "Failed")] * 3
    put_aside = names(feed.archive / "rejected")
    assert len(put_aside) == 6
    assert {f"{file}.error.txt" for file in put_aside if not file.endswith(".error.txt")} <= set(put_aside)


def test_a_name_that_is_no_text_is_loaded_and_does_not_stop_the_others(feed):
    feed.configure(file_pattern="(?s).*")
    for number, name in enumerate((b"caf\xe9.csv", b"\xff\xfe.csv", b"z.csv")):
        (Path(os.fsdecode(os.path.join(os.fsencode(feed.inbox), name)))).write_text(f"{GOOD}{number},x,\n")
    assert feed.run() == Outcome(3, 0, "orders: 3 file(s) done, 0 failed")
    assert sorted(row[0] for row in feed.ledger()) == ["\\xff\\xfe.csv", "caf\\xe9.csv", "z.csv"]
    assert len(names(feed.archive)) == 3


def test_a_name_that_is_no_text_is_told_in_log_and_ledger(feed, job_env):
    feed.configure(file_pattern="(?s).*")
    (Path(os.fsdecode(os.path.join(os.fsencode(feed.inbox), b"caf\xe9.csv")))).write_text(GOOD)
    result = subprocess.run(IMPORT, env=job_env, capture_output=True, text=True, errors="surrogateescape")
    assert result.returncode == 0 and "Logging error" not in result.stderr and "3 loaded" in result.stdout
    assert feed.query("SELECT count(*) FROM dba.tlogentry WHERE message LIKE '%%3 loaded%%'") == [(1,)]


@pytest.mark.parametrize("pattern", ["a", r"a\.csv", "b.*"])
def test_a_file_that_no_pattern_fits_whole_is_left_alone(feed, pattern):
    feed.configure(file_pattern=pattern)
    feed.drop("a.csv.bak", GOOD)
    outcome = feed.run()
    assert (outcome.done, outcome.failed) == (0, 0) and outcome.message.startswith("orders: no new files")
    untouched(feed, "a.csv.bak")


@pytest.mark.parametrize(
    "folders",
    [
        ("file_watcher",) * 3,
        pytest.param(
            ("file_watcher", "file_watcher/", "./file_watcher"),
        ),
    ],
)
def test_a_file_that_three_configs_match_is_loaded_by_the_first_only(feed, folders, caplog):
    ids = [
        feed.configure(config_name=f"c{n}", file_pattern=".*", target_table=f"feeds.t{n}", source_directory=folder)
        for n, folder in enumerate(folders)
    ]
    assert ids == sorted(ids)
    feed.drop("a.csv", GOOD)
    for name in ("c2", "c1"):
        assert feed.run(name) == Outcome(0, 0, f"{name}: no new files")
        assert "comes first by config_id" in caplog.text
    assert feed.run("c0").done == 1
    assert [row[:2] for row in feed.ledger()] == [("a.csv", "Loaded")]


# --- files in motion --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("moment", ["open for writing", "written to in place"])
def test_a_file_still_being_written_waits(feed, moment):
    feed.configure()
    path = feed.drop("a.csv", "id,name\n" if moment == "written to in place" else "")
    with path.open("r+" if moment == "written to in place" else "w") as writer:
        writer.write("id,name\n1,")
        writer.flush()
        assert feed.run() == Outcome(0, 0, "orders: no new files")
        writer.write("Ann\n")
    assert feed.run().done == 1
    assert feed.rows(columns="id, name") == [("1", "Ann")]


def test_a_file_that_changes_while_it_is_read_is_taken_again(feed, monkeypatch):
    feed.configure()
    path = feed.drop("a.csv", GOOD)
    monkeypatch.setattr("import_queue.is_settled", lambda _path: True)
    import generic_import

    real = generic_import.load_table

    def load_and_append(*args):
        result = real(*args)
        with path.open("a") as file:
            file.write("4,Dan,4\n")
        return result

    monkeypatch.setattr(generic_import, "load_table", load_and_append)
    assert feed.run().failed == 1
    untouched(feed, "a.csv")
    monkeypatch.setattr(generic_import, "load_table", real)
    assert feed.run().failed == 0
    assert feed.ledger() == [("a.csv", "Loaded", 4, 4, 0, 0)]


def test_new_bytes_under_an_old_name_are_a_new_file(feed):
    feed.configure(dateconfig="static", datelocation="20260101", dateformat="yyyyMMdd")
    for text in (GOOD, GOOD + "4,Dan,\n"):
        feed.drop("a.csv", text)
        assert feed.run().failed == 0
    assert [row[:3] for row in feed.ledger()] == [("a.csv", "Loaded", 3), ("a.csv", "Loaded", 4)]
    assert names(feed.archive) == ["a.csv", "a_2.csv"]
    assert len(feed.rows()) == 4 and feed.query("SELECT count(*) FROM dba.tdataset WHERE isactive") == [(1,)]


@pytest.mark.parametrize("stamp", [0, 1, 2**31 - 1, 4_000_000_000])
def test_a_file_of_any_age_is_loaded_and_keeps_its_time(feed, stamp):
    feed.configure()
    os.utime(feed.drop("a.csv", GOOD), (stamp, stamp))
    assert feed.run().failed == 0
    assert feed.query("SELECT extract(epoch FROM modified_at)::bigint FROM dba.timportfile") == [(stamp,)]
    assert (feed.archive / "a.csv").stat().st_mtime == stamp


def test_files_are_loaded_oldest_first_so_that_the_newest_counts(feed):
    feed.configure(dateconfig="static", datelocation="20260101", dateformat="yyyyMMdd")
    for name, age in (("b.csv", 30), ("a.csv", 10), ("c.csv", 20)):
        os.utime(feed.drop(name, f"id\n{name}\n"), (time.time() - age,) * 2)
    assert feed.run().done == 3
    assert [row[0] for row in feed.ledger()] == ["b.csv", "c.csv", "a.csv"]
    assert feed.rows(columns="id") == [("a.csv",)]


def test_symlinks_folders_and_pipes_are_left_alone(feed, tmp_path):
    feed.configure(file_pattern=".*")
    (tmp_path / "elsewhere.csv").write_text(GOOD)
    os.symlink(tmp_path / "elsewhere.csv", feed.inbox / "link.csv")
    os.symlink("/nowhere", feed.inbox / "dangling.csv")
    (feed.inbox / "folder.csv").mkdir()
    os.mkfifo(feed.inbox / "pipe.csv")
    assert feed.run() == Outcome(0, 0, "orders: no new files")
    assert len(list(feed.inbox.iterdir())) == 4


def test_a_file_that_goes_away_fails_nobody(feed, monkeypatch):
    feed.configure()
    path = feed.drop("a.csv", GOOD)
    feed.drop("b.csv", GOOD + "4,D,\n")
    import generic_import

    real = generic_import._identify

    def gone(arrived, settings, pool):
        if arrived.name == "a.csv":
            path.unlink(missing_ok=True)
        return real(arrived, settings, pool)

    monkeypatch.setattr(generic_import, "_identify", gone)
    outcome = feed.run()
    assert outcome.done == 1 and [row[:2] for row in feed.ledger()] == [("b.csv", "Loaded")]


# --- permissions and devices ------------------------------------------------------------------------------------------


@pytest.fixture
def as_user(feed, job_env, tmp_path_factory):
    """Runs the import as a normal user who owns ETL_HOME; returns (exit code, stderr)."""
    if os.geteuid() == 0:
        # pytest's own folders are closed to other users
        home = Path("/var/tmp") / f"etl-test-{os.getpid()}-{time.monotonic_ns()}"
        shutil.move(feed.settings.home, home)
        os.symlink(home, feed.settings.home)
        subprocess.run(["chown", "-R", "nobody", home], check=True)
        prefix = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"]
    else:
        home, prefix = feed.settings.home, []

    def run() -> tuple[int, str]:
        env = job_env | {"ETL_HOME": str(home), "HOME": str(home), "PYTHONDONTWRITEBYTECODE": "1"}
        result = subprocess.run([*prefix, *IMPORT], env=env, capture_output=True, text=True, cwd="/")
        if "Permission denied" in result.stderr and "Traceback" not in result.stderr and result.returncode == 126:
            pytest.skip("a normal user cannot read this checkout")
        return result.returncode, result.stderr

    yield run
    for path in (home, home / "file_watcher", home / "archive"):
        path.chmod(0o755)
    if home != feed.settings.home:
        shutil.rmtree(home)


def give(path: Path, mode: int) -> None:
    if os.geteuid() == 0:
        shutil.chown(path, "nobody")
    path.chmod(mode)


def test_a_file_without_permission_waits_and_the_next_is_loaded(feed, as_user):
    feed.configure()
    give(feed.drop("a.csv", GOOD), 0)
    give(feed.drop("b.csv", GOOD + "4,D,\n"), 0o644)
    code, errors_shown = as_user()
    assert code == 1 and "a.csv: cannot be read (Permission denied); correct its owner or mode" in errors_shown
    assert [row[:2] for row in feed.ledger()] == [("b.csv", "Loaded")] and names(feed.inbox) == ["a.csv"]
    give(feed.inbox / "a.csv", 0o644)
    assert as_user()[0] == 0
    assert [row[:2] for row in feed.ledger()] == [("b.csv", "Loaded"), ("a.csv", "Loaded")]


@pytest.mark.parametrize("folder", ["archive", "file_watcher"])
def test_a_folder_without_permission_to_write_loads_once_and_archives_later(feed, as_user, folder):
    feed.configure()
    give(feed.drop("a.csv", GOOD), 0o644)
    (feed.settings.home / folder).chmod(0o555)
    for _ in range(2):
        code, errors_shown = as_user()
        assert code == 1 and "a.csv" in errors_shown and "ermission denied" in errors_shown
        assert names(feed.inbox) == ["a.csv"]
    assert feed.query("SELECT count(*) FROM feeds.orders") == [(3,)]
    (feed.settings.home / folder).chmod(0o755)
    assert as_user()[0] == 0
    assert feed.ledger() == [("a.csv", "Loaded", 3, 3, 0, 0)]
    assert names(feed.inbox) == [] and names(feed.archive) == ["a.csv"]


def test_a_folder_that_does_not_exist_is_an_error_of_the_config(feed, job_env):
    feed.configure(source_directory="nowhere")
    result = subprocess.run(IMPORT, env=job_env, capture_output=True, text=True)
    assert result.returncode == 2 and "source_directory of orders" in result.stderr


@pytest.fixture
def small_archive(feed):
    """The archive on a device of its own, 2 MB big."""
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", feed.archive], capture_output=True)
    if mounted.returncode:
        pytest.skip("this machine does not let root mount a tmpfs")
    yield feed.archive
    subprocess.run(["umount", "-l", feed.archive], check=True)


@needs_root
def test_an_archive_on_another_device_takes_loaded_duplicate_and_refused_files(feed, small_archive):
    feed.configure()
    for name, text in (("a.csv", GOOD), ("b.csv", GOOD), ("c.csv", "id,name\n1\n")):
        stamp = time.time() - 1000
        os.utime(feed.drop(name, text), (stamp, stamp))
        feed.run()
        assert names(feed.inbox) == []
    assert [row[:2] for row in feed.ledger()] == [("a.csv", "Loaded"), ("b.csv", "Duplicate"), ("c.csv", "Failed")]
    assert (small_archive / "a.csv").read_text() == GOOD
    assert abs((small_archive / "a.csv").stat().st_mtime - stamp) < 5
    assert names(small_archive / "rejected") == ["c.csv", "c.csv.error.txt"]
    assert all(Path(path).is_file() for (path,) in feed.query("SELECT archived_path FROM dba.timportfile"))


@needs_root
def test_a_full_archive_loads_once_and_archives_when_there_is_room(feed, small_archive):
    feed.configure()
    (small_archive / "ballast").write_bytes(b"x" * 1_500_000)
    feed.drop("a.csv", "id,name\n" + "1,abcdefgh\n" * 100_000)
    for _ in range(2):
        assert feed.run() == Outcome(0, 1, "orders: 0 file(s) done, 1 failed")
        assert names(feed.inbox) == ["a.csv"] and names(small_archive) == ["ballast"]
    assert feed.ledger() == [("a.csv", "Loaded", 100_000, 100_000, 0, 0)]
    (small_archive / "ballast").unlink()
    assert feed.run().failed == 0
    assert names(feed.inbox) == [] and names(small_archive) == ["a.csv"]
    assert feed.ledger() == [("a.csv", "Loaded", 100_000, 100_000, 0, 0)]
    assert feed.query("SELECT count(*) FROM feeds.orders") == [(100_000,)]


@needs_root
def test_a_refused_file_in_a_full_archive_is_on_record_once(feed, small_archive):
    feed.configure()
    feed.drop("a.csv", "id,name\n" + "1,a\n" * 700_000 + "2\n")
    for _ in range(3):
        assert feed.run().failed == 1
        assert names(feed.inbox) == ["a.csv"]
    assert [row[:2] for row in feed.ledger()] == [("a.csv", "Failed")]
