"""The rows of a real database into real cron tables."""

import contextlib
import getpass
import os
import resource
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from cron_jobs import Request, job_scripts, update_cron_jobs
from cron_system import file_target, run_user, start_problem
from cron_table import Place, parse_jobs
from errors import ConfigError, EtlError

ROOT = Path(__file__).resolve().parent.parent
IS_ROOT = os.geteuid() == 0
RUN_USER = "nobody" if IS_ROOT else getpass.getuser()
CAN_UNSHARE = IS_ROOT and shutil.which("unshare") and not subprocess.run(["unshare", "-m", "true"], capture_output=True).returncode


@pytest.fixture
def update(settings, connect_as, tmp_path):
    """update(...) brings tmp_path/etl_jobs in line with the rows, as update_cron_jobs.py --output does."""
    connection = connect_as("etl_user")
    return lambda **wish: update_cron_jobs(settings, connection, Request(**{"output": tmp_path / "etl_jobs", "run_user": RUN_USER, **wish}))


@pytest.fixture
def table(tmp_path) -> Path:
    return tmp_path / "etl_jobs"


@pytest.fixture
def rows(database, settings):
    """The test's own rows, and no others: a task, a report, a task that runs after another, and one of each switched off."""
    with database, database.cursor() as cursor:
        cursor.execute("UPDATE dba.tscheduler SET datastatusid = 2; UPDATE dba.treportmanager SET datastatusid = 2")
        cursor.execute(
            "INSERT INTO dba.tscheduler (schedulerid, taskname, frequency, scriptpath, scriptargs, run_after_schedulerid)"
            " VALUES (901, 'Nightly', '0  3 * * *', 'run_import_job.py', '\"client orders\"', NULL),"
            " (902, 'Afterwards', NULL, 'run_import_job.py', '2', 901)"
        )
        cursor.execute("UPDATE dba.treportmanager SET datastatusid = 1, frequency = '25 11 * * 1-5' WHERE reportid = 2")


def sql(database, statement: str) -> None:
    with database, database.cursor() as cursor:
        cursor.execute(statement)


def test_active_rows_with_a_time_become_jobs(update, rows, table):
    outcome = update()
    assert (outcome.done, outcome.failed) == (2, 0)
    assert [(job.fields, job.user, job.script, job.row_id) for job in parse_jobs(table.read_text())] == [
        ("0 3 * * *", RUN_USER, "run_scheduled_task.py", 901), ("25 11 * * 1-5", RUN_USER, "send_reports.py", 2),
    ]  # fmt: skip
    assert table.stat().st_mode & 0o777 == 0o644
    assert "client orders" not in table.read_text() and "Nightly" in table.read_text()


def test_the_seed_rows_that_are_active_have_scripts_and_are_taken(update, table):
    assert update().done == len(parse_jobs(table.read_text())) >= 3


