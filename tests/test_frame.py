"""The frame around every job: exit codes, the run on record, locks, logs, dry runs."""

import csv
import json
import logging
import os
import signal
import socket
import subprocess
import sys
from dataclasses import replace

import pytest

import job_runner
from conftest import ROOT
from errors import BadFileError, ConfigError, SourceError
from job_runner import Job, run_job
from models import Outcome
from settings import Login, load_settings

log = logging.getLogger("test")


@pytest.fixture
def run(settings, monkeypatch):
    """run(work) runs a job in this process on the test's database and returns its exit code."""
    monkeypatch.setattr(job_runner, "load_settings", lambda: settings)
    return lambda work, argv=(), **job: run_job(Job("test_job", "A test.", lambda parser: None, work, **job), list(argv))


@pytest.fixture
def look(connect_as):
    """look(SQL) returns rows as etl_admin sees them."""
    connection = connect_as("etl_admin")
    connection.autocommit = True

    def rows(statement):
        with connection.cursor() as cursor:
            cursor.execute(statement)
            return cursor.fetchall()

    return rows


def raises(error):
    def work(context, args):
        raise error

    return work


@pytest.mark.parametrize(
    ("work", "exit_code", "status"),
    [
        (lambda c, a: Outcome(3, 0, "three done"), 0, "ok"),
        (lambda c, a: Outcome(2, 1, "one failed"), 1, "failed"),
        (raises(ConfigError("x is wrong")), 2, "failed"),
        (raises(BadFileError("bad")), 1, "failed"),
        (raises(SourceError("away")), 1, "failed"),
        (raises(RuntimeError("bug")), 1, "failed"),
        (raises(SystemExit(143)), 143, "failed"),
        (raises(KeyboardInterrupt()), 130, "failed"),
    ],
)
def test_every_end_has_its_exit_code_and_is_on_record(run, look, work, exit_code, status):
    assert run(work) == exit_code
    ((job, code, recorded, ended),) = look("SELECT job, exit_code, status, ended_at IS NOT NULL FROM dba.tjobrun")
    assert (job, code, recorded, ended) == ("test_job", exit_code, status, True)


def test_usage_errors_end_in_2_before_anything_happens(run, look):
    with pytest.raises(SystemExit) as stopped:
        run(lambda c, a: Outcome(), ["--no-such-option"])
    assert stopped.value.code == 2
    assert look("SELECT count(*) FROM dba.tjobrun") == [(0,)]


def test_log_lines_reach_text_file_csv_file_and_table_and_the_traceback_only_the_text_file(run, look, settings, capsys):
    def work(context, args):
        log.info("hello %s", "world")
        raise RuntimeError("a bug")

    run(work)
    out = capsys.readouterr()
    assert "hello world" in out.out and "a bug" in out.err and "Traceback" not in out.err
    text = next((settings.home / "logs").glob("test_job_*.log")).read_text()
    assert "hello world" in text and "Traceback" in text
    with next((settings.home / "logs").glob("test_job_*.csv")).open(newline="") as file:
        assert next(csv.DictReader(file))["message"] == "hello world"
    assert look("SELECT level, processtype, stepcounter, message FROM dba.tlogentry ORDER BY stepcounter LIMIT 1") == [
        ("INFO", "test_job", 1, "hello world")
    ]
    assert look("SELECT count(DISTINCT run_uuid) FROM dba.tlogentry JOIN dba.tjobrun USING (run_uuid)") == [(1,)]


def test_a_job_whose_lock_is_held_ends_in_75(run, look, connect_as):
    holder = connect_as("etl_user")
    holder.cursor().execute("SELECT pg_advisory_lock(hashtextextended('job:the work', 0))")
    assert run(lambda c, a: Outcome(), lock=lambda args: "the work") == 75
    holder.close()
    assert run(lambda c, a: Outcome(), lock=lambda args: "the work") == 0


def test_a_dry_run_cannot_write_and_leaves_no_trace(run, look, settings, capsys):
    def work(context, args):
        context.connection.cursor().execute("INSERT INTO dba.timportheader VALUES ('a', 'b', 1, 'c')")
        return Outcome()

    assert run(work, ["--dry-run"]) == 1
    assert "read-only" in capsys.readouterr().err
    assert look("SELECT count(*) FROM dba.tjobrun") == [(0,)]
    assert list((settings.home / "logs").iterdir()) == []


def test_without_a_database_the_run_is_spooled_and_replayed_later(run, look, settings, monkeypatch, capsys):
    away = replace(settings, port="1")
    monkeypatch.setattr(job_runner, "load_settings", lambda: away)
    assert run(lambda c, a: Outcome()) == 1
    assert "cannot be used" in capsys.readouterr().err
    (spooled,) = (settings.home / "logs" / "spool").iterdir()
    assert json.loads(spooled.read_text())["exit_code"] == 1
    monkeypatch.setattr(job_runner, "load_settings", lambda: settings)
    assert run(lambda c, a: Outcome()) == 0
    assert look("SELECT exit_code FROM dba.tjobrun ORDER BY started_at") == [(1,), (0,)]
    assert not spooled.exists()


