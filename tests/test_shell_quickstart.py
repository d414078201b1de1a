"""The two commands of the README on a fresh copy of the checkout with an empty home, as root and as a normal user."""

import contextlib
import os
import pwd
import random
import re
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parent.parent
STATE = ("file_watcher", "archive", "logs", "backups", "outbox", "mailbox", "postgres", "env.local.sh*", "__pycache__", ".*")
PIP = {name: value for name, value in os.environ.items() if name.startswith("PIP_")}  # where this machine gets packages
USERS = ["root", "a normal user"] if os.geteuid() == 0 else ["a normal user"]

END_STATE = """
SELECT json_build_object(
    'files', (SELECT json_agg(json_build_array(file_name, status, rows_read, rows_loaded, rows_rejected, rows_skipped) ORDER BY file_name)
              FROM dba.timportfile),
    'datasets', (SELECT json_agg(json_build_array(label, datasetdate, isactive) ORDER BY label) FROM dba.tdataset),
    'rejects', (SELECT json_agg(json_build_array(line_number, column_name, message, raw_text)) FROM dba.timportreject),
    'mails', (SELECT json_agg(json_build_array(subject, status) ORDER BY subject, status) FROM dba.tinboxmessage),
    'attachments', (SELECT json_agg(json_build_array(original_name, status) ORDER BY original_name, status) FROM dba.tinboxattachment),
    'orders', (SELECT count(*) FROM feeds.acme_orders),
    'positions', (SELECT count(*) FROM feeds.birch_positions),
    'invoices', (SELECT count(*) FROM feeds.cedar_invoices))
"""


@dataclass(frozen=True)
class Machine:
    """A copy of the checkout that belongs to one user, and that user's empty home."""

    checkout: Path
    home: Path
    user: str

    def command(self, *command: object, **env: str) -> list[str]:
        """The command line that runs `command` as the machine's user with nothing but `env` in its environment."""
        entry = pwd.getpwnam(self.user)
        drop = [] if entry.pw_uid == os.geteuid() else [
            "setpriv", f"--reuid={entry.pw_uid}", f"--regid={entry.pw_gid}", "--init-groups",
        ]  # fmt: skip
        given = {"PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": str(self.home), **PIP, **env}
        return [*drop, "env", "-i", *(f"{name}={value}" for name, value in given.items()), *map(str, command)]

    def run(self, *command: object, **env: str) -> str:
        """What the command prints; fails the test when it fails."""
        result = subprocess.run(self.command(*command, **env), cwd="/", capture_output=True, text=True, check=False, timeout=600)
        assert result.returncode == 0, result.stdout + result.stderr
        return result.stdout

    def quickstart(self, *arguments: object, **env: str) -> str:
        return self.run("bash", self.checkout / "onboarding/sh/quickstart.sh", *arguments, **env)

    def refused_quickstart(self, *arguments: object, **env: str) -> str:
        """Why quickstart refused to go on."""
        command = self.command("bash", self.checkout / "onboarding/sh/quickstart.sh", *arguments, **env)
        result = subprocess.run(command, cwd="/", capture_output=True, text=True, check=False)
        assert result.returncode == 1, result.stdout + result.stderr
        return result.stderr

    def psql(self, sql: str, home: Path | None = None) -> str:
        """What the person's login reads from the pipeline's database, through `source env.sh && psql`."""
        script = f'source "{self.checkout}/env.sh" && psql -XAt -v ON_ERROR_STOP=1 -c "$1"'
        return self.run("bash", "-c", script, "psql", sql, ETL_HOME=str(home or self.checkout)).strip()

    def stop(self, home: Path) -> None:
        stop = self.command("bash", self.checkout / "onboarding/sh/embedded_postgres.sh", "stop", ETL_HOME=str(home))
        subprocess.run(stop, cwd="/", capture_output=True, check=False)


@contextlib.contextmanager
def fresh_user(home: Path) -> Iterator[str]:
    name = f"etltest{os.getpid()}"
    subprocess.run(["useradd", "--no-create-home", "--home-dir", home, "--user-group", name], check=True)
    try:
        yield name
    finally:
        subprocess.run(["userdel", "--force", name], check=False, capture_output=True)


@pytest.fixture(scope="module", params=USERS)
def machine(request: pytest.FixtureRequest) -> Iterator[Machine]:
    folder = Path(tempfile.mkdtemp(prefix="etl fresh "))
    folder.chmod(0o755)
    with contextlib.ExitStack() as stack:
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        user = pwd.getpwuid(os.geteuid()).pw_name
        if request.param != "root" and user == "root":
            user = stack.enter_context(fresh_user(folder / "home"))
        (folder / "home").mkdir()
        shutil.copytree(ROOT, folder / "checkout", ignore=shutil.ignore_patterns(*STATE))
        shutil.copytree(ROOT / ".ci", folder / "checkout/.ci")
        subprocess.run(["chown", "-R", user, folder / "checkout", folder / "home"], check=True)
        fresh = Machine(folder / "checkout", folder / "home", user)
        stack.callback(fresh.stop, fresh.checkout)
        yield fresh


