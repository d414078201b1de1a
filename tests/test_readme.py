"""The README is true: every command in it runs, in its order, on a fresh copy, and prints what it shows."""

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from conftest import ROOT

README = (ROOT / "README.md").read_text()
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
QUICKSTART, TESTS = "bash onboarding/sh/quickstart.sh\n", "bash tests/run_tests.sh\n"
PIP = {name: value for name, value in os.environ.items() if name.startswith("PIP_")}


@pytest.fixture(scope="module")
def checkout() -> Iterator[Path]:
    """A copy of what git would clone, changed files included."""
    folder = Path(tempfile.mkdtemp(prefix="etl-readme-")) / "client-etl"
    folder.parent.chmod(0o755)  # root's server runs as another user and has to get in
    names = subprocess.run(["git", "ls-files", "-co", "--exclude-standard", "-z"], cwd=ROOT, capture_output=True, check=True).stdout
    for name in filter(None, names.decode().split("\0")):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)
    yield folder
    subprocess.run(["bash", folder / "onboarding/sh/embedded_postgres.sh", "stop"], env=environment(folder), check=False)
    shutil.rmtree(folder.parent, ignore_errors=True)


def environment(checkout: Path) -> dict[str, str]:
    path, home = "/usr/local/bin:/usr/bin:/bin", str(checkout.parent)
    # cron's jobs never run as root, the tests may
    return {"PATH": path, "HOME": home, "ETL_TIMEZONE": "America/New_York", "ETL_RUN_USER": "nobody", **PIP}


@pytest.fixture(scope="module")
def run(checkout):
    """run(COMMANDS) types them into one bash after `source env.sh`; returns (exit code, everything printed)."""

    def typed(commands: str) -> tuple[int, str]:
        start = "set -e\n" if commands == QUICKSTART else "set -e\nsource env.sh\nexport PAGER=cat\n"
        result = subprocess.run(
            ["bash", "-c", start + commands], cwd=checkout, env=environment(checkout), capture_output=True, text=True, timeout=600
        )
        return result.returncode, result.stdout + result.stderr

    return typed


def plain(text: str, checkout: Path) -> list[str]:
    """Lines without what differs from run to run: numbers, versions, this machine's folder, column widths."""
    text = text.replace(str(checkout), "~/client-etl")
    text = re.sub(r"PostgreSQL \S+( \(.*?\))?", "PostgreSQL N", text)
    text = re.sub(r"-{2,}", "--", re.sub(r" +", " ", text))
    return [re.sub(r"[\d,.]*\d", "N", line).strip() for line in text.splitlines() if line.strip()]


def test_the_two_commands_are_the_ones_that_ci_and_users_run():
    assert [block for kind, block in BLOCKS if kind == "bash"][:2] == [QUICKSTART, TESTS]
    assert TESTS.strip() in (ROOT / ".ci" / "run").read_text()


@pytest.mark.slow
def test_every_command_runs_and_prints_what_is_shown(run, checkout):
    printed = ""
    for kind, block in BLOCKS:
        if kind == "bash" and block != TESTS:
            code, printed = run(block)
            assert code == 0, f"{block}\n{printed}"
        elif kind == "console":
            command, shown = block.split("\n", 1)
            _, output = run(command.removeprefix("$ "))
            assert shown.strip() in output, output
        elif kind == "text" and "rows read" in block:
            lines = plain(printed, checkout)
            missing = [line for line in plain(block, checkout) if line not in lines]
            assert not missing, f"{missing}\nnot in\n" + "\n".join(lines)


def test_every_script_named_exists_and_every_script_is_named():
    named = set(re.findall(r"`((?:jobscripts|onboarding/sh)/[\w.]+)`", README))
    assert not {name for name in named if not (ROOT / name).is_file()}
    assert {f"jobscripts/{path.name}" for path in (ROOT / "jobscripts").iterdir() if path.is_file()} <= named
