"""A row's script as a process of its own: its arguments, its time, its end."""

import contextlib
import os
import resource
import shlex
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from errors import ConfigError
from schedule_tables import Task
from scheduled_task import TaskError, command_of
from scheduled_task import run_task as run_task_of_run

ROOT = Path(__file__).resolve().parent.parent


def run_task(task, root, grace=10.0):
    return run_task_of_run(task, root, "11111111-2222-3333-4444-555555555555", grace)


@pytest.fixture
def checkout(tmp_path, monkeypatch) -> Path:
    """A checkout of its own, so that tests may add scripts to jobscripts/."""
    root = tmp_path / "checkout"
    for folder in ("jobscripts", "systemscripts"):
        shutil.copytree(ROOT / folder, root / folder, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "env.sh", root)
    return root


@pytest.fixture
def script(checkout):
    """script(text) adds a shell script to jobscripts/ and returns the task that runs it."""

    def make(text: str, arguments: str = "", seconds: float = 20) -> Task:
        (checkout / "jobscripts" / "job.sh").write_text(text)
        return Task(4, "the task", "job.sh", arguments, seconds)

    return make


def is_running(pid: int) -> bool:
    with open(f"/proc/{pid}/stat", encoding="latin-1") as file:
        return file.read().rpartition(")")[2].split()[0] != "Z"


def is_gone(pid: int, within: float = 5.0) -> bool:
    """True when the process has ended; a zombie that nobody collects has."""
    end = time.monotonic() + within
    while time.monotonic() < end:
        try:
            if not is_running(pid):
                return True
        except (FileNotFoundError, ProcessLookupError):
            return True
        time.sleep(0.05)
    return False


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.one_of(
    st.sampled_from(["", " a b ", "it's", 'say "hi"', "\\", "$HOME", "`id`", "$(id)", "*", "%", ";", "&& id", "--x=a b", "-n", "é €"]),
    st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Zl", "Zp"]), max_size=15),
), max_size=6))  # fmt: skip
def test_arguments_arrive_exactly(checkout, script, arguments):
    out = checkout / "arguments"
    task = script(f"""for argument; do printf '%s\\0' "$argument"; done >{out}""", shlex.join(arguments))
    run_task(task, checkout)
    assert out.read_bytes().decode().split("\0")[:-1] == arguments


def test_an_open_quote_in_scriptargs_is_refused_with_the_row_named(checkout, script):
    with pytest.raises(ConfigError, match="task 4 'the task': scriptargs "):
        command_of(script("true", "'open"), checkout)


@pytest.mark.parametrize("ending, code", [("exit 3", 3), ("exit 75", 75), ("exit 255", 255), ("kill -9 $$", 137)])
def test_the_scripts_exit_code_is_kept(checkout, script, ending, code):
    with pytest.raises(TaskError) as caught:
        run_task(script(ending), checkout)
    assert caught.value.exit_code == code and f"exit code {code}" in str(caught.value)


def test_a_script_that_is_not_in_jobscripts_ends_in_2(checkout):
    with pytest.raises(TaskError) as caught:
        run_task(Task(4, "x", "../env.sh", "", 20), checkout)
    assert caught.value.exit_code == 2


def test_the_script_knows_which_row_started_it_and_its_last_lines_are_logged(checkout, script, caplog):
    with caplog.at_level("INFO"):
        outcome = run_task(script('echo "row $ETL_SCHEDULERID"; echo oops >&2'), checkout)
    assert (outcome.done, outcome.failed) == (1, 0)
    assert "row 4\noops" in caplog.text


def test_over_its_time_the_whole_group_is_ended_even_when_it_ignores_term(checkout, script, tmp_path):
    pids = tmp_path / "pids"
    task = script(
        f"""trap '' TERM
        bash -c 'trap "" TERM; echo $$ >>{pids}; while :; do sleep 1; done' &
        sleep 600 & echo $! >>{pids}
        echo $$ >>{pids}
        while :; do sleep 1; done""",
        seconds=1.5,
    )
    started = time.monotonic()
    with pytest.raises(TaskError, match="stopped after") as caught:
        run_task(task, checkout, grace=0.5)
    assert caught.value.exit_code == 124 and time.monotonic() - started < 10
    numbers = [int(pid) for pid in pids.read_text().split()]
    assert len(numbers) == 3 and all(is_gone(pid) for pid in numbers)


