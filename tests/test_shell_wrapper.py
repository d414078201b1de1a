"""run_python_etl_script.sh: the job gets exactly what the caller gave, the caller gets exactly what the job returned."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PROBE = """
import json, os, sys
import settings_probe
known = ("ETL_HOME", "ETL_ROOT", "PYTHONPATH", "LANG", "PGPASSWORD")
print(json.dumps({"argv": sys.argv[1:], "cwd": os.getcwd(), "umask": os.umask(0), "utf8": sys.flags.utf8_mode,
                  "pid": os.getpid(), **{name: os.environ.get(name) for name in known}}))
sys.exit(int(os.environ.get("PROBE_EXIT", "0")))
"""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout with the real shell scripts, a few small jobs and this Python as its environment; spaces in its path."""
    root = tmp_path / "the checkout"
    for name in ("env.sh", "jobscripts/run_python_etl_script.sh", "onboarding/sh/embedded_postgres.sh", "onboarding/sh/lib.sh"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, root / name)
    (root / "systemscripts").mkdir()
    (root / "systemscripts/settings_probe.py").write_text("")
    (root / "jobscripts/probe.py").write_text(PROBE)
    (root / "jobscripts/sleeper.py").write_text("import time\nprint('up', flush=True)\ntime.sleep(60)\n")
    (root / "jobscripts/probe.sh").write_text('echo "$# $2 $ETL_HOME"; exit 9\n')
    (root / ".venv/bin").mkdir(parents=True)
    (root / ".venv/bin/python").symlink_to(sys.executable)
    return root


def wrapper(checkout: Path, *arguments: str, cwd: Path | str = "/", umask: int = -1, **env: str) -> subprocess.CompletedProcess:
    """The wrapper in an environment that holds `env` and nothing else."""
    command = ["/bin/bash", checkout / "jobscripts/run_python_etl_script.sh", *arguments]
    return subprocess.run(command, cwd=cwd, env=env, umask=umask, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("umask", [0, 0o022, 0o077])
def test_arguments_arrive_untouched_in_an_empty_environment(checkout, umask):
    arguments = ["a b", "", "it's", '"q"', "$HOME", "*", "-x", "--help", "ä\n€", "\\"]
    result = wrapper(checkout, "probe.py", *arguments, umask=umask)
    said = json.loads(result.stdout)
    assert said["argv"] == arguments
    assert (said["umask"], said["utf8"], said["LANG"], said["cwd"]) == (0o007, 1, "C.UTF-8", "/")
    assert said["ETL_ROOT"] == said["ETL_HOME"] == str(checkout)
    assert said["PYTHONPATH"] == f"{checkout}/systemscripts"
    assert (result.returncode, result.stderr) == (0, "")


@pytest.mark.parametrize("code", [0, 1, 2, 75, 124, 200])
def test_exit_code_is_the_jobs_own(checkout, code):
    assert wrapper(checkout, "probe.py", PROBE_EXIT=str(code)).returncode == code


def test_a_shell_job_goes_through_the_same_door(checkout, tmp_path):
    for env in ({"ETL_SCHEDULERID": "1"}, {"ETL_VENV": f"{checkout}/.venv"}):  # the second one asks for its record
        recorder = "import subprocess, sys; sys.exit(subprocess.call(['bash', *sys.argv[1:]]))"
        (checkout / "jobscripts/run_shell_script.py").write_text(recorder)
        result = wrapper(checkout, "probe.sh", "a b", "c d", cwd=checkout / "jobscripts", ETL_HOME=str(tmp_path), **env)
        assert (result.returncode, result.stdout) == (9, f"2 c d {tmp_path}\n")


def test_a_signal_reaches_the_job_itself(checkout):
    command = ["/bin/bash", checkout / "jobscripts/run_python_etl_script.sh", "sleeper.py"]
    with subprocess.Popen(command, env={}, stdout=subprocess.PIPE) as job:
        assert job.stdout.readline() == b"up\n"
        job.send_signal(signal.SIGTERM)
        assert job.wait(10) == -signal.SIGTERM


def test_works_through_a_link_and_keeps_the_callers_folder(checkout, tmp_path):
    link = tmp_path / "etl"
    link.symlink_to(checkout / "jobscripts/run_python_etl_script.sh")
    result = subprocess.run([link, "probe.py"], cwd=tmp_path, env={}, capture_output=True, text=True, check=False)
    said = json.loads(result.stdout)
    assert (said["ETL_ROOT"], said["cwd"]) == (str(checkout), str(tmp_path))


BAD_NAMES = [
    "../env.sh", "/bin/true.py", "missing.py", "linked.py", "folder.py", "probe", "probe.py;id", "probe.py\n", ".hidden.py",
    "-c.py", "probe .py", "$(id).py", "run_python_etl_script.sh", "é.py",
]  # fmt: skip


@pytest.mark.parametrize("name", BAD_NAMES)
def test_refuses_what_is_not_a_script_of_its_own_folder(checkout, tmp_path, name):
    (tmp_path / "elsewhere.py").write_text("print('ran')")
    (checkout / "jobscripts/linked.py").symlink_to(tmp_path / "elsewhere.py")
    (checkout / "jobscripts/folder.py").mkdir()
    (checkout / "jobscripts/.hidden.py").write_text("print('ran')")
    result = wrapper(checkout, name)
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr.startswith("run_python_etl_script.sh: ")


def test_without_a_script_it_says_how_to_call_it(checkout):
    assert wrapper(checkout).returncode == 2
    assert "usage:" in wrapper(checkout).stderr
    asked = wrapper(checkout, "--help")
    assert (asked.returncode, asked.stderr) == (0, "")
    assert "usage:" in asked.stdout


def test_without_packages_it_names_the_command_to_run(checkout):
    (checkout / ".venv/bin/python").unlink()
    result = wrapper(checkout, "probe.py")
    assert result.returncode == 2
    assert f"bash {checkout}/onboarding/sh/quickstart.sh" in result.stderr


def test_refuses_settings_that_others_may_read(checkout):
    (checkout / "env.local.sh").write_text("PGPASSWORD='hidden-one'\n")
    (checkout / "env.local.sh").chmod(0o644)
    result = wrapper(checkout, "probe.py")
    assert (result.returncode, result.stdout) == (2, "")
    assert "hidden-one" not in result.stderr


def test_a_server_that_cannot_start_is_reported_and_the_job_still_runs(checkout):
    (checkout / "postgres/data").mkdir(parents=True)
    (checkout / "env.local.sh").write_text(f"PGHOST=127.0.0.1\nPGPORT=1\nETL_PGDATA='{checkout}/postgres/gone'\nETL_PG_BIN=/nonexistent\n")
    (checkout / "env.local.sh").chmod(0o600)
    result = wrapper(checkout, "probe.py", PROBE_EXIT="5")
    assert result.returncode == 5
    assert "the job goes on without its database" in result.stderr
    assert "quickstart.sh" in result.stderr


def test_starts_a_job_in_little_time(checkout):
    (checkout / "jobscripts/probe.sh").write_text("exit 0\n")
    before = os.times()
    started = time.monotonic()
    for _ in range(10):
        wrapper(checkout, "probe.sh")
    after = os.times()
    cpu = (after.children_user - before.children_user) + (after.children_system - before.children_system)
    assert cpu / 10 < 0.1, f"{cpu / 10:.3f} s of CPU, {(time.monotonic() - started) / 10:.3f} s for one start"