def test_a_killed_database_session_ends_the_job_with_a_plain_line(run, look, connect_as, capsys):
    def work(context, args):
        connect_as("postgres").cursor().execute(f"SELECT pg_terminate_backend({context.connection.get_backend_pid()})")
        context.connection.cursor().execute("SELECT 1")
        return Outcome()

    assert run(work) == 1
    assert "the database went away" in capsys.readouterr().err


def test_sigterm_ends_a_run_on_record(job_env, look):
    script = (
        "import time; from models import Outcome; from job_runner import Job, run_job\n"
        "def work(c, a):\n  print('up', flush=True); time.sleep(60); return Outcome()\n"
        "raise SystemExit(run_job(Job('sleeper', 'x', lambda p: None, work), []))"
    )
    process = subprocess.Popen([sys.executable, "-c", script], env=job_env, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    assert process.stdout.readline() == b"up\n"
    process.send_signal(signal.SIGTERM)
    assert process.wait(10) == 143
    assert look("SELECT status, exit_code FROM dba.tjobrun") == [("failed", 143)]


@pytest.mark.parametrize(
    ("variable", "value"), [("ETL_SMTP_PORT", "smtp"), ("ETL_TIMEZONE", "Mars/Olympus"), ("ETL_TIMEZONE", "../etc/passwd")]
)
def test_a_wrong_setting_is_named_with_its_fix(monkeypatch, variable, value):
    monkeypatch.setitem(os.environ, variable, value)
    with pytest.raises(ConfigError, match=f"{variable}=.*fix it in env.local.sh"):
        load_settings()


def test_settings_never_show_a_secret(settings):
    secret = replace(settings, email_password="hunter2", logins={"job": Login("u", "hunter2"), "report": Login("r", "hunter2")})
    assert "hunter2" not in repr(secret)


def test_an_entry_script_starts_without_the_heavy_libraries(job_env):
    heavy = "{'pandas', 'openpyxl', 'jinja2', 'googleapiclient', 'xlsxwriter'}"
    subprocess.run(
        [sys.executable, "-c", f"import run_import_job, send_reports, sys; assert not {heavy} & set(sys.modules)"], env=job_env, check=True
    )


def test_a_run_whose_process_is_gone_does_not_stay_running(run, look, database):
    with database, database.cursor() as cursor:
        cursor.execute(
            "INSERT INTO dba.tjobrun (run_uuid, job, arguments, host, user_name, pid, started_at, status)"
            " VALUES (gen_random_uuid(), 'old', '', %s, 'x', 2147483647, now(), 'running')",
            (socket.gethostname(),),
        )
    run(lambda c, a: Outcome())
    assert look("SELECT job, status FROM dba.tjobrun ORDER BY job") == [("old", "lost"), ("test_job", "ok")]


@pytest.fixture
def by_hand(job_env):
    """by_hand(SCRIPT, ARGUMENT..., NAME=value) is how an operator starts a script."""

    def start(*words, **env):
        command = ["bash", ROOT / "jobscripts" / "run_python_etl_script.sh", *words]
        return subprocess.Popen(command, env=job_env | {"ETL_VENV": sys.prefix} | env, stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    return start


def test_a_shell_script_started_by_hand_is_on_record_too(by_hand, look):
    for words, code in (([], 0), (["--nonsense"], 2), (["--dry-run"], 0), (["--help"], 0)):
        assert by_hand("weekly_cleanup_logs.sh", *words).wait(60) == code
    assert by_hand("weekly_cleanup_logs.sh", ETL_SCHEDULERID="1").wait(60) == 0  # run_scheduled_task.py has put it on record
    assert look("SELECT job, arguments, status, exit_code FROM dba.tjobrun ORDER BY started_at") == [
        ("weekly_cleanup_logs", "weekly_cleanup_logs.sh", "ok", 0),
        ("weekly_cleanup_logs", "weekly_cleanup_logs.sh --nonsense", "failed", 2),
    ]


def test_a_shell_script_runs_without_a_database_and_its_record_is_kept(by_hand, settings):
    old = settings.path("logs") / "job_20200101.log"
    old.parent.mkdir(exist_ok=True)
    old.write_text("")
    os.utime(old, (1_577_836_800,) * 2)
    assert by_hand("weekly_cleanup_logs.sh", PGPORT="1").wait(60) == 0
    assert not old.exists()
    (record,) = settings.path("logs/spool").iterdir()
    assert "weekly_cleanup_logs" in record.read_text()


def test_a_stopped_shell_script_ends_with_its_run(by_hand, look, settings):
    pause = settings.home / "pause.sh"
    pause.write_text("[[ $0 != */weekly_cleanup_logs.sh ]] || { echo $$; exec sleep 60; }\n")
    run = by_hand("weekly_cleanup_logs.sh", BASH_ENV=str(pause))
    script = int(run.stdout.readline())
    run.terminate()
    assert run.wait(30) == 128 + signal.SIGTERM
    with pytest.raises(ProcessLookupError):
        os.kill(script, 0)
    assert look("SELECT job, status, exit_code FROM dba.tjobrun") == [("weekly_cleanup_logs", "failed", 143)]