def test_a_script_that_heeds_term_may_tidy_up(checkout, script, tmp_path):
    task = script(f"trap 'echo tidy >{tmp_path}/end; exit 0' TERM; while :; do sleep 0.1; done", seconds=1)
    with pytest.raises(TaskError) as caught:
        run_task(task, checkout)
    assert caught.value.exit_code == 124 and (tmp_path / "end").read_text() == "tidy\n"


def test_what_a_script_leaves_running_ends_with_it(checkout, script, tmp_path):
    run_task(script(f"sleep 600 & echo $! >{tmp_path}/pid"), checkout)
    assert is_gone(int((tmp_path / "pid").read_text()))


def test_output_without_end_costs_no_memory_and_keeps_its_end(checkout, script, caplog):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with caplog.at_level("INFO"):
        run_task(script("yes x | head -c 1000000000; echo the end", seconds=120), checkout)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 20_000  # KB
    assert caplog.text.rstrip().endswith("the end") and len(caplog.text) < 20_000


def test_a_process_that_left_the_group_does_not_hold_the_task_for_ever(checkout, script, tmp_path):
    started = time.monotonic()
    run_task(script(f"setsid sleep 30 & echo $! >{tmp_path}/pid; sleep 0.5"), checkout)
    assert time.monotonic() - started < 20
    os.kill(int((tmp_path / "pid").read_text()), signal.SIGKILL)


# ---- the command, on a database ----


@pytest.fixture
def rows(database, checkout):
    """rows(schedulerid, script text, after=...) adds an active row and its script."""

    def add(schedulerid: int, text: str, after: int | None = None, arguments: str = "") -> None:
        (checkout / "jobscripts" / f"job{schedulerid}.sh").write_text(text)
        with database, database.cursor() as cursor:
            cursor.execute(
                "INSERT INTO dba.tscheduler (schedulerid, taskname, frequency, run_after_schedulerid, scriptpath, scriptargs)"
                " VALUES (%s, %s, %s, %s, %s, %s)",
                (schedulerid, f"task {schedulerid}", None if after else "0 3 * * *", after, f"job{schedulerid}.sh", arguments),
            )

    return add


@pytest.fixture
def argv(checkout) -> list[str]:
    return [sys.executable, str(checkout / "jobscripts" / "run_scheduled_task.py")]


@pytest.fixture
def environment(job_env, checkout) -> dict[str, str]:
    return job_env | {
        "ETL_ROOT": str(checkout), "ETL_VENV": sys.prefix, "PYTHONPATH": f"{checkout}/systemscripts",
    }  # fmt: skip


@pytest.fixture
def run(argv, environment):
    return lambda *arguments: subprocess.run([*argv, *map(str, arguments)], env=environment, capture_output=True, text=True, timeout=60)