@pytest.fixture(scope="module")
def first_run(machine: Machine) -> str:
    """What quickstart printed the first time, in less than 90 seconds of a machine with a warm package cache."""
    started = time.monotonic()
    said = machine.quickstart()
    seconds = time.monotonic() - started
    assert seconds < 90, f"{seconds:.0f} s"
    return said


def test_the_first_run_says_what_came_in_and_where_the_report_is(machine, first_run):
    assert "200 rows read, 199 loaded into feeds.acme_orders, 1 rejected, 0 skipped" in first_run
    reports = re.findall(r"^  (/.*/outbox/.*\.(?:html|eml))$", first_run, re.MULTILINE)
    assert len(reports) == 2
    assert all(Path(report).stat().st_size > 500 for report in reports)


def test_what_quickstart_suggests_to_type_works(machine, first_run):
    suggested = re.findall(r"^  ((?:export ETL_HOME|source|psql|bash) .*)$", first_run, re.MULTILINE)
    assert len(suggested) == 5
    for command in suggested[1:]:
        machine.run("bash", "-c", f"{suggested[0]} && {command}")


def test_the_ledgers_add_up_and_hold_the_bad_row_and_the_duplicate(machine, first_run):
    del first_run
    assert machine.psql("SELECT bool_and(rows_read = rows_loaded + rows_rejected + rows_skipped) FROM dba.timportfile") == "t"
    reject = machine.psql("SELECT line_number, column_name, message ~ 'twelve', raw_text ~ 'twelve' FROM dba.timportreject")
    assert re.fullmatch(r"\d+\|unit_price\|t\|t", reject)
    assert machine.psql("SELECT count(*) FROM dba.tdataset WHERE label = 'Acme orders'") == "1"
    assert machine.psql("SELECT count(*) FROM dba.tinboxattachment WHERE status = 'duplicate'") == "1"
    assert machine.psql("SELECT count(*) FROM dba.tinboxmessage WHERE status = 'unmatched'") == "1"
    assert len(list((machine.checkout / "mailbox/ErrorFolder").rglob("*newsletter*"))) == 1


def test_no_role_of_run_time_is_a_superuser_and_no_secret_is_readable(machine, first_run):
    supers = "SELECT count(*) FROM pg_roles WHERE rolname ~ '^etl_' AND (rolsuper OR rolcreaterole OR rolcreatedb)"
    assert machine.psql(supers) == "0"
    local = machine.checkout / "env.local.sh"
    assert local.stat().st_mode & 0o777 == 0o600
    secrets = re.findall(r"PASSWORD='(\w+)'", local.read_text())
    assert len(secrets) == len(set(secrets)) == 4
    logs = "".join(path.read_text() for path in (machine.checkout / "logs").rglob("*") if path.is_file())
    assert not [secret for secret in secrets if secret in first_run + logs]


def test_a_second_run_does_nothing_twice_and_says_so(machine, first_run):
    del first_run
    before = machine.psql(END_STATE), sorted((machine.checkout / "outbox").iterdir())
    said = machine.quickstart()
    assert (machine.psql(END_STATE), sorted((machine.checkout / "outbox").iterdir())) == before
    assert "not put there again" in said
    assert said.count("no new files") == 3


def test_the_server_comes_back_with_the_next_job(machine, first_run):
    del first_run
    machine.stop(machine.checkout)
    wrapper = machine.checkout / "jobscripts/run_python_etl_script.sh"
    assert "no new files" in machine.run(wrapper, "run_import_job.py", "Acme orders")
    assert "read back whole" in machine.run(wrapper, "daily_backup.sh")


def test_killed_at_any_moment_then_run_again_ends_the_same(machine, first_run):
    """The whole group of processes dies, as when the machine's power button is pressed; the server may live on."""
    del first_run
    wanted = machine.psql(END_STATE)
    moments = random.Random()
    seed = moments.randrange(10**6)
    moments.seed(seed)
    state = machine.checkout / "second home"
    command = machine.command(
        "bash", machine.checkout / "onboarding/sh/quickstart.sh", "--home", state, ETL_VENV=str(machine.checkout / ".venv")
    )
    try:
        for _ in range(5):
            quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
            with subprocess.Popen(command, cwd="/", start_new_session=True, **quiet) as run:
                time.sleep(moments.uniform(0.1, 4.0))
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(run.pid, signal.SIGKILL)
        machine.run(*command[command.index("bash") :], ETL_VENV=str(machine.checkout / ".venv"))
        assert machine.psql(END_STATE, state) == wanted, f"seed {seed}"
        assert len(list((state / "outbox").glob("*.html"))) == 1, f"seed {seed}"
    finally:
        machine.stop(state)


