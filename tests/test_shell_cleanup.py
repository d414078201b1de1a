"""weekly_cleanup_logs.sh: old files with our own names go, everything else stays."""

import os
import subprocess
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
OLD = 8 * 86400
OURS = ["send_reports_20260101.log", "run_import_job_20260101.csv"]
NOT_OURS = [
    "notes.log", "send_reports_20260101.txt", "send_reports_2026.log", "x_20260101.log.gz", "_20260101.log ",
    "a\nb_20260101.log", ".hidden_20260101.log", "etl 1_20260101.log",
]  # fmt: skip


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Old logs of ours and of others, a young one, a link and a folder with our kind of name."""
    logs = tmp_path / "my home" / "logs"
    (logs / "spool").mkdir(parents=True)
    (logs / "folder_20260101.log").mkdir()
    (tmp_path / "target_20260101.log").write_text("precious")
    for name in [*OURS, *NOT_OURS, "young_20260101.log", "spool/run_20260101.log"]:
        (logs / name).write_text("x")
    (logs / "link_20260101.log").symlink_to(tmp_path / "target_20260101.log")
    then = time.time() - OLD
    for path in [*logs.rglob("*"), tmp_path / "target_20260101.log"]:
        os.utime(path, (then, then), follow_symlinks=False)
    os.utime(logs / "young_20260101.log", (time.time() - 6 * 86400,) * 2)
    return logs.parent


def cleanup(home: Path, *arguments: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        ["/bin/bash", ROOT / "jobscripts/weekly_cleanup_logs.sh", *arguments],
        cwd="/",
        env={"ETL_HOME": str(home)},
        capture_output=True,
        text=True,
        check=False,
    )


def files(home: Path) -> set[str]:
    return {str(path.relative_to(home / "logs")) for path in (home / "logs").rglob("*")}


def test_removes_old_files_of_ours_only_and_says_which(home):
    before = files(home)
    result = cleanup(home)
    assert before - files(home) == set(OURS)
    assert result.stdout.splitlines()[-1] == "2 files older than 7 days removed"
    assert all(f"removed: {home}/logs/{name}" in result.stdout for name in OURS)
    assert (home.parent / "target_20260101.log").read_text() == "precious"


def test_dry_run_names_the_same_files_and_removes_none(home):
    before = files(home)
    result = cleanup(home, "--dry-run")
    assert files(home) == before
    assert result.stdout.splitlines()[-1] == "2 files older than 7 days would be removed"


def test_the_keeping_time_is_an_argument(home):
    assert cleanup(home, "--dry-run", "9").stdout == "0 files older than 9 days would be removed\n"
    assert cleanup(home, "--dry-run", "5").stdout.splitlines()[-1] == "3 files older than 5 days would be removed"
    assert [cleanup(home, days).returncode for days in ("0", "-1", "x")] == [2, 2, 2]


def test_does_not_follow_a_log_folder_that_is_a_link(home, tmp_path):
    other = tmp_path / "other"
    other.mkdir()
    (other / "logs").symlink_to(home / "logs")
    before = files(home)
    assert cleanup(other).returncode == 1
    assert files(home) == before


def test_refuses_an_option_it_does_not_know(home):
    before = files(home)
    assert cleanup(home, "--dryrun").returncode == 2
    assert files(home) == before


def test_the_log_all_cron_jobs_share_is_put_aside_under_a_name_that_ages(home):
    (home / "logs/cron.log").write_text("a week of lines")
    cleanup(home, "--dry-run")
    assert "cron.log" in files(home)
    cleanup(home)
    assert "cron.log" not in files(home)
    (aside,) = (home / "logs").glob("cron_*.log")
    assert aside.read_text() == "a week of lines"


def test_beginnings_of_files_that_a_killed_job_left_go_too(home):
    folder = home / "file_watcher"
    folder.mkdir()
    for name in (".part-ab12_xyz", ".part-notours.csv", "orders.csv"):
        (folder / name).write_text("x")
    (folder / ".part-young123").write_text("x")
    then = time.time() - OLD
    for name in (".part-ab12_xyz", ".part-notours.csv", "orders.csv"):
        os.utime(folder / name, (then, then))
    assert f"removed: {folder}/.part-ab12_xyz" in cleanup(home).stdout
    assert {path.name for path in folder.iterdir()} == {".part-notours.csv", "orders.csv", ".part-young123"}
