"""Debian's cron daemon really runs what we write."""

import contextlib
import os
import shlex
import shutil
import site
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from cron_table import CronRow, Place, cron_file, last_due

ROOT = Path(__file__).resolve().parent.parent
CRON = shutil.which("cron", path="/usr/sbin")
USER = "nobody"
NEEDED = ("psycopg2", "psycopg2_binary.libs", "cronsim", "cron_descriptor", "typing_extensions.py", "tzdata")

pytestmark = [pytest.mark.root, pytest.mark.slow]


def may_unshare() -> bool:
    return os.geteuid() == 0 and subprocess.run(["unshare", "-m", "true"], capture_output=True).returncode == 0


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder that the ordinary user can reach, which pytest's own cannot be."""
    folder = Path(tempfile.mkdtemp(prefix="etl cron-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def checkout(place) -> Path:
    """A checkout with a Python environment that the ordinary user can read, wherever the real ones are."""
    root = place / "checkout"
    for name in ("jobscripts", "systemscripts"):
        shutil.copytree(ROOT / name, root / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "env.sh", root)
    subprocess.run([usable_python(), "-m", "venv", "--without-pip", root / ".venv"], check=True)
    packages = next((root / ".venv").glob("lib/python*/site-packages"))
    for folder in map(Path, site.getsitepackages()):
        for name in NEEDED:
            if (folder / name).is_file():
                shutil.copy(folder / name, packages)
            elif (folder / name).is_dir():
                shutil.copytree(folder / name, packages / name, dirs_exist_ok=True)
    subprocess.run(["chmod", "-R", "go=u,go-w", root], check=True)
    return root


def usable_python() -> str:
    """A Python of the tests' version that the ordinary user may start: not one in /root."""
    version = f"import sys; sys.exit(sys.version_info[:2] != {sys.version_info[:2]})"
    for python in (os.path.realpath(sys.executable), "/usr/bin/python3"):
        # through sh, because setpriv itself still finds its program with root's rights
        if not subprocess.run(as_user("sh", "-c", 'exec "$@"', "sh", python, "-c", version), cwd="/", capture_output=True).returncode:
            return python
    pytest.skip(f"{USER} may not use a Python {sys.version_info.major}.{sys.version_info.minor} of this machine")


@pytest.fixture
def home(place, settings, checkout) -> Path:
    """An ETL_HOME, with a blank in its name, of the ordinary user, with the logins of the test's database."""
    home = place / "etl home"
    (home / "logs").mkdir(parents=True)
    logins = {
        "PGHOST": settings.host, "PGPORT": settings.port, "PGDATABASE": settings.database, "ETL_VENV": checkout / ".venv",
        "ETL_JOB_USER": settings.logins["job"].user, "ETL_JOB_PASSWORD": settings.logins["job"].password,
    }  # fmt: skip
    (home / "env.local.sh").write_text("".join(f"{name}='{value}'\n" for name, value in logins.items()))
    (home / "env.local.sh").chmod(0o600)
    subprocess.run(["chown", "-R", USER, home], check=True)
    return home


def as_user(*argv: object) -> list[str]:
    return ["setpriv", f"--reuid={USER}", "--regid=nogroup", "--clear-groups", *map(str, argv)]


@contextlib.contextmanager
def running_cron(place: Path, clock: Sequence[str] = (), **env: str) -> Iterator[Path]:
    """Runs cron, by a `clock` of its own if need be, in a mount namespace of its own on an empty /etc/cron.d; yields that folder."""
    for name in ("cron.d", "empty", "run"):
        (place / name).mkdir(parents=True)
    (place / "crontab").touch()
    private = f"""
    mount --bind '{place}/cron.d' /etc/cron.d
    mount --bind '{place}/run' /run
    ! test -e /etc/crontab || mount --bind '{place}/crontab' /etc/crontab
    mount --bind '{place}/empty' /var/spool/cron/crontabs
    exec {shlex.join([*clock, CRON])} -f"""
    process = subprocess.Popen(["unshare", "-m", "sh", "-ec", private], env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", **env})
    yield place / "cron.d"
    process.terminate()
    process.wait(10)


@pytest.fixture
def cron(place) -> Iterator[Path]:
    with running_cron(place) as folder:
        yield folder


@pytest.mark.skipif(not CRON, reason="needs Debian's cron: apt-get install cron")
@pytest.mark.skipif(not may_unshare(), reason="needs root and mount namespaces")
def test_cron_runs_a_row_as_the_ordinary_user_within_65_seconds(checkout, home, cron, database):
    marker = home / "marker"
    script = f"""{{ id -un; env; printf '%s\\n' "$@"; }} >'{marker}.part'; mv '{marker}.part' '{marker}'"""
    (checkout / "jobscripts" / "marker.sh").write_text(script)
    with database, database.cursor() as cursor:
        cursor.execute("UPDATE dba.tscheduler SET datastatusid = 2; UPDATE dba.treportmanager SET datastatusid = 2")
        cursor.execute(
            "INSERT INTO dba.tscheduler (schedulerid, taskname, frequency, scriptpath, scriptargs)"
            " VALUES (901, '50%% \"off\"; $(id) # every minute', '* * * * *', 'marker.sh', %s)",
            ("'a b' \"it's\" %s $HOME",),
        )

    # as the README says: the owner writes the file, root puts it where cron looks
    environment = {"PATH": "/usr/bin:/bin", "ETL_HOME": str(home)}
    wrapper = checkout / "jobscripts" / "run_python_etl_script.sh"
    answer = subprocess.run(
        as_user(wrapper, "update_cron_jobs.py", "--output", home / "etl_jobs"), env=environment, cwd="/", capture_output=True, text=True
    )
    assert answer.returncode == 0, answer.stderr
    time.sleep(1)  # cron compares whole seconds and has just looked
    subprocess.run(["install", "-m", "644", home / "etl_jobs", cron / "etl_jobs"], check=True)

    end = time.monotonic() + 65
    while not marker.exists() and time.monotonic() < end:
        time.sleep(0.5)
    assert marker.exists(), f"cron ran nothing; cron.log: {read(home / 'logs' / 'cron.log')}"
    lines = marker.read_text().splitlines()
    assert lines[0] == USER and lines[-4:] == ["a b", "it's", "%s", "$HOME"] and "ETL_SCHEDULERID=901" in lines
    assert wait_for_status(database) == ("run_scheduled_task", "901", USER, "ok", 0)
    assert "task 901" in read(home / "logs" / "cron.log")


ZONE = ZoneInfo("America/New_York")
SPEED = 180  # times as fast as the real clock: a minute is a third of a second
CHANGES = {  # cron's clock from shortly before to shortly after, and the frequencies with how often cron must start them then
    "spring": ("2026-03-08T01:25-05:00", 50, {"30 1 * * *": 1, "30 2 * * *": 1, "0 3 * * *": 1, "*/30 * * * *": 2}),
    "autumn": ("2026-11-01T00:55-04:00", 130, {"0 1 * * *": 1, "30 1 * * *": 1, "0 2 * * *": 1, "*/30 * * * *": 5}),
}


@pytest.mark.skipif(not CRON or not shutil.which("faketime"), reason="needs cron and faketime: apt-get install cron faketime")
@pytest.mark.skipif(not may_unshare(), reason="needs root and mount namespaces")
@pytest.mark.parametrize("season", CHANGES)
def test_when_clocks_change_cron_starts_each_job_once_at_the_time_that_we_call_due(place, season):
    begin, minutes, frequencies = CHANGES[season]
    begin = datetime.fromisoformat(begin).astimezone(ZONE)
    wrapper, started = place / "jobscripts" / "run_python_etl_script.sh", place / "started"
    wrapper.parent.mkdir()
    wrapper.write_text(f"""#!/bin/sh\necho "$2 $(date +%s.%N)" >>'{started}'\n""")
    wrapper.chmod(0o755)
    for path in (started, place / "logs"):
        path.mkdir() if path.name == "logs" else path.touch()
        shutil.chown(path, USER)
    rows = [CronRow("tscheduler", number, "job", frequency, "job.sh", "") for number, frequency in enumerate(frequencies, 1)]
    text = cron_file(rows, Place(str(place), str(place), USER), begin)
    fake = f"{begin:%Y-%m-%d %H:%M:%S}"
    with running_cron(place / "cron", ["faketime", "-f", f"@{fake} x{SPEED}"], TZ=ZONE.key) as folder:
        (folder / "etl_jobs").write_text(text)
        real = time.time()
        time.sleep(minutes * 60 / SPEED)
    seen = {number: [] for number in range(1, len(rows) + 1)}
    for line in started.read_text().splitlines():
        number, at = line.split()
        seen[int(number)].append(begin.astimezone(UTC) + timedelta(seconds=(float(at) - real) * SPEED))
    assert {row.frequency: len(seen[row.row_id]) for row in rows} == frequencies
    for row in rows:
        for at in seen[row.row_id]:
            late = at - last_due(row.frequency, (at + timedelta(minutes=1)).astimezone(ZONE)).astimezone(UTC)
            assert abs(late) < timedelta(minutes=5), (row.frequency, at)  # under two seconds of the real clock


def read(path: Path) -> str:
    return path.read_text() if path.exists() else "(none)"


def wait_for_status(database) -> tuple:
    row = ()
    for _ in range(50):
        with database, database.cursor() as cursor:
            cursor.execute(
                "SELECT job, arguments, user_name, status, exit_code FROM dba.tjobrun WHERE job = 'run_scheduled_task' ORDER BY jobrunid"
            )
            row = cursor.fetchone()
        if row and row[3] != "running":
            break
        time.sleep(0.1)
    return row