def test_the_test_command_works(machine):
    command = ("bash", machine.checkout / "tests/run_tests.sh", "-q", "tests/test_shell_cleanup.py", "tests/test_schema.py")
    # a folder of its own: pytest closes the common one to others, and tests beside this one may have opened it
    machine.run(*command, PYTEST_DEBUG_TEMPROOT=str(machine.home))


def test_a_home_of_somebody_else_is_refused_with_the_reason(machine):
    theirs, owner = Path("/etc"), "root"
    if machine.user == "root":
        theirs, owner = machine.checkout / "of nobody", "nobody"
        theirs.mkdir()
        shutil.chown(theirs, owner)
    said = machine.refused_quickstart("--home", theirs)
    assert f"{theirs} belongs to {owner}, you are {machine.user}" in said
    assert "--home DIR" in said


def test_no_password_is_ever_on_a_command_line(machine, first_run):
    del first_run
    state = machine.checkout / "watched home"
    command = machine.command(
        "bash", machine.checkout / "onboarding/sh/quickstart.sh", "--home", state, ETL_VENV=str(machine.checkout / ".venv")
    )
    seen = set()
    try:
        with subprocess.Popen(command, cwd="/", stdout=subprocess.DEVNULL) as run:
            while run.poll() is None:
                for process in Path("/proc").glob("[0-9]*/cmdline"):
                    with contextlib.suppress(OSError):
                        seen.add(process.read_bytes())
                time.sleep(0.002)
        assert run.returncode == 0
        secrets = re.findall(r"PASSWORD='(\w+)'", (state / "env.local.sh").read_text())
        assert any(b"psql" in line for line in seen)
        assert not [line for line in seen for secret in secrets if secret.encode() in line]
    finally:
        machine.stop(state)


def setting(home: Path, name: str) -> str:
    return re.search(rf"^{name}='(.*)'$", (home / "env.local.sh").read_text(), re.MULTILINE)[1]


@pytest.fixture
def administrators_server(machine: Machine, first_run: str) -> Iterator[dict[str, str]]:
    """PG* for a server that is not ours: its login may make roles and databases and is no superuser."""
    del first_run
    folder = machine.checkout / "the administrator's"
    machine.run("mkdir", folder)
    venv = {"ETL_VENV": str(machine.checkout / ".venv")}
    machine.run("bash", machine.checkout / "onboarding/sh/embedded_postgres.sh", "init", ETL_HOME=str(folder), **venv)
    server = {"PGHOST": "127.0.0.1", "PGPORT": setting(folder, "PGPORT"), **venv}
    sql = 'CREATE ROLE setup LOGIN CREATEROLE CREATEDB PASSWORD $$it\'s "set up"$$'
    superuser = {"PGUSER": "postgres", "PGPASSWORD": setting(folder, "ETL_OWNER_PASSWORD")}
    psql = f"{setting(folder, 'ETL_PG_BIN')}/psql"
    machine.run(psql, "-Xq", "-d", "postgres", "-c", sql, **server, **superuser)
    yield {**server, "PGUSER": "setup", "PGPASSWORD": 'it\'s "set up"'}
    machine.stop(folder)
    machine.run("rm", "-rf", folder)


def test_a_configured_server_is_used_and_remembered(machine, administrators_server):
    state = machine.checkout / "third home"
    assert "cannot be used" in machine.refused_quickstart("--home", state, **{**administrators_server, "PGPASSWORD": "wrong"})
    said = machine.quickstart("--home", state, **administrators_server)
    assert f"on 127.0.0.1 port {administrators_server['PGPORT']}, database client_etl" in said
    assert not (state / "postgres").exists()
    wanted = machine.psql(END_STATE)
    assert machine.psql(END_STATE, state) == wanted
    assert "no new files" in machine.quickstart("--home", state)
    assert machine.psql(END_STATE, state) == wanted


def test_another_installations_roles_are_not_taken_over(machine, administrators_server):
    machine.quickstart("--home", machine.checkout / "fourth home", **administrators_server)
    for server in (administrators_server, {}):
        said = machine.refused_quickstart("--home", machine.checkout / "fifth home", **server)
        assert "already has the roles etl_admin, etl_report, etl_user" in said
    assert machine.psql("SELECT 1", machine.checkout / "fourth home") == "1"
