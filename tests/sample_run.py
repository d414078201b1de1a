"""The main job on the sample mails, as processes of their own: inbox, imports, report."""

import shutil
import subprocess
import sys
from pathlib import Path

from conftest import ROOT, Server

SAMPLES = ROOT / "onboarding" / "samples"
FEEDS = ("Acme orders", "Birch positions", "Cedar invoices")
STEPS = (("run_gmail_inbox_processor.py",), *(("run_import_job.py", feed) for feed in FEEDS), ("send_reports.py", "Client orders"))


def set_up(server: Server, database: str, home: Path) -> None:
    """The sample config rows into the database, the sample mails into the mailbox."""
    command = ["psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", database, "-f", SAMPLES / "sample_config.sql"]
    subprocess.run(command, env=server.env, check=True)
    shutil.copytree(SAMPLES / "mail", home / "mailbox", dirs_exist_ok=True)


def run(env: dict[str, str], script: str, *arguments: str) -> subprocess.CompletedProcess:
    """Run a script of jobscripts/ to its end."""
    return subprocess.run([sys.executable, ROOT / "jobscripts" / script, *arguments], env=env, capture_output=True, text=True)


def run_all(env: dict[str, str]) -> None:
    """Every step of the main job; each must end well."""
    for step in STEPS:
        result = run(env, *step)
        assert result.returncode == 0, f"{step}: {result.stdout}{result.stderr}"
