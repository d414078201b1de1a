"""embedded_postgres.sh: the server comes back after every accident, and is never mistaken for another one."""

import contextlib
import hashlib
import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from conftest import postgres_binaries_before_cleaning as BINARIES

ROOT = Path(__file__).resolve().parent.parent
SCRIPT = ROOT / "onboarding/sh/embedded_postgres.sh"
FAR_FOLDERS = Path("/var/lib/client_etl")


def run(home: Path, *command: object, **env: str) -> subprocess.CompletedProcess:
    """A command with an almost empty environment and this ETL_HOME."""
    return subprocess.run(
        ["/bin/bash", *map(str, command)],
        cwd="/",
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        env={"PATH": "/usr/bin:/bin", "ETL_HOME": str(home), "ETL_PG_BIN": str(BINARIES), **env},
    )


def embedded(home: Path, command: str) -> subprocess.CompletedProcess:
    return run(home, SCRIPT, command)


def ok(result: subprocess.CompletedProcess) -> str:
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


def setting(home: Path, name: str) -> str:
    return re.search(rf"^{name}='(.*)'$", (home / "env.local.sh").read_text(), re.MULTILINE)[1]


def ask(home: Path, sql: str) -> str:
    """What the server answers to the set-up login of env.local.sh."""
    script = f"source '{ROOT}/env.sh'; source '{ROOT}/onboarding/sh/lib.sh'; psql_as_owner -At -d postgres -c \"{sql}\""
    return ok(run(home, "-c", script)).strip()


def postmaster(home: Path) -> int:
    return int((Path(setting(home, "ETL_PGDATA")) / "postmaster.pid").read_text().split()[0])


@contextlib.contextmanager
def stopped_at_the_end(home: Path) -> Iterator[Path]:
    try:
        yield home
    finally:
        if (home / "env.local.sh").exists():
            embedded(home, "stop")
        shutil.rmtree(home, ignore_errors=True)


@pytest.fixture
def home() -> Iterator[Path]:
    """A folder that any user can enter, with a space in its name; its server is stopped after the test."""
    folder = Path(tempfile.mkdtemp(prefix="etl test "))
    folder.chmod(0o755)
    with stopped_at_the_end(folder):
        yield folder


def test_init_makes_a_private_server_once(home):
    ok(embedded(home, "init"))
    data = Path(setting(home, "ETL_PGDATA"))
    assert data.stat().st_mode & 0o777 == 0o700
    assert (home / "env.local.sh").stat().st_mode & 0o777 == 0o600
    assert ask(home, "SHOW listen_addresses") == "127.0.0.1"
    assert ask(home, "SHOW unix_socket_directories") == ""
    assert ask(home, "SHOW server_encoding") == "UTF8"
    assert ask(home, "SELECT count(*) FROM pg_hba_file_rules WHERE auth_method <> 'scram-sha-256'") == "0"
    before = (home / "env.local.sh").read_text(), postmaster(home)
    ok(embedded(home, "init"))
    assert ((home / "env.local.sh").read_text(), postmaster(home)) == before


def test_no_password_opens_it(home):
    ok(embedded(home, "init"))
    port = setting(home, "PGPORT")
    guess = run(home, "-c", f"PGPASSWORD='' '{BINARIES}/psql' -w -h 127.0.0.1 -p {port} -U postgres -c 'SELECT 1'")
    assert guess.returncode != 0


def test_stop_start_status(home):
    ok(embedded(home, "init"))
    ok(embedded(home, "stop"))
    ok(embedded(home, "stop"))
    assert embedded(home, "status").returncode == 3
    ok(embedded(home, "start"))
    ok(embedded(home, "start"))
    assert f"port {setting(home, 'PGPORT')}" in ok(embedded(home, "status"))


def test_comes_back_after_kill_9(home):
    ok(embedded(home, "init"))
    for _ in range(3):
        os.kill(postmaster(home), signal.SIGKILL)
        ok(embedded(home, "start"))
    assert ask(home, "SELECT 1") == "1"


def test_a_dead_servers_number_taken_by_another_program_does_not_matter(home):
    ok(embedded(home, "init"))
    ok(embedded(home, "stop"))
    note = Path(setting(home, "ETL_PGDATA")) / "postmaster.pid"
    note.write_text(f"{os.getpid()}\n{note.parent}\n0\n{setting(home, 'PGPORT')}\n\n127.0.0.1\n0 0\nready\n")
    ok(embedded(home, "start"))
    assert postmaster(home) != os.getpid()