def test_unchanged_rows_leave_the_file_untouched_and_say_so(update, rows, table):
    update()
    before = table.stat()
    assert "unchanged" in update().message
    assert (table.stat().st_ino, table.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_a_changed_row_is_shown_as_a_diff_with_the_next_five_runs(update, rows, database, table, caplog):
    update()
    sql(database, "UPDATE dba.tscheduler SET frequency = '0 4 * * *' WHERE schedulerid = 901")
    caplog.clear()
    with caplog.at_level("INFO"):
        assert "written, 2 job(s)" in update().message
    assert "\n-0 3 * * * " in caplog.text and "\n+0 4 * * * " in caplog.text
    assert caplog.messages.index("next runs:") + 6 <= len(caplog.messages)


def test_no_active_row_leaves_the_file_as_it_was(update, rows, database, table):
    update()
    before = table.read_bytes()
    sql(database, "UPDATE dba.tscheduler SET datastatusid = 2; UPDATE dba.treportmanager SET datastatusid = 2")
    with pytest.raises(ConfigError, match="no active row") as caught:
        update(skip_invalid=True)
    assert caught.value.exit_code == 2 and table.read_bytes() == before


def test_one_wrong_row_leaves_the_file_as_it_was_and_is_named(update, rows, database, table, caplog):
    update()
    before = table.read_bytes()
    sql(database, "UPDATE dba.tscheduler SET scriptpath = 'no_such.py', frequency = '5 5 * * *' WHERE schedulerid = 901")
    with pytest.raises(ConfigError, match="1 of 2 rows are wrong"):
        update()
    assert table.read_bytes() == before
    assert "dba.tscheduler 'Nightly' (schedulerid 901): scriptpath 'no_such.py' is not a file" in caplog.text
    outcome = update(skip_invalid=True)
    assert (outcome.done, outcome.failed) == (1, 1)
    assert [job.script for job in parse_jobs(table.read_text())] == ["send_reports.py"]


def test_check_tells_drift_and_changes_nothing(update, rows, table):
    assert update(check=True).failed == 1 and not table.exists()
    update()
    assert update(check=True).failed == 0
    table.write_text(table.read_text().replace("0 3 * * *", "0 9 * * *"))
    edited = table.read_bytes()
    outcome = update(check=True)
    assert outcome.failed == 1 and "differs" in outcome.message and table.read_bytes() == edited


def test_a_dry_run_writes_nothing(update, rows, table, tmp_path):
    assert "would be written" in update(dry_run=True).message
    assert [path.name for path in tmp_path.iterdir()] == ["home"]


def test_a_write_that_fails_half_way_leaves_the_old_file_whole(tmp_path, table):
    target = file_target(table, RUN_USER)
    target.write("old\n")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, limits[1]))
    try:
        with pytest.raises(EtlError, match="is as it was"):
            target.write("new line\n" * 1000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert target.read() == "old\n" and os.listdir(tmp_path) == ["etl_jobs"]


def let_others_pass(folder: Path) -> None:
    """Open the way to a folder of pytest, which is private to the user of the tests."""
    for path in (folder, *folder.parents[:-2]) if IS_ROOT else ():
        path.chmod(path.stat().st_mode | 0o111)


@contextlib.contextmanager
def as_ordinary_user():
    if IS_ROOT:
        os.seteuid(65534)
    try:
        yield
    finally:
        if IS_ROOT:
            os.seteuid(0)


def test_an_ordinary_user_is_told_what_else_to_do(tmp_path):
    folder = tmp_path / "cron.d"
    folder.mkdir(mode=0o555)
    let_others_pass(tmp_path)
    with as_ordinary_user(), pytest.raises(ConfigError, match="--user-crontab, or --output FILE and then: sudo install"):
        file_target(folder / "etl_jobs", RUN_USER).write("x\n")


def test_no_file_is_written_in_the_second_in_which_cron_looks(table, monkeypatch):
    clock = [1_800_000_000.95]
    monkeypatch.setattr("cron_system.time.time", lambda: clock[0])
    monkeypatch.setattr("cron_system.time.sleep", lambda seconds: clock.append(clock.pop() + seconds))
    file_target(table, RUN_USER).write("x\n")
    assert clock[0] >= 1_800_000_001 and table.read_text() == "x\n"


def test_a_name_that_cron_ignores_is_refused():
    with pytest.raises(ConfigError, match="dot in the name"):
        file_target(Path("/etc/cron.d/etl_jobs.txt"), RUN_USER)


def test_jobs_run_as_the_owner_of_etl_home_and_never_as_root(tmp_path):
    if IS_ROOT:
        with pytest.raises(ConfigError, match="never run as root"):
            run_user(None, tmp_path)
        os.chown(tmp_path, 65534, 65534)
    assert run_user(None, tmp_path) == RUN_USER
    with pytest.raises(ConfigError, match="never run as root"):
        run_user("root", tmp_path)
    with pytest.raises(ConfigError, match="not a user of this machine"):
        run_user("nobody-here", tmp_path)


def test_a_run_user_who_could_not_start_the_jobs_is_found_out_before_cron_hides_it(tmp_path):
    for folder in ("jobscripts", "logs"):
        (tmp_path / folder).mkdir()
    wrapper = tmp_path / "jobscripts" / "run_python_etl_script.sh"
    shutil.copy(ROOT / "jobscripts" / wrapper.name, wrapper)
    let_others_pass(tmp_path)
    place = Place(str(tmp_path), str(tmp_path), RUN_USER)
    (tmp_path / "logs").chmod(0o777)
    assert start_problem(place) is None
    (tmp_path / "logs").chmod(0o555)
    assert f"{RUN_USER} cannot write to the folder {tmp_path}/logs" in start_problem(place)
    (tmp_path / "logs").chmod(0o777)
    wrapper.chmod(0o644)
    assert f"cannot read and run {wrapper}" in start_problem(place)


def test_rows_may_name_plain_scripts_of_jobscripts_only(tmp_path):
    for name in ("a.py", "b.sh", "notes.txt", "run_python_etl_script.sh"):
        (tmp_path / name).touch()
    (tmp_path / "sub.py").mkdir()
    (tmp_path / "link.py").symlink_to("/bin/sh")
    assert job_scripts(tmp_path) == {"a.py", "b.sh"}


# ---- the command, as a process ----


@pytest.fixture
def command(job_env, settings):
    def run(*arguments: object, namespace: str = "", script: str = "update_cron_jobs.py", **env: str) -> subprocess.CompletedProcess:
        argv = [sys.executable, str(ROOT / "jobscripts" / script), *map(str, arguments)]
        if namespace:
            argv = ["unshare", "-m", "sh", "-ec", f'{namespace}\nexec "$@"', "sh", *argv]
        return subprocess.run(argv, env=job_env | {"ETL_RUN_USER": RUN_USER} | env, capture_output=True, text=True)

    return run


def test_the_command_writes_says_so_and_finds_drift(command, rows, table):
    assert command("--output", table, "--dry-run").returncode == 0 and not table.exists()
    first = command("--output", table)
    assert first.returncode == 0, first.stderr
    assert "written, 2 job(s)" in first.stdout and "next runs:" in first.stdout
    assert "unchanged" in command("--output", table).stdout
    table.write_text(table.read_text() + "* * * * * root id\n")
    drift = command("--output", table, "--check")
    assert drift.returncode == 1 and "-* * * * * root id" in drift.stdout


def test_without_a_database_the_file_stays_and_the_exit_code_tells(command, rows, table):
    table.write_text("old\n")
    answer = command("--output", table, PGPORT="1")
    assert answer.returncode == 1 and table.read_text() == "old\n" and "Traceback" not in answer.stderr


def test_without_an_active_row_the_exit_code_is_2(command, rows, database, table):
    sql(database, "UPDATE dba.tscheduler SET datastatusid = 2; UPDATE dba.treportmanager SET datastatusid = 2")
    assert command("--output", table).returncode == 2 and not table.exists()


@pytest.fixture
def private_cron(tmp_path, settings) -> str:
    """The shell lines that give a command its own /etc/cron.d and crontabs, kept in tmp_path; home belongs to the run user."""
    for name in ("cron.d", "crontabs"):
        (tmp_path / name).mkdir()
    shutil.chown(settings.home / "logs", RUN_USER)
    let_others_pass(settings.home)
    for path in (ROOT, *ROOT.parents[:-1]):
        if not path.stat().st_mode & 0o001:
            pytest.skip(f"{RUN_USER} may not enter {path}, so its jobs could not start")
    crontabs = Path("/var/spool/cron/crontabs")
    crontab = f"mount --bind {tmp_path}/crontabs {crontabs}" if crontabs.is_dir() else ""
    return f"mount --bind {tmp_path}/cron.d /etc/cron.d\n{crontab}"


@pytest.mark.root
@pytest.mark.skipif(not CAN_UNSHARE, reason="needs root and mount namespaces")
def test_root_writes_cron_d_as_cron_wants_it_and_mends_what_cron_would_ignore(command, rows, private_cron, tmp_path):
    file = tmp_path / "cron.d" / "etl_jobs"
    answer = command(namespace=private_cron)
    assert answer.returncode == 0, answer.stderr
    assert (file.stat().st_uid, file.stat().st_gid, file.stat().st_mode & 0o777) == (0, 0, 0o644)
    assert command("--check", namespace=private_cron).returncode == 0
    file.chmod(0o666)
    answer = command("--check", namespace=private_cron)
    assert answer.returncode == 1 and "cron ignores it" in answer.stdout
    assert command(namespace=private_cron).returncode == 0 and file.stat().st_mode & 0o777 == 0o644
    assert os.listdir(file.parent) == ["etl_jobs"]


@pytest.mark.root
@pytest.mark.skipif(not CAN_UNSHARE, reason="needs root and mount namespaces")
def test_a_hand_edit_is_mailed_once_and_once_when_it_is_gone(command, rows, private_cron, tmp_path, settings):
    file = tmp_path / "cron.d" / "etl_jobs"
    assert command(namespace=private_cron).returncode == 0
    written = file.read_text()
    edited = written + "# mine\n"
    for text, said in (
        (written, "0 problem(s), told of 0; 0 over"),
        (edited, "1 problem(s), told of 1; 0 over"),
        (edited, "1 problem(s), told of 0; 0 over"),
        (written, "0 problem(s), told of 0; 1 over"),
    ):
        file.write_text(text)
        answer = command(script="check_alarms.py", namespace=private_cron)
        assert answer.returncode == 0 and said in answer.stdout, answer
    alarm, over = (path.read_text() for path in sorted((settings.home / "outbox").glob("*.eml")))
    assert "ALARM: /etc/cron.d/etl_jobs differs from the rows" in alarm.replace("=\n", "").replace("\n ", " ")
    assert "Recovered: /etc/cron.d/etl_jobs differs" in over.replace("=\n", "").replace("\n ", " ")


@pytest.mark.root
@pytest.mark.skipif(not CAN_UNSHARE or not shutil.which("crontab"), reason="needs root, mount namespaces and Debian's cron")
def test_a_users_crontab_gets_our_block_and_keeps_its_own_lines(command, rows, database, private_cron, tmp_path):
    file = tmp_path / "crontabs" / RUN_USER
    own = "# mine\n0 0 * * * echo 100\\% done\n"
    install = f"{private_cron}\nprintf '%s' '{own}' | crontab -u {RUN_USER} -"
    answer = command("--user-crontab", namespace=install)
    assert answer.returncode == 0, answer.stderr
    assert own in file.read_text() and f"the crontab of {RUN_USER}: written, 2 job(s)" in answer.stdout
    assert [job.user for job in parse_jobs(file.read_text().split(own)[1])] == [None, None]
    assert command("--user-crontab", "--check", namespace=private_cron).returncode == 0
    sql(database, "UPDATE dba.tscheduler SET datastatusid = 2 WHERE schedulerid = 901")
    assert command("--user-crontab", "--check", namespace=private_cron).returncode == 1
    assert command("--user-crontab", namespace=private_cron).returncode == 0
    assert own in file.read_text() and file.read_text().count("run_python_etl_script.sh") == 1
