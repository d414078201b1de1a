"""No secret shows: marked ones go through the main job and everything that can fail, and no trace of them is left anywhere."""

import contextlib
import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

import sample_run
from conftest import PASSWORD, ROOT
from secret_watch import MARK, marked_files, marked_rows, watched_processes
from smtp_server import smtp_server

WRAPPER = ROOT / "jobscripts" / "run_python_etl_script.sh"
SECRETS = {name: f"c4nary-{name}-9f3e" for name in ("job", "report", "admin", "owner", "smtp", "token", "wrong")}
SMTP_RIGHT = "c4nary-smtp"  # what the test's mail server takes
MARKED = re.compile(rb"c4nary-[\w-]*")
LOGINS = {"etl_user": "job", "etl_report": "report", "etl_admin": "admin", "postgres": "owner"}


@contextlib.contextmanager
def process_list() -> Iterator[set[bytes]]:
    """Every command line that showed up in the list of processes while the block ran."""
    seen: set[bytes] = set()
    over = threading.Event()

    def watch() -> None:
        while not over.is_set():
            for path in Path("/proc").glob("[0-9]*/cmdline"):
                with contextlib.suppress(OSError):
                    seen.add(path.read_bytes())
            time.sleep(0.01)

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield seen
    finally:
        over.set()
        watcher.join()


@pytest.fixture
def logins(server, database_name) -> Iterator[None]:
    """The roles have marked passwords until the test is over."""
    with contextlib.closing(server.connect("postgres")) as admin:
        admin.autocommit = True
        try:
            for role, name in LOGINS.items():
                admin.cursor().execute(f"ALTER ROLE {role} PASSWORD %s", (SECRETS[name],))
            yield
        finally:
            for role in LOGINS:
                admin.cursor().execute(f"ALTER ROLE {role} PASSWORD %s", (PASSWORD,))


def write_settings(home: Path, job_env: dict[str, str], room, **changes: str) -> None:
    values = {name: value for name, value in job_env.items() if name.startswith(("PG", "ETL_")) and name not in ("ETL_ROOT", "ETL_HOME")}
    values |= {
        "PGUSER": "etl_admin", "PGPASSWORD": SECRETS["admin"], "ETL_JOB_PASSWORD": SECRETS["job"],
        "ETL_REPORT_PASSWORD": SECRETS["report"], "ETL_OWNER_USER": "postgres", "ETL_OWNER_PASSWORD": SECRETS["owner"],
        "ETL_SMTP_HOST": "localhost", "ETL_SMTP_PORT": str(room.port), "ETL_CA_BUNDLE": room.ca_file,
        "ETL_EMAIL": "etl@example.com", "ETL_EMAIL_PASSWORD": SMTP_RIGHT, "ETL_RUN_USER": "nobody", **changes,
    }  # fmt: skip
    path = home / "env.local.sh"
    path.write_text("".join(f"{name}='{value}'\n" for name, value in values.items()))
    path.chmod(0o600)


def test_no_secret_is_in_any_log_table_crontab_process_mail_or_error(server, database_name, settings, job_env, logins, tmp_path):
    home, said = settings.home, []
    (home / "token.json").write_text(f'{{"refresh_token": "{SECRETS["token"]}"}}')
    (home / "token.json").chmod(0o600)
    sample_run.set_up(_Owner(server), database_name, home)
    env = {"PATH": f"{server.bin}:{os.environ['PATH']}", "ETL_HOME": str(home), "ETL_VENV": sys.prefix, "LANG": "C.UTF-8"}

    def job(code: int, *command: str) -> None:
        result = subprocess.run(["bash", *command], env=env, capture_output=True)
        said.append(result.stdout + result.stderr)
        assert result.returncode == code, (command, said[-1].decode())

    with process_list() as commands, smtp_server(tmp_path) as room:
        write_settings(home, job_env, room)
        job(0, ROOT / "onboarding/sh/sql_setupscripts.sh")
        for step in sample_run.STEPS:
            job(0, WRAPPER, *step)
        job(0, WRAPPER, "daily_backup.sh")
        job(0, WRAPPER, "update_cron_jobs.py", "--output", str(home / "outbox" / "etl_jobs"))
        job(0, WRAPPER, "run_scheduled_task.py", "5")
        job(1, WRAPPER, "doctor.py")
        write_settings(home, job_env, room, ETL_EMAIL_PASSWORD=SECRETS["smtp"])  # refused by the mail server
        job(1, WRAPPER, "send_reports.py", "Client orders", "--resend")
        job(1, WRAPPER, "doctor.py", "--json")
        write_settings(home, job_env, room, ETL_REPORT_PASSWORD=SECRETS["wrong"])
        job(1, WRAPPER, "send_reports.py", "Client orders", "--resend")
        write_settings(home, job_env, room, ETL_JOB_PASSWORD=SECRETS["wrong"])
        job(1, WRAPPER, "run_import_job.py", "Acme orders")
        job(1, WRAPPER, "daily_backup.sh")
        write_settings(home, job_env, room, ETL_SMTP_PORT=SECRETS["wrong"][-4:], PGPORT="9")
        job(2, WRAPPER, "run_import_job.py", "Acme orders")
        mails = [content for _, content in room.mails]
    dump = subprocess.run(["pg_dump", "-d", database_name], env=_Owner(server).env, capture_output=True, check=True).stdout
    assert len(mails) == 1 and b"tinboxmessage" in dump and any(b"run_import_job.py" in command for command in commands)
    places = {f"output {number}": text for number, text in enumerate(said)} | {"the database": dump, "a mail": mails[0]}
    places |= {"the process list": b"\n".join(commands), "the server's log": (server.data.parent / "log").read_bytes()}
    kept = [path for path in home.rglob("*") if path.is_file() and path.name not in ("env.local.sh", "token.json")]
    places |= {str(path): path.read_bytes() for path in kept}
    assert any(path.name.startswith("run_import_job") for path in kept)
    assert {name: MARKED.search(text).group() for name, text in places.items() if MARKED.search(text)} == {}


class _Owner:
    """The server as its superuser with the marked password."""

    def __init__(self, server) -> None:
        self.env = server.env | {"PGPASSWORD": SECRETS["owner"]}


def test_the_settings_do_not_show_their_secrets(settings):
    assert PASSWORD not in repr(settings) and "password" not in repr(settings).lower()


def test_the_watch_over_the_whole_suite_sees_what_is_left_anywhere(tmp_path, database, connect_as):
    """See conftest.py: after every test its files, its tables and what it printed are searched, and all command lines."""
    (tmp_path / "env.local.sh").write_text(MARK)
    assert marked_files(tmp_path) == [] and marked_rows(database) == []
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "a.log").write_bytes(b"\0" + f"login with {MARK}-x".encode())
    assert marked_files(tmp_path) == [str(tmp_path / "logs" / "a.log")]
    with database.cursor() as cursor:  # undone, or the watch itself would find it
        cursor.execute("INSERT INTO dba.tlogentry (message) VALUES (%s)", (f"login with {MARK}-x",))
    assert [MARK in row for row in marked_rows(database)] == [True]
    database.rollback()
    with watched_processes(0.01, mark="c5nary") as seen:
        subprocess.run(["sh", "-c", "sleep 0.3", "c5nary-x"], check=True)
    assert len(seen) == 1