def test_moves_away_from_a_port_that_another_program_took(home):
    ok(embedded(home, "init"))
    ok(embedded(home, "stop"))
    taken = setting(home, "PGPORT")
    with socket.create_server(("127.0.0.1", int(taken))):
        assert f"port {taken} is taken" in ok(embedded(home, "start"))
    assert setting(home, "PGPORT") != taken
    assert ask(home, "SELECT 1") == "1"


def test_another_homes_server_on_our_port_is_not_taken_for_ours(home):
    other = Path(tempfile.mkdtemp(prefix="etl-test-other-"))
    other.chmod(0o755)
    with stopped_at_the_end(other):
        ok(embedded(home, "init"))
        ok(embedded(other, "init"))
        ok(embedded(home, "stop"))
        local = home / "env.local.sh"
        text = local.read_text().replace(f"PGPORT='{setting(home, 'PGPORT')}'", f"PGPORT='{setting(other, 'PGPORT')}'")
        local.write_text(text)
        ok(embedded(home, "start"))
        assert setting(home, "PGPORT") != setting(other, "PGPORT")
        assert ask(home, "SHOW data_directory") == setting(home, "ETL_PGDATA")


def test_many_starters_at_once_start_one_server(home):
    ok(embedded(home, "init"))
    ok(embedded(home, "stop"))
    command = ["/bin/bash", SCRIPT, "start"]
    env = {"PATH": "/usr/bin:/bin", "ETL_HOME": str(home)}
    starters = [subprocess.Popen(command, env=env, cwd="/", stdout=subprocess.DEVNULL) for _ in range(5)]
    assert [starter.wait(60) for starter in starters] == [0] * 5
    assert ask(home, "SELECT 1") == "1"


def test_the_server_holds_none_of_our_files_open(home):
    """A lock that the server inherits would never end."""
    ok(embedded(home, "init"))
    ok(embedded(home, "stop"))
    script = f"exec 8>'{home}/quickstart.lock'; bash '{SCRIPT}' start"
    ok(run(home, "-c", script))
    open_files = [os.readlink(path) for path in Path(f"/proc/{postmaster(home)}/fd").iterdir()]
    assert not [name for name in open_files if name.endswith("lock")]


@pytest.mark.parametrize("running", [True, False])
def test_a_lost_settings_file_costs_no_data(home, running):
    ok(embedded(home, "init"))
    ask(home, "CREATE TABLE kept AS SELECT 42 AS n")
    if not running:
        ok(embedded(home, "stop"))
    (home / "env.local.sh").unlink()
    ok(embedded(home, "init"))
    assert ask(home, "SELECT n FROM kept") == "42"


@pytest.mark.slow
def test_init_killed_at_any_moment_then_run_again_gives_a_server(home):
    command = ["/bin/bash", SCRIPT, "init"]
    env = {"PATH": "/usr/bin:/bin", "ETL_HOME": str(home), "ETL_PG_BIN": str(BINARIES)}
    for tenths in range(0, 14, 2):
        with subprocess.Popen(command, env=env, cwd="/", start_new_session=True, stdout=subprocess.DEVNULL) as init:
            time.sleep(0.05 + tenths / 10)
            with contextlib.suppress(ProcessLookupError):
                os.killpg(init.pid, signal.SIGKILL) if tenths % 4 else init.kill()
        ok(embedded(home, "init"))
        assert ask(home, "SELECT 1") == "1"
        ok(embedded(home, "stop"))
        shutil.rmtree(home / "postgres")


@pytest.mark.root
@pytest.mark.skipif(os.geteuid() != 0, reason="root's own folder needs root")
def test_a_home_that_only_root_can_enter_keeps_its_server_elsewhere_and_its_mode(tmp_path):
    home = tmp_path / "closed"
    home.mkdir(mode=0o700)
    with stopped_at_the_end(home):
        result = embedded(home, "init")
        ok(result)
        far = FAR_FOLDERS / hashlib.sha256(str(home).encode()).hexdigest()[:12]
        try:
            assert setting(home, "ETL_PGDATA") == f"{far}/data"
            assert f"data in {far}" in result.stdout
            assert home.stat().st_mode & 0o777 == 0o700
            assert ask(home, "SELECT 1") == "1"
            ok(embedded(home, "stop"))
        finally:
            shutil.rmtree(far)
            with contextlib.suppress(OSError):
                FAR_FOLDERS.rmdir()
