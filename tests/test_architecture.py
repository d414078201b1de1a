"""The floors of the house hold: a module imports from strictly lower floors only, and stands alone."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from conftest import ROOT

# One line a floor, lowest first; a new module gets its place here.
FLOORS = {
    "WORDS": "errors models",
    "GROUND RULES": "csv_dialect file_metadata mail_models report_tables web_pages",
    "TYPE RULES": "type_inference",
    "RULES": "cell_rules column_plan cron_table mail_parts mail_rules meetmax_pages report_rendering run_listing",
    "RULES ON PLANS": "import_messages load_target transform_steps transforms",
    "MACHINE": "child_process directory_management log_utils settings user_utils workbook_findings",
    "PARTS OF DOORS": "gmail_login job_models row_refusals workbook_records",
    "CALLS": "gmail_calls workbook_readers",
    "DOORS": "cron_system csv_files db_config gmail_client mail_files mailbox_folder mailbox_imap mailer"
    " market_holidays reject_workbook report_attachments report_charts sftp_client watchdog_ping web_utils workbook_files",
    "TABLES": "alarm_ledger calendar_tables config_tables datasets health_tables import_ledger load_corrections mail_ledger report_ledger"
    " report_queries run_history schedule_tables sftp_ledger table_loader target_table web_ledger",
    "SOURCES": "transformed_table",
    "STEPS": "file_load findings import_queue lineage mail_handling report_building web_landing",
    "FORECAST": "import_forecast import_suggestion",
    "USE CASES": "cron_jobs dataset_undo generic_import gmail_inbox_processor mail_check meetmax page_downloads reject_replay"
    " report_sender row_trace scheduled_task sftp_transfers",
    "WATCH": "alarms",
    "CHECKS": "box_checks row_checks",
    "FRAME": "diagnosis job_frame",
    "COMMAND LINE": "job_runner",
}
FLOOR_OF = {name: number for number, names in enumerate(FLOORS.values()) for name in names.split()}
MODULES = sorted((ROOT / "systemscripts").glob("*.py"))
ENTRIES = sorted((ROOT / "jobscripts").glob("*.py"))


def imports(path: Path) -> set[str]:
    """Every module of ours that a file imports, also inside functions."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module.split(".")[0])
    return names & FLOOR_OF.keys()


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_a_module_imports_from_strictly_lower_floors(path):
    assert path.stem in FLOOR_OF, f"give {path.stem} its floor in this file"
    too_high = {name for name in imports(path) if FLOOR_OF[name] >= FLOOR_OF[path.stem]}
    assert not too_high


def test_every_module_and_entry_imports_alone(tmp_path):
    for path in [*MODULES, *ENTRIES]:
        result = subprocess.run(
            [sys.executable, "-c", f"import {path.stem}"],
            env={"PYTHONPATH": f"{ROOT / 'systemscripts'}:{ROOT / 'jobscripts'}"},
            cwd=tmp_path,
            capture_output=True,
            text=True,
        )
        assert result.returncode == 0, f"{path.name}: {result.stderr}"


def uses(path: Path, what: str) -> bool:
    return any(
        ast.unparse(node).startswith(what) for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Attribute | ast.Call)
    )


@pytest.mark.parametrize("path", [*MODULES, *ENTRIES], ids=lambda path: path.name)
def test_house_rules(path):
    text = path.read_text()
    assert path.stem == "settings" or not (uses(path, "os.environ") or uses(path, "os.getenv")), "only settings reads the environment"
    assert "sys.path" not in text
    assert "/home/" not in text
    if path.stem not in ("job_frame", "job_runner", "log_utils") and path in MODULES:
        assert not uses(path, "print("), "modules log, they do not print"


@pytest.mark.parametrize("path", ENTRIES, ids=lambda path: path.name)
def test_every_entry_script_explains_itself_quickly(path, job_env):
    result = subprocess.run([sys.executable, path, "--help"], env=job_env, capture_output=True, text=True)
    assert result.returncode == 0 and "usage:" in result.stdout
    assert len(path.read_text().splitlines()) <= 60