@contextlib.contextmanager
def started(argv, environment, *arguments):
    process = subprocess.Popen([*argv, *map(str, arguments)], env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    guard = threading.Timer(60, process.kill)
    guard.start()
    try:
        yield process
    finally:
        guard.cancel()
        process.terminate()
        process.wait(30)


def wait_for(path: Path) -> str:
    end = time.monotonic() + 20
    while time.monotonic() < end:
        if path.exists() and path.read_text():
            return path.read_text()
        time.sleep(0.05)
    raise AssertionError(f"{path} did not appear")


def history(database) -> list[tuple]:
    with database, database.cursor() as cursor:
        cursor.execute("SELECT job, arguments, status, exit_code FROM dba.tjobrun ORDER BY jobrunid")
        return cursor.fetchall()


def test_the_exit_code_goes_through_and_on_record(run, rows, database):
    rows(901, 'echo "got $1"; exit 7', arguments="'a b'")
    answer = run(901)
    assert answer.returncode == 7 and "got a b" in answer.stdout and "Traceback" not in answer.stderr
    assert history(database) == [("run_scheduled_task", "901", "failed", 7)]


def test_a_row_runs_once_at_a_time(run, rows, argv, environment, database, tmp_path):
    rows(901, f"echo $$ >{tmp_path}/pid; sleep 600")
    with started(argv, environment, 901) as first:
        pid = int(wait_for(tmp_path / "pid"))
        assert run(901).returncode == 75
        first.terminate()
        assert first.wait(30) == 143
    assert is_gone(pid)
    assert {status for _, _, status, _ in history(database)} >= {"failed"}


def test_a_runner_that_is_killed_takes_its_script_along(rows, argv, environment, tmp_path):
    rows(901, f"echo $$ >{tmp_path}/pid; exec sleep 600")
    with started(argv, environment, 901) as runner:
        pid = int(wait_for(tmp_path / "pid"))
        runner.kill()
        assert is_gone(pid)


def test_a_task_outlives_its_database_and_its_end_is_put_on_record_later(run, rows, argv, environment, server, database_name, tmp_path):
    rows(901, f"echo up >{tmp_path}/up; until test -e {tmp_path}/go; do sleep 0.1; done; echo end >{tmp_path}/end")
    rows(902, "true")
    away = "ALTER DATABASE {0} ALLOW_CONNECTIONS {1}; SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{0}'"
    with contextlib.closing(server.connect("postgres")) as admin, started(argv, environment, 901) as runner:
        admin.autocommit = True
        wait_for(tmp_path / "up")
        for statement in away.format(database_name, "false").split(";"):
            admin.cursor().execute(statement)
        (tmp_path / "go").touch()
        assert wait_for(tmp_path / "end") == "end\n"
        assert runner.wait(30) == 0
        admin.cursor().execute(f"ALTER DATABASE {database_name} ALLOW_CONNECTIONS true")
    assert run(902).returncode == 0
    with contextlib.closing(server.connect(database_name)) as database:
        ends = history(database)
    assert ("run_scheduled_task", "901", "ok", 0) in ends and ("run_scheduled_task", "902", "ok", 0) in ends and len(ends) == 2


def test_a_row_that_is_absent_or_switched_off_is_refused(run, rows, database):
    assert run(12345).returncode == 2
    rows(901, "true")
    with database, database.cursor() as cursor:
        cursor.execute("UPDATE dba.tscheduler SET datastatusid = 2 WHERE schedulerid = 901")
    answer = run(901)
    assert answer.returncode == 2 and "switched off" in answer.stderr


def test_a_dry_run_shows_the_command_and_does_not_run_it(run, rows, tmp_path):
    rows(901, f"touch {tmp_path}/ran", arguments="'a b'")
    answer = run(901, "--dry-run")
    assert answer.returncode == 0 and "job901.sh 'a b'" in answer.stdout and not (tmp_path / "ran").exists()


@pytest.mark.skipif(sys.prefix == sys.base_prefix, reason="the wrapper starts Python from a virtual environment")
def test_a_chained_row_runs_after_its_parent_did_well_and_only_then(run, rows, database, tmp_path):
    rows(901, f"exit $(cat {tmp_path}/code)")
    rows(902, f"echo ran >>{tmp_path}/child", after=901)
    (tmp_path / "code").write_text("1")
    assert run(901).returncode == 1 and not (tmp_path / "child").exists()
    (tmp_path / "code").write_text("0")
    assert run(901).returncode == 0 and (tmp_path / "child").read_text() == "ran\n"
    assert [row[1:] for row in history(database)] == [("901", "failed", 1), ("901", "ok", 0), ("902", "ok", 0)]
    rows(903, "exit 4", after=901)
    assert run(901).returncode == 1, "a chained row that fails is not hidden"
